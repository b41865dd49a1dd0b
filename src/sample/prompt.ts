/** A sentence's beginning as a request: the cells it gives and the column it ends with. It knows sentences, no tokens. */
import { TabletalkError } from '../errors.ts';
import { parseSentence, phraseOf } from '../serialize/sentence.ts';
import { didYouMean } from '../suggest.ts';
import type { Value } from '../table/cells.ts';
import type { Schema } from '../table/schema.ts';

export interface Prompt {
  /** The columns it names, in its order. */
  readonly order: readonly number[];
  /** By column, undefined where the prompt gives no cell. */
  readonly cells: readonly (Value | null | undefined)[];
}

/** Reads `age is 39, sex is`: whole cells, then perhaps a column whose cell is to be drawn. Throws `option` errors. */
export function readPrompt(schema: Schema, prompt: string): Prompt {
  const open = openColumn(schema, prompt);
  const sentence = prompt.slice(0, open?.from ?? prompt.length).replace(/(, ?)?$/, '');
  const { cells, issues, order } = parseSentence(schema, sentence);
  const issue =
    unknownColumn(schema, prompt, open !== undefined) ??
    issues[0]?.message ??
    (open && order.includes(open.column) ? 'a column is said twice' : undefined);
  if (issue !== undefined) throw new TabletalkError('option', `prompt ${JSON.stringify(prompt)}: ${issue}`);
  return { cells, order: open ? [...order, open.column] : order };
}

/** A name before the last " is" that no column has. */
function unknownColumn({ columns }: Schema, prompt: string, isKnown: boolean): string | undefined {
  const name = isKnown ? undefined : /(?:^|, )([^,"]+) is *$/.exec(prompt)?.[1];
  return name === undefined
    ? undefined
    : `no column "${name}"${didYouMean(
        name,
        columns.map((column) => column.name),
      )}`;
}

/** The column whose phrase ends the prompt, and where that begins; the longest, for a name may end like another. */
function openColumn(schema: Schema, prompt: string): { column: number; from: number } | undefined {
  const text = `${prompt.trimEnd()} `;
  const found = schema.columns.flatMap((column, index) => {
    const [first, later] = [phraseOf(column, true), phraseOf(column, false)];
    if (text === first) return [{ column: index, from: 0 }];
    return text.endsWith(later) ? [{ column: index, from: text.length - later.length }] : [];
  });
  return found.sort((a, b) => a.from - b.from)[0];
}
