/**
 * How cells become tokens and tokens a sentence, and the table's own tokenizer: which pieces of text are its tokens.
 */

import type { Value } from '../../table/cells.ts';
import { parseCheck } from '../../table/checks/checks.ts';
import { type Column, isNumeric, type Schema } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { createBaseCodec, mostTokens, tokenizerOf } from '../base/base-codec.ts';
import type { Width } from '../numbers/digits.ts';
import { learnNumbers } from '../numbers/number-grammar.ts';
import { wordsOf } from '../sentence/quoting.ts';
import { phraseOf } from '../sentence/sentence.ts';
import { learnText } from '../text/text-grammar.ts';
import type { State } from './automaton.ts';
import { type CellCodec, type CellDecoder, memoizedStates } from './cell-codec.ts';
import { type CellGrammar, createCellCodec, restrictCell } from './cell-grammar.ts';
import type { BaseGrammar, Codec, SentenceGrammar, TableCodec, TableGrammar } from './grammar.ts';

/** Tokens without text, at the same ids in every vocabulary. */
export const special = { pad: 0, bos: 1, eos: 2, unknown: 3 } as const;
export const specialPieces = ['<|pad|>', '<|bos|>', '<|eos|>', '<|unk|>'];

/** Pieces that carry no text of their own; no name or value is written so (quoting.ts). */
export const isSpecial = (piece: string): boolean => piece.startsWith('<|') && piece.endsWith('|>');

/** About two ranges per cube root of the rows: 17 for 600 rows, 64 from 32,768 on. */
const rangesFor = (rows: number) => Math.round(Math.min(64, Math.max(8, 2 * Math.cbrt(rows))));

/**
 * Digits to a token. Pairs make sentences shorter, by a quarter where most columns are numbers, and are ten times as many tokens: some
 * thousand rows are needed to learn which of them are likely (training/LOG.md).
 */
const widthFor = (rows: number): Width => (rows < 5000 ? 1 : 2);

export function learnGrammar(table: Table, width = widthFor(table.rowCount)): TableGrammar {
  return { version: 1, cells: learnCells(table, rangesFor(table.rowCount), width), ...learnCombinations(table) };
}

/** Numbers are said in digits alone: a range would need tokens that the base model never saw. */
export function learnBaseGrammar(table: Table, base: Pick<BaseGrammar, 'tokenizer' | 'bos' | 'eos'>): BaseGrammar {
  const tokenizer = tokenizerOf(base);
  const cells = learnCells(table, 1, 1);
  const codec = createTableCodec(table.schema, { version: 1, cells });
  const counted = cells.map((cell, i): CellGrammar => {
    if (table.schema.columns[i]!.kind !== 'text') return cell;
    return { ...cell, tokens: mostTokens(tokenizer, codec, i, table.columns[i]!) };
  });
  return { version: 2, cells: counted, ...learnCombinations(table), ...base };
}

/** What the columns of each `combination` check had together; nothing where there is no such check. */
function learnCombinations(table: Table): Pick<TableGrammar, 'combinations'> {
  const learned = (table.schema.checks ?? [])
    .map((check) => parseCheck(check, table.schema.columns))
    .filter(({ is }) => is === 'combination')
    .map(({ columns }) => combinationsOf(table, columns));
  return learned.length > 0 ? { combinations: learned } : {};
}

function combinationsOf(table: Table, columns: readonly number[]): number[][] {
  const found = new Map<string, number[]>();
  for (let row = 0; row < table.rowCount; row++) {
    const codes = columns.map((column) => table.columns[column]![row] as number);
    found.set(codes.join(), codes);
  }
  return [...found.values()];
}

function learnCells({ schema, columns }: Table, ranges: number, width: Width): CellGrammar[] {
  return schema.columns.map((column, i) => {
    const data = columns[i]!;
    if (isNumeric(column)) return learnNumbers(column, data as Float64Array, ranges, width);
    return column.kind === 'text' ? learnText(data as readonly (string | null)[]) : {};
  });
}

export function createCodec(schema: Schema, grammar: TableGrammar): TableCodec;
export function createCodec(schema: Schema, grammar: SentenceGrammar): Codec;
export function createCodec(schema: Schema, grammar: SentenceGrammar): Codec {
  if (grammar.version === 1) return createTableCodec(schema, grammar);
  return createBaseCodec(createTableCodec(schema, { version: 1, cells: grammar.cells }), grammar);
}

function createTableCodec(schema: Schema, grammar: TableGrammar): TableCodec {
  const words = wordsOf(schema.template);
  const cells = schema.columns.map((column, i) => createCellCodec(column, i, grammar.cells[i]!, words));
  const phrases = [true, false].map((first) => schema.columns.map((column) => phraseOf(column, first, words)));
  const pieces = [...new Set([...specialPieces, ...phrases.flat(), ...cells.flatMap((cell) => cell.pieces)])];
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const id = (piece: string): number => {
    const found = ids.get(piece);
    if (found === undefined) throw new Error(`the vocabulary has no piece ${JSON.stringify(piece)}`);
    return found;
  };
  const [firstPhrases, laterPhrases] = phrases.map((texts) => texts.map((text) => Int32Array.of(id(text)))) as [
    Int32Array[],
    Int32Array[],
  ];
  const restricted = memoizedStates(schema);
  const starts: (State | undefined)[] = [];
  const start = (column: number) => {
    starts[column] ??= cells[column]!.start(id);
    return starts[column];
  };
  const encode = schema.columns.map((column, i) => cellEncoder(column, cells[i]!, id));
  const decoders: CellDecoder[] = [];
  const decode = (column: number, tokens: Int32Array) => {
    decoders[column] ??= cells[column]!.decoder(id);
    return decoders[column](tokens);
  };
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
    texts,
    vocabSize: pieces.length,
    bos: special.bos,
    eos: special.eos,
    endings: new Int32Array(0),
    cellLengths: cells.map(({ longest }) => longest),
    longest: 2 + cells.reduce((sum, { longest }) => sum + 1 + longest, 0),
    phrase: (column, first) => (first ? firstPhrases : laterPhrases)[column]!,
    encode: (column, value) => encode[column]!(value),
    cellWriter: (column) => cells[column]!.writer?.(id, (piece) => ids.get(piece)),
    canSay: (column, value) => cells[column]!.encode(value) !== undefined,
    start,
    restrict: (column, set) =>
      restricted(column, set, () => restrictCell(schema.columns[column]!, cells[column]!, set, id, start(column))),
    decode,
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
