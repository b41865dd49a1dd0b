/**
 * Sentences in the tokens of a base model's own tokenizer.
 *
 * A sentence is cut where the tokenizer itself would begin a word: "age is| 39|,| workclass is| Private". Each part is
 * encoded alone, so no token is half name and half value, and training and sampling see the same tokens. A cell may go
 * on after any token, so that it is over is itself said: by the comma, or by the end of the sentence.
 */
import { type Value, valueAt } from '../../table/cells.ts';
import { isCoded } from '../../table/schema.ts';
import type { ColumnData } from '../../table/table.ts';
import {
  type ByteState,
  byteAutomaton,
  createState,
  done,
  groups,
  oneOf,
  overBy,
  type State,
} from '../codec/automaton.ts';
import { memoizedStates, noCell } from '../codec/cell-codec.ts';
import { type CellSet, onlyCells } from '../codec/cell-set.ts';
import type { BaseGrammar, Codec, TableCodec } from '../codec/grammar.ts';
import type { Bin } from '../numbers/bins.ts';
import { wordsOf } from '../sentence/quoting.ts';
import { parseCellText } from '../sentence/sentence.ts';
import { type BaseTokenizer, createBaseTokenizer } from './base-tokenizer.ts';

export const tokenizerOf = ({ tokenizer, bos, eos }: Pick<BaseGrammar, 'tokenizer' | 'bos' | 'eos'>): BaseTokenizer =>
  createBaseTokenizer(tokenizer, [bos, eos], 'tokenizer.json');

/** A table's sentences cut into parts, as texts. */
function partsOf(table: TableCodec) {
  const phrase = (column: number, first: boolean) => table.text(table.phrase(column, first));
  // The space before a value begins its first word.
  const encoder = new TextEncoder();
  const readers: ((start: State) => ByteState)[] = [];
  const lead = (column: number) => (phrase(column, true).endsWith(' ') ? ' ' : '');
  const trimmed = (column: number, first: boolean) => phrase(column, first).replace(/ $/, '');
  return {
    lead,
    first: (column: number) => trimmed(column, true),
    /** What stands between two columns in two parts: its first character, by which a cell is known to be over, and the rest. */
    later(column: number): [string, string] {
      const [opening = '', ...rest] = trimmed(column, false);
      return [opening, rest.join('')];
    },
    cell: (column: number, value: Value | null) => lead(column) + table.text(table.encode(column, value)),
    /** The texts that a state of a column's cells admits, byte by byte. */
    cells(column: number, start: State): ByteState {
      readers[column] ??= byteAutomaton((token) => encoder.encode(table.texts[token] ?? lead(column)));
      return readers[column](createState([{ token: -1, leadsTo: () => start }]));
    },
    /** Of a column of few values: the text of each that a state admits. */
    listed: (column: number, { tokens }: State) => Array.from(tokens, (token) => lead(column) + table.texts[token]),
  };
}

