/** How one column's cells become tokens, and what may be said in its place. One entry per kind of column. */
import { z } from 'zod';
import { type Column, isCoded, isNumeric } from '../../table/schema.ts';
import { bin } from '../numbers/bins.ts';
import { numberCodec } from '../numbers/number-grammar.ts';
import { missingWord, type Words, wordsOf } from '../sentence/quoting.ts';
import { cellText } from '../sentence/sentence.ts';
import { textCodec } from '../text/text-grammar.ts';
import { choicesOf, createState, done, type State } from './automaton.ts';
import { type CellCodec, type IdOf, noCell } from './cell-codec.ts';
import type { CellSet } from './cell-set.ts';

/** A sentence has at most a few thousand tokens; a state of the grammar is made for each piece of a cell. */
const pieceCount = z.int().min(0).max(100_000).optional();

/** What was learned of a column besides its schema; stored in the model folder. */
export const cellGrammar = z.strictObject({
  /** Numeric columns: ranges a number is first placed in (bins.ts). */
  bins: z.array(bin).optional(),
  /** Numeric columns: digits to a token; one in models of earlier versions, and beside a base. */
  width: z.literal(2).optional(),
  /** Text columns: the pieces seen (a character or an escape), and the fewest and most pieces in one cell. */
  pieces: z.array(z.string()).optional(),
  shortest: pieceCount,
  longest: pieceCount,
  /** Text columns, where a base model's tokenizer is used: the most tokens in one cell. */
  tokens: pieceCount,
});
export type CellGrammar = z.infer<typeof cellGrammar>;

/** For each `combination` check of the schema: the codes that its columns had together, -1 for missing. */
export const combinations = z.array(z.array(z.array(z.int().min(-1)))).optional();

export function createCellCodec(
  column: Column,
  index: number,
  grammar: CellGrammar,
  words: Words = wordsOf(undefined),
): CellCodec {
  const codec = kindCodec(column, index, grammar, words);
  if (column.missing === null) return codec;
  return {
    ...codec,
    pieces: [...codec.pieces, missingWord],
    longest: Math.max(codec.longest, 1),
    encode: (value) => (value === null ? [missingWord] : codec.encode(value)),
    decoder(id) {
      const [decode, missing] = [codec.decoder(id), id(missingWord)];
      return (tokens) => (tokens.length === 1 && tokens[0] === missing ? null : decode(tokens));
    },
    start: (id) => createState([...choicesOf(codec.start(id)), { token: id(missingWord), leadsTo: () => done }]),
  };
}

/** What a set's cells may be said as; `start` is all that the column may say. Undefined when it can say none of them. */
export function restrictCell(
  { missing }: Column,
  codec: CellCodec,
  set: CellSet,
  id: IdOf,
  start: State,
): State | undefined {
  const present = codec.restrict(set.present, id, start);
  if (!set.missing || missing === null) return present;
  return createState([...(present ? choicesOf(present) : []), { token: id(missingWord), leadsTo: () => done }]);
}

function kindCodec(column: Column, index: number, grammar: CellGrammar, words: Words): CellCodec {
  if (isCoded(column))
    return listCodec(
      column,
      column.values.map((_, code) => cellText(column, code, words)),
    );
  if (isNumeric(column)) return numberCodec(column, index, grammar.bins ?? [], grammar.width ?? 1);
  return textCodec(column, grammar.pieces ?? [], grammar.shortest ?? 0, grammar.longest ?? 0);
}

/** One token for each value of a closed list. */
function listCodec(column: Column, texts: readonly string[]): CellCodec {
  return {
    pieces: texts,
    longest: 1,
    encode: (value) => (typeof value === 'number' && texts[value] !== undefined ? [texts[value]] : undefined),
    decoder(id) {
      const codes = new Map(texts.map((text, code) => [id(text), code]));
      return (tokens) => {
        const code = tokens.length === 1 ? codes.get(tokens[0]!) : undefined;
        if (code === undefined) throw noCell(column);
        return code;
      };
    },
    start: (id) => createState(texts.map((text) => ({ token: id(text), leadsTo: () => done }))),
    restrict(set, id) {
      const codes = set.is === 'codes' ? set.codes : [];
      return codes.length === 0
        ? undefined
        : createState(codes.map((code) => ({ token: id(texts[code]!), leadsTo: () => done })));
    },
  };
}
