/** Columns as a caller names them: one by one, or several with commas between them. */
import { TabletalkError } from '../../errors/errors.ts';
import { didYouMean } from '../../errors/suggest.ts';

/** The columns that are named. A name with a comma in it is one column where there is such a one. */
export function namedColumns(given: readonly string[], names: readonly string[], source: string): string[] {
  const known = new Set(names);
  const all = given.flatMap((text) => (known.has(text) ? [text] : text.split(',').map((name) => name.trim())));
  const stray = all.find((name) => !known.has(name));
  if (stray !== undefined) {
    throw new TabletalkError('input', `${source}: no column "${stray}"${didYouMean(stray, names)}`);
  }
  return [...new Set(all)];
}
