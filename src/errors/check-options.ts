/** Checks the options of a public function against their zod schema and says in one line what is wrong. */
import type { z } from 'zod';
import { optionError, TabletalkError } from './errors.ts';
import { didYouMean } from './suggest.ts';

/**
 * The options with their defaults filled in. `verb` is the public function whose options they are: `readTable has no
 * option "shema"; did you mean "schema"?`.
 */
export function parseOptions<Shape extends z.ZodRawShape>(
  verb: string,
  schema: z.ZodObject<Shape>,
  given: unknown,
): z.output<z.ZodObject<Shape>> {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const hint = didYouMean(issue.keys[0]!, Object.keys(schema.shape));
    throw new TabletalkError('option', `${verb} has no option "${[...issue.path, issue.keys[0]].join('.')}"${hint}`);
  }
  if (issue.path.length === 0) throw new TabletalkError('option', `${verb}: ${issue.message}`);
  throw optionError(verb, issue.path.join('.'), issue.message, { value: valueAt(given, issue.path) });
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], given);
}
