import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floorTime } from '../../src/table/datetime/calendar.ts';
import {
  detectDatetimeFormat,
  formatDatetime,
  isoText,
  parseDatetime,
  parseIsoText,
} from '../../src/table/datetime/datetime.ts';
import { datetimeFormats, granularities, granularityOf, hasDate } from '../../src/table/datetime/datetime-formats.ts';
import { spanOf } from '../serialize/any-table.ts';

const offsets = [
  'YYYY-MM-DDTHH:mm:ss+02:00',
  'YYYY-MM-DD HH:mm-0330',
  'YYYY-MM-DDTHH:mm:ssXXX@Europe/Berlin',
  'YYYY-MM-DD HH:mm:ss zzz@America/New_York',
];
const format = fc.constantFrom(...datetimeFormats, ...offsets);
const instant = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map(Number);

describe('datetimes', () => {
  test('in every format, an instant of its granularity is written and read back', () => {
    fc.assert(
      fc.property(format, instant, (form, instant) => {
        const [first, last] = spanOf(form);
        const time = hasDate(form)
          ? Math.min(last, Math.max(first, instant))
          : ((instant % 86_400_000) + 86_400_000) % 86_400_000;
        const whole = floorTime(time, granularityOf(form));
        const text = formatDatetime(form, time);
        expect(parseDatetime(form, text)).toBe(whole);
        if (form.includes('@')) return;
        const found = detectDatetimeFormat([text]);
        expect(formatDatetime(found!, parseDatetime(found!, text)!)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('the ISO text of a granularity has one width and is read back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...granularities), instant, fc.nat(999), (granularity, day, micros) => {
        const time = Math.max(-1e12, Math.min(4e12, day)) + micros / 1000;
        const text = isoText(time, granularity);
        expect(text).toHaveLength(isoText(0, granularity).length);
        const whole = floorTime(time, granularity);
        const clock = ((whole % 86_400_000) + 86_400_000) % 86_400_000;
        expect(isoText(parseIsoText(text, granularity)!, granularity)).toBe(text);
        if (!granularity.startsWith('clock')) expect(parseIsoText(text, granularity)).toBe(whole);
        else expect(parseIsoText(text, granularity)).toBeCloseTo(clock, 3);
      }),
    );
  });

  test('formats are told apart: each writes an instant that tells all its fields as no other does', () => {
    const time = Date.UTC(2024, 2, 5, 7, 8, 9, 45);
    const texts = datetimeFormats.map((form) => formatDatetime(form, time));
    expect(new Set(texts).size).toBe(texts.length);
  });

  test.each([
    [['2024-01-31'], 'YYYY-MM-DD'],
    [['2024-01-31T13:45:59Z'], 'YYYY-MM-DDTHH:mm:ssZ'],
    [['2024-01-31 13:45:59.123+00:00'], 'YYYY-MM-DD HH:mm:ss.SSS+00:00'],
    [['2024/01/31 13:45'], 'YYYY/MM/DD HH:mm'],
    [['01/02/2024', '12/31/2024'], 'MM/DD/YYYY'],
    [['01/02/2024', '31/12/2024'], 'DD/MM/YYYY'],
    [['01/02/2024'], 'MM/DD/YYYY'],
    [['1/2/2024 9:05', '12/31/2024 23:59'], 'M/D/YYYY H:mm'],
    [['13/2/2024', '1/12/2024'], 'D/M/YYYY'],
    [['31.12.2024'], 'DD.MM.YYYY'],
    [['01-02-2024'], 'DD-MM-YYYY'],
    [['12-31-2024'], 'MM-DD-YYYY'],
    [['0050-01-01'], 'YYYY-MM-DD'],
    [['2024-01-31', '2024-01-31 10:00'], undefined],
    [['31/12/2024', '12/31/2024'], undefined],
    [['2024-02-30'], undefined],
    [['2024-01-31 24:00'], undefined],
    [['2024-01-31 7:05'], undefined],
    [['2024-01-31T10:00:00+02:00', '2024-07-31T23:59:59+02:00'], 'YYYY-MM-DDTHH:mm:ss+02:00'],
    [['2024-01-31T10:00:00+02:00', '2024-01-31T10:00:00+01:00'], undefined],
    [['09:05', '23:59'], 'HH:mm'],
    [['9:05', '23:59'], 'H:mm'],
    [['09:05:07', '23:59:59'], 'HH:mm:ss'],
    [['09:05', '24:00'], undefined],
    [['1/31/2024 3:45 PM', '1/1/2024 12:05 AM'], 'M/D/YYYY h:mm A'],
    [['1/31/2024, 3:45:10 PM'], 'M/D/YYYY, h:mm:ss A'],
    [['31/01/2024 03:45:10 pm'], 'DD/MM/YYYY hh:mm:ss a'],
    [['12:00 AM', '12:30 PM', '1:05 PM'], 'h:mm A'],
    [['0:30 AM'], undefined],
    [['13:30 PM'], undefined],
    [['3:45 PM', '3:45 pm'], undefined],
    [['Jun 12 1998', 'Aug 07 1998'], 'MMM DD YYYY'],
    [['June 12, 1998', 'May 7, 1998'], 'MMMM D, YYYY'],
    [['May 7, 1998'], 'MMM D, YYYY'],
    [['31-Jan-2024 09:05'], 'DD-MMM-YYYY HH:mm'],
    [['1 Feb 2024', '29 Feb 2024'], 'D MMM YYYY'],
    [['31JAN2024'], 'DDMONYYYY'],
    [['31-JAN-2024', '01-FEB-2024'], 'DD-MON-YYYY'],
    [['31-jan-2024'], undefined],
    [['30 Feb 2024'], undefined],
    [['Sept 12, 1998'], undefined],
    [['2024-1-31'], undefined],
    [['20240131'], undefined],
    [[], undefined],
  ])('%j is %s', (texts, expected) => {
    expect(detectDatetimeFormat(texts)).toBe(expected);
  });
});
