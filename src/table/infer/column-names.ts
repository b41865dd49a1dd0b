/** Columns as a caller names them: one by one, or several with commas between them. */
import { inputError } from '../../errors/errors.ts';
import { noColumn } from '../../errors/suggest.ts';

/** The columns that are named. A name with a comma in it is one column where there is such a one. */
export function namedColumns(given: readonly string[], names: readonly string[], source: string): string[] {
  const known = new Set(names);
  const all = given.flatMap((text) => (known.has(text) ? [text] : text.split(',').map((name) => name.trim())));
  const stray = all.find((name) => !known.has(name));
  if (stray !== undefined) {
    throw inputError(source, noColumn(stray, names), { column: stray });
  }
  return [...new Set(all)];
}
