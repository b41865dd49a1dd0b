/** What a table's sentences are made of besides its schema, and what a codec of them can do. */
import { z } from 'zod';
import type { Value } from '../../table/cells.ts';
import type { Schema } from '../../table/schema.ts';
import { tokenId } from '../base/base-tokenizer.ts';
import type { State } from './automaton.ts';
import type { CellWriter } from './cell-codec.ts';
import { cellGrammar, combinations } from './cell-grammar.ts';
import type { CellSet } from './cell-set.ts';

/** What the tokenizer learned from the table; with the schema it determines every token. Stored in tabletalk.json. */
export const sentenceGrammar = z.strictObject({
  version: z.literal(1),
  cells: z.array(cellGrammar),
  combinations,
});
export type TableGrammar = z.infer<typeof sentenceGrammar>;

/** The same in the tokens of a base model; tokenizer.json lies beside. */
const baseGrammar = z.strictObject({
  version: z.literal(2),
  cells: z.array(cellGrammar),
  combinations,
  /** Tokens at the begin and the end of every sentence. */
  bos: tokenId,
  eos: tokenId,
});
/** `tokenizer` is the contents of tokenizer.json. */
export type BaseGrammar = z.infer<typeof baseGrammar> & { readonly tokenizer: string };

/** As tabletalk.json holds it; of a base model's grammar, the tokenizer is a file of its own. */
export const storedGrammar = z.discriminatedUnion('version', [sentenceGrammar, baseGrammar]);
type StoredGrammar = z.infer<typeof storedGrammar>;

/** All that a codec is made of besides the schema. */
export type SentenceGrammar = TableGrammar | BaseGrammar;

export function storedPart(grammar: SentenceGrammar): StoredGrammar {
  if (grammar.version === 1) return grammar;
  const { tokenizer, ...stored } = grammar;
  return stored;
}

export interface Codec {
  readonly schema: Schema;
  readonly grammar: SentenceGrammar;
  /** Token ids are below it. */
  readonly vocabSize: number;
  /** The tokens with which every sentence begins and ends. */
  readonly bos: number;
  readonly eos: number;
  /** Tokens of the longest possible sentence, with its begin and end. */
  readonly longest: number;
  /** The most tokens a cell of each column may take. */
  readonly cellLengths: readonly number[];
  /**
   * Terminators. In a base model's vocabulary a cell can usually be extended, so its end is marked by the first token of what
   * follows (a comma or EOS), which a state may admit although it is not part of the cell. Empty for the table's own tokenizer.
   */
  readonly endings: Int32Array;
  /** The tokens that name a column: "age is " when it comes first, ", age is " later. */
  phrase(column: number, first: boolean): Int32Array;
  /** The tokens of a cell. Throws when the grammar cannot say the value (`canSay`). */
  encode(column: number, value: Value | null): Int32Array;
  /** `encode` without an array of its own, for columns of so many values that it matters; else undefined. */
  cellWriter?(column: number): CellWriter | undefined;
  canSay(column: number, value: Value | null): boolean;
  /** All that may be said in a column. */
  start(column: number): State;
  /** What may be said of a set of cells, undefined when nothing: a part of what `start` admits (cell-codec.ts). */
  restrict(column: number, set: CellSet): State | undefined;
  /** The value of a cell's tokens: the reverse of `encode`. Throws where they are no cell of the column. */
  decode(column: number, tokens: Int32Array): Value | null;
  /** The sentence that tokens spell. */
  text(tokens: Iterable<number>): string;
}

/** The codec of a vocabulary made for one table. */
export interface TableCodec extends Codec {
  /** What each token id is called. */
  readonly pieces: readonly string[];
  /** The text of each token id. */
  readonly texts: readonly string[];
}
