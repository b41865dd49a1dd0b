/** Rows as token sequences to be scored, sorted so that those with a common prefix are neighbours. */

import { growingInts } from '../../numeric/growing-arrays.ts';
import { pick } from '../../numeric/pick.ts';
import { createRandom } from '../../numeric/random.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';

import type { Value } from '../../table/cells.ts';
import { type CellTokens, type Choice, certain, createCellTokenizer } from './cell-tokens.ts';

/** Sequences up to the last scored token, sorted by their tokens: sequence i has `tokens[starts[i]..starts[i + 1])`. */
export interface Sequences {
  readonly count: number;
  readonly starts: Int32Array;
  readonly tokens: Int32Array;
  /** The number of each token's choice; `certain` also for tokens that are not scored. */
  readonly chosen: Int32Array;
  readonly choices: readonly Choice[];
  /** By sequence its row, and the only column that is scored in it, -1 for the whole row. */
  readonly rows: Int32Array;
  readonly scored: Int32Array;
}

/**
 * Column orders, the same for all rows, all random but the first. That is `known`, or else begins with the columns of the
 * fewest first tokens, so that rows share long prefixes.
 */
export function columnOrders(
  { schema, start, cellLengths }: Codec,
  count: number,
  seed: number,
  known?: readonly number[],
): (readonly number[])[] {
  const columns = [...schema.columns.keys()];
  const ways = columns.map((column) => start(column).tokens.length);
  const first = known ?? columns.toSorted((a, b) => ways[a]! - ways[b]! || cellLengths[a]! - cellLengths[b]!);
  return Array.from({ length: count }, (_, k) => (k === 0 ? first : createRandom(seed, 4, k).shuffle([...columns])));
}

/**
 * Each row in each of the orders; with `cells`, also with each column in turn moved to the end. A row with a cell that the
 * grammar cannot spell has no sequence.
 * @param columns the cells of all rows, column by column.
 */
export function sequencesOf(
  codec: Codec,
  columns: readonly (readonly (Value | null)[])[],
  orders: readonly (readonly number[])[],
  cells: boolean,
): Sequences {
  const tokenizer = createCellTokenizer(codec);
  const last = (order: readonly number[], column: number) => [...order.filter((other) => other !== column), column];
  const variants = orders.flatMap((order) => [
    { order, scored: -1 },
    ...(cells ? order.map((column) => ({ order: last(order, column), scored: column })) : []),
  ]);
  const writer = sentenceWriter(codec);
  const [starts, rowOf, scoredOf] = [growingInts(), growingInts(), growingInts()];
  const cellsOf = columns.map((cells, column) => cells.map((value) => tokenizer.tokensOf(column, value)));
  for (let row = 0; row < columns[0]!.length; row++) {
    if (cellsOf.some((cells) => !cells[row])) continue;
    for (const { order, scored } of variants) {
      starts.push(writer.write(cellsOf as CellTokens[][], row, order, scored));
      rowOf.push(row);
      scoredOf.push(scored);
    }
  }
  const { tokens, chosen } = writer.done();
  starts.push(tokens.length);
  return sorted(
    { starts: starts.done(), tokens, chosen, rows: rowOf.done(), scored: scoredOf.done() },
    tokenizer.choices,
  );
}

function sentenceWriter(codec: Codec) {
  const [tokens, chosen] = [growingInts(), growingInts()];
  const [firstPhrases, laterPhrases] = [true, false].map((first) =>
    codec.schema.columns.map((_, column) => codec.phrase(column, first)),
  ) as [Int32Array[], Int32Array[]];
  const sentence = new Int32Array(codec.longest);
  const choice = new Int32Array(codec.longest);
  let length = 0;
  const say = (token: number, itsChoice: number) => {
    sentence[length] = token;
    choice[length++] = itsChoice;
  };
  let written = 0;
  return {
    /** Returns the sequence's start in `tokens`. */
    write(cellsOf: readonly (readonly CellTokens[])[], row: number, order: readonly number[], scored: number): number {
      const start = written;
      length = 0;
      say(codec.bos, certain);
      // The first token after a cell may end it, and then is scored as its end.
      let over = certain;
      for (let i = 0; i < order.length; i++) {
        const column = order[i]!;
        const phrase = (i === 0 ? firstPhrases : laterPhrases)[column]!;
        for (let t = 0; t < phrase.length; t++) say(phrase[t]!, t === 0 ? over : certain);
        const cell = cellsOf[column]![row]!;
        const counts = scored < 0 || scored === column;
        for (let t = 0; t < cell.tokens.length; t++) say(cell.tokens[t]!, counts ? cell.choices[t]! : certain);
        over = counts ? cell.choices[cell.tokens.length]! : certain;
      }
      say(codec.eos, over);
      while (length > 0 && choice[length - 1] === certain) length--;
      tokens.append(sentence, length);
      chosen.append(choice, length);
      written += length;
      return start;
    },
    done: () => ({ tokens: tokens.done(), chosen: chosen.done() }),
  };
}

type Unsorted = Omit<Sequences, 'count' | 'choices'>;

function sorted({ starts, tokens, chosen, rows, scored }: Unsorted, choices: readonly Choice[]): Sequences {
  const order = Int32Array.from(rows.keys()).sort((a, b) => {
    const [lengthA, lengthB] = [starts[a + 1]! - starts[a]!, starts[b + 1]! - starts[b]!];
    const same = sharedLength(tokens, starts[a]!, lengthA, starts[b]!, lengthB);
    if (same === lengthA || same === lengthB) return lengthA - lengthB || a - b;
    return tokens[starts[a]! + same]! - tokens[starts[b]! + same]!;
  });
  const moved = { tokens: new Int32Array(tokens.length), chosen: new Int32Array(tokens.length) };
  const newStarts = new Int32Array(starts.length);
  let at = 0;
  order.forEach((old, i) => {
    newStarts[i] = at;
    for (let from = starts[old]!; from < starts[old + 1]!; from++, at++) {
      moved.tokens[at] = tokens[from]!;
      moved.chosen[at] = chosen[from]!;
    }
  });
  newStarts[order.length] = at;
  return {
    count: order.length,
    starts: newStarts,
    ...moved,
    choices,
    rows: pick(rows, order),
    scored: pick(scored, order),
  };
}

/** The length of two sequences' common prefix. */
export function sharedLength(tokens: Int32Array, a: number, lengthA: number, b: number, lengthB: number): number {
  const most = Math.min(lengthA, lengthB);
  let same = 0;
  while (same < most && tokens[a + same] === tokens[b + same]) same++;
  return same;
}
