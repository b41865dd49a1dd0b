/**
 * Sentences in the tokens of a base model's own tokenizer. It knows the table's grammar and that tokenizer, nothing of
 * models and files.
 *
 * A sentence is cut where the tokenizer itself would begin a word: "age is| 39|,| workclass is| Private". Each part is
 * encoded alone, so no token is half name and half value, and training and sampling see the same tokens. A cell may go on
 * after any token, so that it is over is itself said: by the comma, or by the end of the sentence.
 */
import { z } from 'zod';
import { type Value, valueAt } from '../table/cells.ts';
import { type Column, isCoded, isNumeric, type NumericColumn } from '../table/schema.ts';
import type { ColumnData } from '../table/table.ts';
import { createState, type State } from './automaton.ts';
import { type BaseTokenizer, createBaseTokenizer } from './base-tokenizer.ts';
import type { Bin } from './bins.ts';
import { type ByteState, byteAutomaton } from './byte-automaton.ts';
import { cellGrammar } from './cell-grammar.ts';
import type { Codec, TableCodec } from './codec.ts';
import { cellText, phraseOf } from './sentence.ts';
import { createTokenGrammar } from './token-grammar.ts';

/** What a model folder stores of it; tokenizer.json lies beside. */
export const baseGrammar = z.strictObject({
  version: z.literal(2),
  cells: z.array(cellGrammar),
  /** Tokens at the begin and the end of every sentence. */
  bos: z.int().nonnegative(),
  eos: z.int().nonnegative(),
});
/** `tokenizer` is the contents of tokenizer.json. */
export type BaseGrammar = z.infer<typeof baseGrammar> & { readonly tokenizer: string };

export const tokenizerOf = ({ tokenizer, bos, eos }: Pick<BaseGrammar, 'tokenizer' | 'bos' | 'eos'>): BaseTokenizer =>
  createBaseTokenizer(tokenizer, [bos, eos], 'tokenizer.json');

const spokenCell = (column: Column, value: Value | null) => ` ${cellText(column, value)}`;

/** The texts that a cell may be, with the space before it, byte by byte. */
function textsOf(table: TableCodec, column: number): ByteState {
  const encoder = new TextEncoder();
  const spaced = createState([{ token: -1, leadsTo: () => table.start(column) }]);
  return byteAutomaton(spaced, (token) => encoder.encode(table.texts[token] ?? ' '));
}

/** The most tokens that a text may take: as many as one took, and wherever one stood, enough to end from there byte by byte. */
export function mostTokens(tokenizer: BaseTokenizer, table: TableCodec, index: number, data: ColumnData): number {
  const column = table.schema.columns[index]!;
  const cells = new Set(Array.from({ length: data.length }, (_, row) => valueAt(data, row)));
  if (column.missing !== null) cells.add(null);
  const start = textsOf(table, index);
  let most = start.distance;
  for (const value of cells) {
    const tokens = tokenizer.encode(spokenCell(column, value));
    most = Math.max(most, tokens.length);
    let state: ByteState | undefined = start;
    for (const [i, token] of tokens.entries()) {
      for (const byte of tokenizer.bytes(token)!) state = state?.next(byte);
      // A character that is written by its code leads out of the grammar.
      if (!state) break;
      most = Math.max(most, i + 1 + state.distance);
    }
  }
  return most;
}

/** @param table the table's own codec of the same cells: its grammar says which texts a cell may be. */
export function createBaseCodec(table: TableCodec, grammar: BaseGrammar): Codec {
  const { schema } = table;
  const tokenizer = tokenizerOf(grammar);
  const comma = tokenizer.encode(',');
  const endings = Int32Array.of(comma[0]!, grammar.eos);
  const admits = createTokenGrammar(tokenizer, endings);

  const named = (column: Column, first: boolean) => phraseOf(column, first).slice(0, -1);
  const firstPhrases = schema.columns.map((column) =>
    tokenizer.encode(`${tokenizer.prefixSpace ? ' ' : ''}${named(column, true)}`),
  );
  const laterPhrases = schema.columns.map((column) =>
    Int32Array.of(...comma, ...tokenizer.encode(named(column, false).slice(1))),
  );

  const encode = (column: number, value: Value | null) => tokenizer.encode(spokenCell(schema.columns[column]!, value));
  const listOf = (state: State) => Array.from(state.tokens, (token) => tokenizer.encode(` ${table.texts[token]}`));
  const cellLengths = schema.columns.map((column, i) => {
    const cell = grammar.cells[i]!;
    if (isCoded(column)) return listOf(table.start(i)).reduce((most, { length }) => Math.max(most, length), 0);
    return isNumeric(column) ? mostBytes(column, cell.bins ?? []) : (cell.tokens ?? 0);
  });
  const startOf = (column: number): State => {
    if (isCoded(schema.columns[column]!)) return admits.listed(listOf(table.start(column)));
    return admits.spelled(textsOf(table, column), grammar.cells[column]!.tokens ?? Number.POSITIVE_INFINITY);
  };
  const starts: (State | undefined)[] = [];
  const phraseLength = (column: number) => Math.max(firstPhrases[column]!.length, laterPhrases[column]!.length);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    schema,
    grammar,
    vocabSize: tokenizer.vocabSize,
    bos: grammar.bos,
    eos: grammar.eos,
    endings,
    cellLengths,
    longest: 2 + cellLengths.reduce((sum, length, column) => sum + phraseLength(column) + length, 0),
    phrase: (column, first) => (first ? firstPhrases : laterPhrases)[column]!,
    encode(column, value) {
      // What the table's grammar cannot say it refuses itself.
      if (!table.canSay(column, value)) table.encode(column, value);
      return encode(column, value);
    },
    canSay: (column, value) => table.canSay(column, value) && encode(column, value).length <= cellLengths[column]!,
    start(column) {
      starts[column] ??= startOf(column);
      return starts[column];
    },
    text(tokens) {
      const bytes = Array.from(tokens, (token) => [...(tokenizer.bytes(token) ?? [])]).flat();
      const text = decoder.decode(Uint8Array.from(bytes));
      return tokenizer.prefixSpace ? text.replace(/^ /, '') : text;
    },
  };
}

/** Of a number in one of the ranges, or of the word for a missing one, with the space before it. */
function mostBytes(column: NumericColumn, bins: readonly Bin[]): number {
  const scale = column.kind === 'decimal' ? column.scale : 0;
  const texts = bins.flat().map((end) => {
    if (column.kind === 'datetime') return cellText(column, end);
    return `${end < 0 || Object.is(end, -0) ? '-' : ''}${Math.abs(end).toFixed(scale)}`;
  });
  if (column.missing !== null) texts.push(cellText(column, null));
  return 1 + Math.max(...texts.map(({ length }) => length));
}
