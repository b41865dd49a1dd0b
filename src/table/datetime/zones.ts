/** Time zones: how far a zone's clocks are from UTC at a moment, and which zone times with changing offsets are from. */

/** Zones with the codes of their winter and summer time, the most used first. */
const zonesOfCodes: Readonly<Record<string, readonly [string, string]>> = {
  'Europe/Berlin': ['CET', 'CEST'],
  'Europe/London': ['GMT', 'BST'],
  'America/New_York': ['EST', 'EDT'],
  'America/Chicago': ['CST', 'CDT'],
  'America/Denver': ['MST', 'MDT'],
  'America/Los_Angeles': ['PST', 'PDT'],
  'Europe/Athens': ['EET', 'EEST'],
  'Europe/Lisbon': ['WET', 'WEST'],
  'Europe/Moscow': ['MSK', 'MSK'],
  'Australia/Sydney': ['AEST', 'AEDT'],
  'Pacific/Auckland': ['NZST', 'NZDT'],
  'America/Anchorage': ['AKST', 'AKDT'],
  'Pacific/Honolulu': ['HST', 'HST'],
  'Asia/Tokyo': ['JST', 'JST'],
  'Asia/Seoul': ['KST', 'KST'],
  'Asia/Kolkata': ['IST', 'IST'],
  'America/Phoenix': ['MST', 'MST'],
  UTC: ['GMT', 'GMT'],
};

const commonZones = Object.keys(zonesOfCodes);

/** All that are known here, the commonest first. */
export const allZones = (): readonly string[] => [...new Set([...commonZones, ...Intl.supportedValuesOf('timeZone')])];

const clocks = new Map<string, Intl.DateTimeFormat | undefined>();

function clockOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!clocks.has(zone)) clocks.set(zone, createClock(zone));
  return clocks.get(zone);
}

function createClock(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
}

export const isZone = (zone: string): boolean => /^[A-Za-z][\w+\-/]*$/.test(zone) && clockOf(zone) !== undefined;

const dayMs = 86_400_000;
/** By zone and day of UTC, the offset where it is one all day. */
const offsetsOfDays = new Map<string, Map<number, number>>();

/** Minutes east of UTC at a moment, whole ones: local mean times of the 19th century are cut off. */
export function zoneOffset(zone: string, time: number): number {
  let days = offsetsOfDays.get(zone);
  if (!days) {
    days = new Map();
    offsetsOfDays.set(zone, days);
  }
  const day = Math.floor(time / dayMs);
  let offset = days.get(day);
  if (offset === undefined) {
    const [first, last] = [askOffset(zone, day * dayMs), askOffset(zone, (day + 1) * dayMs - 1)];
    offset = first === last ? first : Number.NaN;
    days.set(day, offset);
  }
  return Number.isNaN(offset) ? askOffset(zone, time) : offset;
}

function askOffset(zone: string, time: number): number {
  const text = clockOf(zone)!.format(time);
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text) ?? [];
  const offset = sign === undefined ? 0 : Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -offset : offset;
}

/** The moment at which a zone's clocks show a time (as if it were UTC), the first of two; NaN where they skip it. */
export function momentOf(zone: string, shown: number): number {
  const guesses = [zoneOffset(zone, shown - dayMs), zoneOffset(zone, shown + dayMs)];
  const moments = guesses.map((minutes) => shown - minutes * 60_000);
  const found = moments.filter((moment) => moment + zoneOffset(zone, moment) * 60_000 === shown);
  return found.length === 0 ? Number.NaN : Math.min(...found);
}

/** CET or CEST by the offset, in minutes; a code that the zone has for no other. */
export function zoneCodeOf(zone: string, offset: number, codes: Readonly<Record<string, number>>): string {
  return zonesOfCodes[zone]?.find((code) => codes[code] === offset) ?? '';
}
