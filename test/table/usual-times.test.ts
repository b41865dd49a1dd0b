import { describe, expect, it } from 'vitest';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { formatValue, parseCell } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { formatDatetime, parseDatetime } from '../../src/table/datetime/datetime.ts';
import { zoneOffset } from '../../src/table/datetime/zones.ts';
import { createJsonLinesEncoder, createJsonLinesReader } from '../../src/table/json/json-lines.ts';
import type { Table } from '../../src/table/table.ts';

/** Three hundred moments of 2023 and 2024, to the microsecond. */
const moments = Array.from(
  { length: 300 },
  (_, i) => Date.UTC(2023, 0, 3) + i * 209_000_123 + ((i * 77) % 1000) / 1000,
);
const written = (format: string) => moments.map((time) => formatDatetime(format, time));

const readCsv = (texts: readonly string[]): Table =>
  tableFromText(parseCsv(`g,at\n${texts.map((text) => `x,"${text}"`).join('\n')}\n`, 'x.csv').text);

function readJson(texts: readonly string[]): Table {
  const reader = createJsonLinesReader('x.jsonl', undefined, {});
  reader.push(Buffer.from(texts.map((text) => `{"g":"x","at":${text}}\n`).join('')));
  return tableFromText(reader.end());
}

describe.each([
  'YYYY-MM-DDTHH:mm:ss.SSSSSS',
  'YYYY-MM-DD HH:mm:ss.SSSSSSSSS',
  'YYYY-MM-DDTHH:mm:ss.SSSSSSZ',
  'YYYY-MM-DDTHH:mm:ssXXX@Europe/Berlin',
  'YYYY-MM-DD HH:mm:ssXX@America/New_York',
  'YYYY-MM-DD HH:mm:ss zzz@Europe/London',
  "YYYY-MM-DDTHH:mm:ssXXX['Europe/Paris']@Europe/Paris",
  "YYYY-MM-DD HH:mm 'Asia/Tokyo'@Asia/Tokyo",
  'YYYY-MM-DD HH:mm:ss UTC',
  'YYYYMMDD',
  'YYYYMMDDTHHmmssZ',
  'YYYYMMDDHHmmss',
  'MM/DD/YY',
  'DD.MM.YY HH:mm',
  'DD-MMM-YY',
  'GGGG-Www',
  'GGGG-Www-E',
  'YYYY-MM',
])('times spelled %s', (format) => {
  it('are known, come back, and so does every new one', () => {
    const texts = written(format);
    const table = readCsv(texts);
    const column = table.schema.columns[1]!;
    expect(column).toMatchObject({ kind: 'datetime', format });
    expect(column.unreadable).toBeUndefined();
    expect(texts.map((_, row) => formatValue(column, (table.columns[1] as Float64Array)[row]!))).toEqual(texts);
    const codec = createCodec(table.schema, learnGrammar(table));
    for (const value of (table.columns[1] as Float64Array).subarray(0, 100)) {
      expect(codec.decode(1, codec.encode(1, value))).toBe(value);
    }
  });

  it('are known in spite of two odd cells', () => {
    const texts = written(format);
    texts[33] = 'unknown';
    texts[233] = '99/99/9999';
    expect(readCsv(texts).schema.columns[1]).toMatchObject({ kind: 'datetime', format, unreadable: 2 });
  });

  it('are known as strings of JSON', () => {
    const digits = /^\d+$/.test(written(format)[0]!);
    const table = readJson(written(format).map((text) => (digits ? text : JSON.stringify(text))));
    expect(table.schema.columns[1]).toMatchObject({ kind: 'datetime', format });
    const lines = [...createJsonLinesEncoder(table.schema).rows(table)].join('').trim().split('\n');
    expect(lines.map((line) => String(JSON.parse(line).at))).toEqual(written(format));
  });
});

it('times of one precision beside others are as fine as the finest, and keep their text', () => {
  const texts = written('YYYY-MM-DDTHH:mm:ss.SSSSSS').map((text, i) => (i % 50 === 0 ? text.slice(0, 19) : text));
  const table = readCsv(texts);
  expect(table.schema.columns[1]).toMatchObject({ kind: 'datetime', format: 'YYYY-MM-DDTHH:mm:ss.SSSSSS' });
  expect(table.spelled?.[1]?.get(50)).toBe(texts[50]);
});

it('offsets of no one zone are read as the same points in time, in UTC', () => {
  const offsets = ['+02:00', '-05:00', '+09:00'];
  const texts = moments.map((time, i) => `${formatDatetime('YYYY-MM-DDTHH:mm:ss', time)}${offsets[i % 3]}`);
  const table = readCsv(texts);
  expect(table.schema.columns[1]).toMatchObject({ kind: 'datetime', format: 'YYYY-MM-DDTHH:mm:ss+00:00' });
  expect((table.columns[1] as Float64Array)[1]).toBe(Date.parse(texts[1]!));
});

it('a zone’s times are those that its clocks show: none of the hour that is skipped', () => {
  const format = "YYYY-MM-DD HH:mm 'Europe/Berlin'@Europe/Berlin";
  expect(parseDatetime(format, '2024-03-31 02:30 Europe/Berlin')).toBeUndefined();
  const changes = Array.from({ length: 400 }, (_, i) => Date.UTC(2024, 2, 30, 22) + i * 1_800_000);
  for (const time of [...changes, ...changes.map((each) => each + 210 * 86_400_000)]) {
    const text = formatDatetime('YYYY-MM-DDTHH:mm:ssXXX@Europe/Berlin', time);
    expect(Date.parse(text)).toBe(time);
    expect(parseCell(column('YYYY-MM-DDTHH:mm:ssXXX@Europe/Berlin'), text)).toBe(time);
  }
  expect([0, 6].map((month) => zoneOffset('Europe/Berlin', Date.UTC(2024, month, 1)))).toEqual([60, 120]);
});

it.each([
  ['eight digits that are no days', (i: number) => String(20_190_001 + i * 37)],
  ['six digits of any kind', (i: number) => String(100_000 + ((i * 7919) % 900_000))],
  ['counts around twenty million', (i: number) => String(19_990_000 + i * 41)],
])('%s are numbers', (_, text) => {
  expect(readCsv(moments.map((__, i) => text(i))).schema.columns[1]!.kind).toBe('integer');
});

const column = (format: string) => ({ name: 'at', kind: 'datetime' as const, missing: null, format, min: 0, max: 1 });
