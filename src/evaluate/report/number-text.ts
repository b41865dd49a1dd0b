/** How a report spells numbers, in HTML and on the terminal alike. */
import { isoText } from '../../table/datetime/datetime.ts';

/** A share as "97.6 %"; what rounds to 0 or 100 but is neither says so; null is a dash. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  if (share === 0 || share === 1) return `${share * 100} %`;
  if (share > 0 && share < 0.0005) return '<0.1 %';
  if (share < 1 && share >= 0.9995) return '>99.9 %';
  return `${(share * 100).toFixed(1)} %`;
}

/** A score on a scale of its own, as "0.913"; null is a dash. */
export function score(x: number | null): string {
  if (x === null) return '–';
  if (x !== 0 && Math.abs(x) < 0.0005) return x < 0 ? '>-0.001' : '<0.001';
  return Math.abs(x) >= 1000 ? quantity(x) : x.toFixed(3);
}

/** A count as "16,281". */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** A measured value in at most five digits, as "12,345", "0.0012346" or "1.2e+12". */
export function quantity(x: number): string {
  const size = Math.abs(x);
  if (size !== 0 && (size >= 1e9 || size < 1e-6)) return x.toExponential(2);
  return x.toLocaleString('en-US', { maximumSignificantDigits: Math.max(5, Math.ceil(Math.log10(size + 1))) });
}

/** Milliseconds since 1970 as a day, "2024-02-29", or, when `spanMs` is under three days, with the minute, in UTC. */
export function moment(ms: number, spanMs: number): string {
  return isoText(ms, spanMs < 3 * 86_400_000 ? 'minute' : 'day').replace('T', ' ');
}

/** "1 row", "2 rows". */
export function plural(n: number, one: string): string {
  return `${count(n)} ${one}${n === 1 ? '' : 's'}`;
}
