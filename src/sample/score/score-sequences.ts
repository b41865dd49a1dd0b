/**
 * Rows as sentences to be read, sorted so that those that begin alike are neighbours. It knows codec and spellings, no
 * model.
 */

import { growingInts } from '../../numeric/growing-arrays.ts';
import { pick } from '../../numeric/pick.ts';
import { createRandom } from '../../numeric/random.ts';
import type { Codec } from '../../serialize/codec/codec.ts';
import type { Value } from '../../table/cells.ts';
import { type Choice, certain, createSpeller, type Spelling } from './cell-tokens.ts';

/** Sentences up to the last token that counts, in the order of their tokens: reading i has `tokens[starts[i]..starts[i + 1])`. */
export interface Readings {
  readonly count: number;
  readonly starts: Int32Array;
  readonly tokens: Int32Array;
  /** The number of each token's choice, or `certain`; so is one that does not count. */
  readonly chosen: Int32Array;
  readonly choices: readonly Choice[];
  /** The row of each reading, and the only column that counts in it, -1 for the whole row. */
  readonly rows: Int32Array;
  readonly judged: Int32Array;
}

/**
 * Orders of the columns, the same for all rows, each in a random one but the first: there those come first that have the
 * fewest beginnings, unless a better order is known, so that rows begin alike.
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
 * Each row in each of the orders; where cells are judged, also with each column in turn moved to the end. A row with a cell
 * that the grammar cannot say has none.
 * @param columns the cells of all rows, column by column.
 */
export function readingsOf(
  codec: Codec,
  columns: readonly (readonly (Value | null)[])[],
  orders: readonly (readonly number[])[],
  cells: boolean,
): Readings {
  const speller = createSpeller(codec);
  const last = (order: readonly number[], column: number) => [...order.filter((other) => other !== column), column];
  const asked = orders.flatMap((order) => [
    { order, judged: -1 },
    ...(cells ? order.map((column) => ({ order: last(order, column), judged: column })) : []),
  ]);
  const writer = sentenceWriter(codec);
  const [starts, rowOf, judgedOf] = [growingInts(), growingInts(), growingInts()];
  const spelled = columns.map((cells, column) => cells.map((value) => speller.spell(column, value)));
  for (let row = 0; row < columns[0]!.length; row++) {
    if (spelled.some((cells) => !cells[row])) continue;
    for (const { order, judged } of asked) {
      starts.push(writer.write(spelled as Spelling[][], row, order, judged));
      rowOf.push(row);
      judgedOf.push(judged);
    }
  }
  const { tokens, chosen } = writer.done();
  starts.push(tokens.length);
  return sorted(
    { starts: starts.done(), tokens, chosen, rows: rowOf.done(), judged: judgedOf.done() },
    speller.choices,
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
    /** Returns where the sentence starts among all. */
    write(spelled: readonly (readonly Spelling[])[], row: number, order: readonly number[], judged: number): number {
      const start = written;
      length = 0;
      say(codec.bos, certain);
      // What follows a cell may say that it is over.
      let over = certain;
      for (let i = 0; i < order.length; i++) {
        const column = order[i]!;
        const phrase = (i === 0 ? firstPhrases : laterPhrases)[column]!;
        for (let t = 0; t < phrase.length; t++) say(phrase[t]!, t === 0 ? over : certain);
        const cell = spelled[column]![row]!;
        const counts = judged < 0 || judged === column;
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

type Unsorted = Omit<Readings, 'count' | 'choices'>;

function sorted({ starts, tokens, chosen, rows, judged }: Unsorted, choices: readonly Choice[]): Readings {
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
    judged: pick(judged, order),
  };
}

/** How many tokens two sentences begin with alike. */
export function sharedLength(tokens: Int32Array, a: number, lengthA: number, b: number, lengthB: number): number {
  const most = Math.min(lengthA, lengthB);
  let same = 0;
  while (same < most && tokens[a + same] === tokens[b + same]) same++;
  return same;
}