/** The most tokens that a text may take: as many as one took, and wherever one stood, enough to end from there byte by byte. */
export function mostTokens(tokenizer: BaseTokenizer, table: TableCodec, column: number, data: ColumnData): number {
  const parts = partsOf(table);
  const cells = new Set(Array.from({ length: data.length }, (_, row) => valueAt(data, row)));
  if (table.schema.columns[column]!.missing !== null) cells.add(null);
  const start = parts.cells(column, table.start(column));
  let most = start.distance;
  for (const value of cells) {
    const tokens = tokenizer.encode(parts.cell(column, value));
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
  const columns = [...schema.columns.keys()];
  const parts = partsOf(table);
  const tokenizer = tokenizerOf(grammar);
  const encodeAll = (texts: readonly string[]) => Int32Array.from(texts.flatMap((text) => [...tokenizer.encode(text)]));
  const prefix = tokenizer.prefixSpace ? ' ' : '';
  const firstPhrases = columns.map((column) => tokenizer.encode(prefix + parts.first(column)));
  const laterPhrases = columns.map((column) => encodeAll(parts.later(column)));
  const endings = Int32Array.from(new Set([laterPhrases[0]![0]!, grammar.eos]));
  const admits = createTokenGrammar(tokenizer, endings);

  const listOf = (column: number) => parts.listed(column, table.start(column)).map((text) => tokenizer.encode(text));
  const cellLengths = columns.map((column) => {
    if (isCoded(schema.columns[column]!)) return listOf(column).reduce((most, { length }) => Math.max(most, length), 0);
    return grammar.cells[column]!.tokens ?? mostBytes(table, column, grammar.cells[column]!.bins ?? []);
  });
  const freeCells = memo((column: number) => parts.cells(column, table.start(column)));
  const most = (column: number) => grammar.cells[column]!.tokens ?? Number.POSITIVE_INFINITY;
  const start = memo((column: number): State => {
    if (isCoded(schema.columns[column]!)) return admits.listed(listOf(column));
    return admits.spelled(freeCells(column), most(column));
  });
  const canSay = (column: number, value: Value | null) =>
    table.canSay(column, value) && encode(column, value).length <= cellLengths[column]!;
  /** Cells that can be listed are said as the tokenizer cuts them; others in any tokens, as those that are free. */
  const restrict = (column: number, set: CellSet): State | undefined => {
    const listed = onlyCells(set);
    if (!listed) {
      const part = table.restrict(column, set);
      return part && admits.within(parts.cells(column, part), freeCells(column), most(column));
    }
    const paths = listed.filter((cell) => canSay(column, cell)).map((cell) => encode(column, cell));
    return paths.length === 0 ? undefined : oneOf(paths, { free: start(column), endings });
  };
  const restricted = memoizedStates(schema);
  const encode = (column: number, value: Value | null) => tokenizer.encode(parts.cell(column, value));
  const phraseLength = (column: number) => Math.max(firstPhrases[column]!.length, laterPhrases[column]!.length);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const textOf = (tokens: Iterable<number>) => {
    const bytes = Array.from(tokens, (token) => [...(tokenizer.bytes(token) ?? [])]).flat();
    return decoder.decode(Uint8Array.from(bytes));
  };
  const words = wordsOf(schema.template);
  /** Tokens of a base cut a cell anywhere: its text is parsed. */
  const decode = (column: number, tokens: Int32Array) => {
    const [text, lead] = [textOf(tokens), parts.lead(column)];
    const said = text.startsWith(lead) ? text.slice(lead.length) : undefined;
    const value = said === undefined ? undefined : parseCellText(schema.columns[column]!, said, words);
    if (value === undefined) throw noCell(schema.columns[column]!);
    return value;
  };
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
    encode,
    canSay,
    start,
    restrict: (column, set) => restricted(column, set, () => restrict(column, set)),
    decode,
    text(tokens) {
      const said = textOf(tokens);
      return tokenizer.prefixSpace ? said.replace(/^ /, '') : said;
    },
  };
}

/** Of a number in one of the ranges, or of the word for a missing one, with a space before it. */
function mostBytes(table: TableCodec, index: number, bins: readonly Bin[]): number {
  const column = table.schema.columns[index]!;
  const textOf = (value: number | null) => table.text(table.encode(index, value));
  const texts = bins.flat().map((end) => {
    if (column.kind !== 'decimal' || column.float) return textOf(end);
    return `${end < 0 || Object.is(end, -0) ? '-' : ''}${Math.abs(end).toFixed(column.scale)}`;
  });
  if (column.missing !== null) texts.push(textOf(null));
  // An exponent between two ends may be longer than theirs.
  const room = column.kind === 'decimal' && column.float ? 4 : 1;
  return room + Math.max(...texts.map(({ length }) => length));
}

// What may be said next in a cell, as tokens of a base model's vocabulary: each is admitted whose bytes the cell's
// grammar follows to a place from which the cell can still be completed.

