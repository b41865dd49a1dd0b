/** Checks the options of a public function against their zod schema and says in one line what is wrong. It knows no option. */
import type { z } from 'zod';
import { TabletalkError } from '../errors.ts';
import { suggest } from './suggest.ts';

/** `verb` is the public function whose options they are: `readTable has no option "shema"; did you mean "schema"?`. */
export function checkOptions<Shape extends z.ZodRawShape>(
  verb: string,
  schema: z.ZodObject<Shape>,
  given: unknown,
): void {
  parseOptions(verb, schema, given);
}

/** The same, with the defaults filled in. */
export function parseOptions<Shape extends z.ZodRawShape>(
  verb: string,
  schema: z.ZodObject<Shape>,
  given: unknown,
): z.output<z.ZodObject<Shape>> {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const near = suggest(issue.keys[0]!, Object.keys(schema.shape));
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    throw new TabletalkError('option', `${verb} has no option "${[...issue.path, issue.keys[0]].join('.')}"${hint}`);
  }
  const place = issue.path.length === 0 ? '' : ` "${issue.path.join('.')}":`;
  throw new TabletalkError('option', `${verb}:${place} ${issue.message}`);
}
