/** Parses a prompt, the beginning of a sentence: the cells it gives and the column it ends with. */
import { TabletalkError } from '../../errors/errors.ts';
import { noColumn } from '../../errors/suggest.ts';
import { wordsOf } from '../../serialize/sentence/quoting.ts';
import { parseSentence, phraseOf } from '../../serialize/sentence/sentence.ts';
import type { Value } from '../../table/cells.ts';
import type { Schema } from '../../table/schema.ts';

export interface Prompt {
  /** The columns it names, in its order. */
  readonly order: readonly number[];
  /** By column, undefined where the prompt gives no cell. */
  readonly cells: readonly (Value | null | undefined)[];
}

/** Reads `age is 39, sex is`: whole cells, then perhaps a column whose cell is to be drawn. Throws `option` errors. */
export function readPrompt(schema: Schema, prompt: string): Prompt {
  const open = openColumn(schema, prompt);
  const { separator } = wordsOf(schema.template);
  const before = prompt.slice(0, open?.from ?? prompt.length);
  const ending = [separator, separator.trimEnd()].find((words) => words !== '' && before.endsWith(words)) ?? '';
  const sentence = before.slice(0, before.length - ending.length);
  const { cells, issues, order } = parseSentence(schema, sentence);
  const issue =
    unknownColumn(schema, prompt, open !== undefined) ??
    issues[0]?.message ??
    (open && order.includes(open.column) ? 'a column is said twice' : undefined);
  if (issue !== undefined) throw new TabletalkError('option', `prompt ${JSON.stringify(prompt)}: ${issue}`);
  return { cells, order: open ? [...order, open.column] : order };
}

/** A name before the last " is" that no column has. */
function unknownColumn({ columns, template }: Schema, prompt: string, isKnown: boolean): string | undefined {
  const { before, between, separator } = wordsOf(template);
  const [said, word] = [prompt.trimEnd(), between.trimEnd()];
  const clause = isKnown || word === '' || !said.endsWith(word) ? undefined : said.split(separator).at(-1)!;
  const rest = clause?.startsWith(before) ? clause.slice(before.length, clause.length - word.length) : '';
  const name = rest === '' || rest.includes('"') ? undefined : rest;
  return name === undefined
    ? undefined
    : noColumn(
        name,
        columns.map((column) => column.name),
      );
}

/** The column whose phrase ends the prompt, and where that begins; the longest, for a name may end like another. */
function openColumn(schema: Schema, prompt: string): { column: number; from: number } | undefined {
  const words = wordsOf(schema.template);
  // The space at a prompt's end may be left out.
  const text = prompt.trimEnd() + (/\s*$/.exec(words.between)?.[0] ?? '');
  const found = schema.columns.flatMap((column, index) => {
    const [first, later] = [phraseOf(column, true, words), phraseOf(column, false, words)];
    if (text === first) return [{ column: index, from: 0 }];
    return text.endsWith(later) ? [{ column: index, from: text.length - later.length }] : [];
  });
  return found.sort((a, b) => a.from - b.from)[0];
}