interface TokenGrammar {
  /**
   * All that may be said from `text` on in at most `most` tokens, which are no fewer than the bytes to its nearest end.
   * Where a cell may be over or go on, `endings` are admitted beside the tokens that go on with it.
   */
  spelled(text: ByteState, most: number): State;
  /** What `spelled(text, most)` admits of the texts of `part`, which are some of its own; undefined where all are too long. */
  within(part: ByteState, text: ByteState, most: number): State | undefined;
  /** Exactly one of `texts`, each by its own tokens. */
  listed(texts: readonly Int32Array[]): State;
}

function createTokenGrammar({ trie, bytes }: BaseTokenizer, endings: Int32Array): TokenGrammar {
  const kept = createStore();

  /** The tokens that a text may go on with. */
  const tokensAfter = memo((text: ByteState) => {
    const tokens: number[] = [];
    trie.walk(text, (token) => tokens.push(token));
    return kept(Int32Array.from(tokens));
  });
  /** For each of these, how many bytes the nearest end is away after it. */
  const distancesAfter = memo((text: ByteState) => {
    const distances: number[] = [];
    trie.walk(text, (_, after) => distances.push(after.distance));
    return kept(Int32Array.from(distances));
  });
  // A token for every byte exists, so that a text so many bytes from its end can be ended in as many tokens.
  const fitting = (text: ByteState, most: number): Int32Array => {
    const tokens = tokensAfter(text);
    if (most === Number.POSITIVE_INFINITY) return tokens;
    const distances = distancesAfter(text);
    return kept(tokens.filter((_, i) => distances[i]! < most));
  };

  const stateAt = memo((text: ByteState) => memo((most: number) => newState(text, most)));
  const spelled = (text: ByteState, most: number): State => (text.open ? stateAt(text)(most) : done);
  const newState = (text: ByteState, most: number): State => {
    const going = fitting(text, most);
    return {
      tokens: text.complete ? joined(going, endings) : going,
      next(index) {
        if (index >= going.length) return done;
        let after = text;
        for (const byte of bytes(going[index]!)!) after = after.next(byte)!;
        return spelled(after, most - 1);
      },
    };
  };

  const partAt = memo((part: ByteState) =>
    memo((text: ByteState) => memo((most: number) => newPart(part, text, most))),
  );
  const within = (part: ByteState, text: ByteState, most: number): State => {
    if (part === text) return spelled(text, most);
    return text.open ? partAt(part)(text)(most) : done;
  };
  const newPart = (part: ByteState, text: ByteState, most: number): State => {
    const going = fitting(part, most);
    return createState([
      ...Array.from(going, (token) => ({
        token,
        leadsTo: () => {
          let [partAfter, textAfter] = [part, text];
          for (const byte of bytes(token)!) {
            partAfter = partAfter.next(byte)!;
            textAfter = textAfter.next(byte)!;
          }
          return within(partAfter, textAfter, most - 1);
        },
      })),
      ...(part.complete ? overBy(endings) : []),
    ]);
  };

  const listed = (texts: readonly Int32Array[], at: number): State => {
    const going = texts.filter((text) => text.length > at);
    if (going.length === 0) return done;
    const branches = groups(going, (text) => text[at]!);
    return createState([
      ...Array.from(branches, ([token, rest]) => ({ token, leadsTo: () => listed(rest, at + 1) })),
      ...(going.length < texts.length ? overBy(endings) : []),
    ]);
  };
  return {
    spelled,
    within: (part, text, most) => (part.distance > most ? undefined : within(part, text, most)),
    listed: (texts) => listed(texts, 0),
  };
}

function memo<K, V>(work: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = work(key);
      known.set(key, value);
    }
    return value;
  };
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Keeps one of equal arrays: inside a text nearly all states admit the same tokens, and those are many. */
function createStore(): (array: Int32Array) => Int32Array {
  const byHash = new Map<number, Int32Array[]>();
  return (array) => {
    let hash = array.length;
    for (const x of array) hash = (Math.imul(hash, 31) + x) | 0;
    const alike = byHash.get(hash) ?? [];
    byHash.set(hash, alike);
    const equal = alike.find((other) => other.length === array.length && other.every((x, i) => x === array[i]));
    if (!equal) alike.push(array);
    return equal ?? array;
  };
}
