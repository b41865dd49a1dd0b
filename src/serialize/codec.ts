/**
 * The table's own tokenizer: which pieces of text are tokens, how a cell becomes tokens and a token sequence a sentence.
 * It knows schema and sentence grammar, nothing of models and files.
 */
import { z } from 'zod';
import { type Value, valueAt } from '../table/cells.ts';
import { parseCheck } from '../table/checks.ts';
import { type Column, isNumeric, type Schema } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';
import type { State } from './automaton.ts';
import { quantileBins } from './bins.ts';
import type { CellCodec } from './cell-codec.ts';
import { type CellGrammar, cellGrammar, createCellCodec, restrictCell } from './cell-grammar.ts';
import type { CellSet } from './cell-set.ts';
import { previousIn } from './grid.ts';
import { escapedPieces } from './quoting.ts';
import { parseSentence, phraseOf } from './sentence.ts';

/** What the tokenizer learned from the table; with the schema it determines every token. Stored in tabletalk.json. */
export const sentenceGrammar = z.strictObject({
  version: z.literal(1),
  cells: z.array(cellGrammar),
  /** For each `combination` check of the schema: the codes that its columns had together, -1 for missing. */
  combinations: z.array(z.array(z.array(z.int()))).optional(),
});
export type SentenceGrammar = z.infer<typeof sentenceGrammar>;

/** Tokens without text, at the same ids in every vocabulary. */
export const special = { pad: 0, bos: 1, eos: 2, unknown: 3 } as const;
export const specialPieces = ['<|pad|>', '<|bos|>', '<|eos|>', '<|unk|>'];

/** Pieces that carry no text of their own; no name or value is written so (quoting.ts). */
export const isSpecial = (piece: string): boolean => piece.startsWith('<|') && piece.endsWith('|>');

export interface Codec {
  readonly schema: Schema;
  readonly grammar: SentenceGrammar;
  /** The text of each token id. */
  readonly pieces: readonly string[];
  /** Tokens of the longest possible sentence, with its begin and end. */
  readonly longest: number;
  /** The most tokens a cell of each column may take. */
  readonly cellLengths: readonly number[];
  /** The token that names a column: "age is " when it comes first, ", age is " later. */
  phrase(column: number, first: boolean): number;
  /** The tokens of a cell. Throws when the grammar cannot say the value (`canSay`). */
  encode(column: number, value: Value | null): Int32Array;
  canSay(column: number, value: Value | null): boolean;
  /** All that may be said in a column. */
  start(column: number): State;
  /** What may be said of a set of cells, undefined when nothing: a part of what `start` admits (cell-codec.ts). */
  restrict(column: number, set: CellSet): State | undefined;
  /** The value of a cell's tokens. */
  value(column: number, tokens: Iterable<number>): Value | null;
  /** The sentence that tokens spell. */
  text(tokens: Iterable<number>): string;
}

/** About two ranges per cube root of the rows: 17 for 600 rows, 64 from 32,768 on. */
const rangesFor = (rows: number) => Math.round(Math.min(64, Math.max(8, 2 * Math.cbrt(rows))));

export function learnGrammar(table: Table): SentenceGrammar {
  const cells = table.schema.columns.map((column, i): CellGrammar => {
    const data = table.columns[i]!;
    if (isNumeric(column)) {
      return { bins: quantileBins(data as Float64Array, rangesFor(table.rowCount), previousIn(column)) };
    }
    return column.kind === 'text' ? learnText(data) : {};
  });
  const combinations = (table.schema.checks ?? [])
    .map((check) => parseCheck(check, table.schema.columns))
    .filter(({ is }) => is === 'combination')
    .map(({ columns }) => learnCombinations(table, columns));
  return { version: 1, cells, ...(combinations.length > 0 && { combinations }) };
}

function learnCombinations(table: Table, columns: readonly number[]): number[][] {
  const found = new Map<string, number[]>();
  for (let row = 0; row < table.rowCount; row++) {
    const codes = columns.map((column) => table.columns[column]![row] as number);
    found.set(codes.join(), codes);
  }
  return [...found.values()];
}

function learnText(data: ColumnData): CellGrammar {
  const pieces = new Set<string>();
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  for (let row = 0; row < data.length; row++) {
    const value = valueAt(data, row);
    if (value === null) continue;
    const written = escapedPieces(value as string);
    shortest = Math.min(shortest, written.length);
    longest = Math.max(longest, written.length);
    for (const piece of written) pieces.add(piece);
  }
  return { pieces: [...pieces].sort(), shortest: Math.min(shortest, longest), longest };
}

export function createCodec(schema: Schema, grammar: SentenceGrammar): Codec {
  const cells = schema.columns.map((column, i) => createCellCodec(column, i, grammar.cells[i]!));
  const phrases = [true, false].map((first) => schema.columns.map((column) => phraseOf(column, first)));
  const pieces = [...new Set([...specialPieces, ...phrases.flat(), ...cells.flatMap((cell) => cell.pieces)])];
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const id = (piece: string): number => {
    const found = ids.get(piece);
    if (found === undefined) throw new Error(`the vocabulary has no piece ${JSON.stringify(piece)}`);
    return found;
  };
  const [firstPhrases, laterPhrases] = phrases.map((texts) => texts.map(id)) as [number[], number[]];
  const restricted = schema.columns.map(() => new WeakMap<CellSet, State | undefined>());
  const starts: (State | undefined)[] = [];
  const start = (column: number) => {
    starts[column] ??= cells[column]!.start(id);
    return starts[column];
  };
  const encode = schema.columns.map((column, i) => cellEncoder(column, cells[i]!, id));
  const texts = pieces.map((piece) => (isSpecial(piece) ? '' : piece));
  const text = (tokens: Iterable<number>) => {
    let said = '';
    for (const token of tokens) said += texts[token] ?? '';
    return said;
  };
  return {
    schema,
    grammar,
    pieces,
    cellLengths: cells.map(({ longest }) => longest),
    longest: 2 + cells.reduce((sum, { longest }) => sum + 1 + longest, 0),
    phrase: (column, first) => (first ? firstPhrases : laterPhrases)[column]!,
    encode: (column, value) => encode[column]!(value),
    canSay: (column, value) => cells[column]!.encode(value) !== undefined,
    start,
    restrict(column, set) {
      const known = restricted[column]!;
      if (!known.has(set))
        known.set(set, restrictCell(schema.columns[column]!, cells[column]!, set, id, start(column)));
      return known.get(set);
    },
    value(column, tokens) {
      const value = parseSentence(schema, text([firstPhrases[column]!, ...tokens])).cells[column];
      if (value === undefined) throw new Error(`no cell of column "${schema.columns[column]!.name}"`);
      return value;
    },
    text,
  };
}

function cellEncoder(column: Column, cell: CellCodec, id: (piece: string) => number) {
  return (value: Value | null): Int32Array => {
    const pieces = cell.encode(value);
    if (!pieces) throw new Error(`column "${column.name}" cannot be ${JSON.stringify(value)}`);
    return Int32Array.from(pieces, id);
  };
}
