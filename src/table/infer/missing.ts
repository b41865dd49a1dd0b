/** How files spell a missing cell. */
import type { TextCells } from '../text/text-table.ts';

/** In a column of numbers, times or booleans, where none of these can be anything else. */
export const missingAmongValues: ReadonlySet<string> = new Set([
  ...['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '?', '-', '#N/A'],
  ...['.', '..', '--', 'na', 'n.a.', 'N.A.', 'none', 'nil', 'NAN', 'Null', '<NA>', '(null)', 'NaT', '\\N'],
  ...['#VALUE!', '#DIV/0!', '#REF!', '#NAME?', '#NUM!'],
]);

/** In a column of strings "None" or "-" may well be an answer; these hardly ever are. */
export const missingAmongStrings: ReadonlySet<string> = new Set(['', 'NA', 'N/A', 'NULL', 'null', 'NaN', '?']);

/** None of these is longer. */
const longestMissing = 7;

/** Whether the text says missing in a column of numbers, times or booleans, blanks aside. */
export function saysMissing(text: string): boolean {
  return text.length <= longestMissing
    ? missingAmongValues.has(text) || missingAmongValues.has(text.trim())
    : text.trim() === '';
}

/**
 * Splits off the column's one spelling of missing. Where a column of strings has several, an empty cell is the missing one
 * and the others stay ordinary strings.
 */
export function setAside(
  distinct: readonly string[],
  spellings: ReadonlySet<string>,
): [string | null, readonly string[]] {
  const found = distinct.filter((text) => text.length <= longestMissing && spellings.has(text));
  const missing = found.length === 1 ? found[0]! : found.includes('') ? '' : null;
  return [missing, missing === null ? distinct : distinct.filter((text) => text !== missing)];
}

/** The commonest spelling of missing in a column of numbers or times, null where no cell is missing. */
export function commonestMissing({ distinct, codes }: Pick<TextCells, 'distinct' | 'codes'>): string | null {
  const spellings = distinct.filter(saysMissing);
  if (spellings.length < 2) return spellings[0] ?? null;
  const counts = countsOf({ distinct, codes });
  const byText = new Map(distinct.map((text, code) => [text, counts[code]!]));
  return spellings.sort((a, b) => byText.get(b)! - byText.get(a)! || (a < b ? -1 : 1))[0]!;
}

/** In how many cells each distinct text stands. */
export function countsOf({ distinct, codes }: Pick<TextCells, 'distinct' | 'codes'>): Int32Array {
  const counts = new Int32Array(distinct.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code >= 0) counts[code]!++;
  }
  return counts;
}
