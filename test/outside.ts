/**
 * Real data that this repository does not hold. TABLETALK_OUTSIDE names a folder with what there is of: models/stories260K
 * (a Hugging Face folder), data/<table>/{train,test}.csv and meta.json, peers/scores.tsv and peers/rows. Where it is set, more cases
 * are tested, and files that end in .outside.ts are tests, too (vitest.config.ts).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The path of a part of that folder; undefined where the variable is unset or the part is not there. */
export function outside(part: string): string | undefined {
  const folder = process.env.TABLETALK_OUTSIDE;
  if (!folder) return undefined;
  const path = join(folder, part);
  return existsSync(path) ? path : undefined;
}
