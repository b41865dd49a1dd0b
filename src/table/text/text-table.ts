/** A table before its kinds are known: text cells, each distinct text of a column held once. */
import { type GrowingInts, growingInts, roomFor } from '../../numeric/growing-arrays.ts';
import { formatDatetime, type InstantReader, instantReader } from '../datetime/datetime.ts';
import { fixedFormats } from '../datetime/datetime-formats.ts';
import type { NumberCells, NumberCellsBuilder } from '../numbers/number-cells.ts';
import { plainNumbersBuilder } from '../numbers/read-number.ts';
import type { StoredType } from '../stored-type.ts';
import { type CellRun, runOf } from './cell-run.ts';

/** What a column's cells were where they came from: in CSV everything is text, JSON and Parquet have types to be kept. */
export type Holds = 'text' | 'numbers' | 'booleans' | 'strings';

export interface TextCells {
  readonly name: string;
  readonly holds: Holds;
  /** In order of first appearance. Most work is done once for each of these, not for each cell. */
  readonly distinct: readonly string[];
  /** Per row an index into `distinct`, -1 for a cell that is missing without a spelling (null in JSON), or `isNumber`. */
  readonly codes: Int32Array;
  /** The cells whose code is `isNumber`, in a column of so many different numbers or times that their texts are not held. */
  readonly numbers?: NumberCells;
  /** The type of the cells in a file that has types. */
  readonly stored?: StoredType;
}

/** The code of a cell that is in `numbers`. */
export const isNumber = -2;

export interface TextTable {
  readonly columns: readonly TextCells[];
  readonly rowCount: number;
  /** Columns that the file has and the table does not. */
  readonly dropped?: readonly string[];
  /** How many rows there were where these came from; more than `rowCount` where only a sample was kept. */
  readonly rowsSeen: number;
  /** For messages: `adult.csv`. */
  readonly source: string;
  /** For messages: `adult.csv:17`. */
  readonly place: (row: number) => string;
}

export interface TextCellsBuilder {
  readonly add: (text: string | null) => void;
  readonly addRun: (cells: CellRun) => void;
  readonly build: (holds: Holds) => TextCells;
}

/** From this many distinct texts on, a column of numbers holds numbers instead. */
const manyTexts = 4096;
/** A column of numbers with more distinct texts besides is none. */
const fewTexts = 64;

export function textCellsBuilder(name: string): TextCellsBuilder {
  let index = createTextIndex();
  let codes = growingInts();
  let numbers: NumberCellsBuilder | undefined;
  let nextTrial = manyTexts;

  const push = (cells: CellRun) => {
    if (!numbers) return index.number(cells, 0, cells.count, codes);
    for (let i = 0; i < cells.count; i++) {
      const next = numbers.take(cells, i);
      for (; i < next; i++) codes.push(isNumber);
      if (next === cells.count) return;
      numbers.skip();
      index.number(cells, next, next + 1, codes);
    }
  };
  const pushMissing = () => {
    numbers?.skip();
    codes.push(-1);
  };
  /** Adds all cells so far anew, from whatever form they are held in. */
  const replay = (next: NumberCellsBuilder | undefined) => {
    const [{ bytes, bounds: starts }, oldCodes, oldNumbers] = [index.all, codes.done(), numbers];
    [index, codes, numbers] = [createTextIndex(), growingInts(), next];
    const bounds = new Int32Array(2 * oldCodes.length);
    /** From this row on, cells wait to be pushed together. */
    let first = 0;
    for (let row = 0; row <= oldCodes.length; row++) {
      const code = oldCodes[row] ?? -1;
      if (code >= 0) {
        bounds[2 * row] = starts[code]!;
        bounds[2 * row + 1] = starts[code + 1]!;
        continue;
      }
      if (row > first) push({ bytes, bounds, first: 2 * first, step: 2, count: row - first });
      first = row + 1;
      if (code === isNumber) push(runOf(oldNumbers!.text(row)));
      else if (row < oldCodes.length) pushMissing();
    }
  };
  /** Changes the form in which cells are held where there is a better one. */
  const settle = () => {
    if (numbers) {
      if (index.size > fewTexts) replay(undefined);
    } else if (index.size >= nextTrial) {
      nextTrial = Number.POSITIVE_INFINITY;
      const better = numbersFor(index);
      if (better) replay(better);
    }
  };

  return {
    add(text) {
      if (text === null) pushMissing();
      else push(runOf(text));
      settle();
    },
    addRun(cells) {
      push(cells);
      settle();
    },
    build(holds) {
      const cells = { name, holds, distinct: index.texts(), codes: codes.done() };
      if (!numbers) return cells;
      const held = { ...cells, numbers: numbers.build() };
      // "5" is not 5 where strings are told from numbers.
      return holds === 'strings' && held.numbers.spelled.as === 'numbers' ? expanded(held) : held;
    },
  };
}

/** What holds nearly all of these texts as numbers. */
function numbersFor(index: TextIndex): NumberCellsBuilder | undefined {
  const { all } = index;
  const holds = (numbers: NumberCellsBuilder) => {
    let others = -1;
    for (let i = 0; i <= all.count && others <= fewTexts; i++, others++) i = numbers.take(all, i);
    return others <= fewTexts;
  };
  if (holds(plainNumbersBuilder())) return plainNumbersBuilder();
  for (const format of fixedFormats) {
    const read = instantReader(format);
    if (read && holds(instantsBuilder(format, read))) return instantsBuilder(format, read);
  }
  return undefined;
}

/** The same cells as if every text had been held: for a column that is no column of numbers after all. */
export function expanded(cells: TextCells): TextCells {
  const { name, holds, distinct, codes, numbers, stored } = cells;
  if (!numbers) return cells;
  const texts: string[] = [];
  const codeOf = new Map<string, number>();
  const all = codes.map((code, row) => {
    if (code === -1) return -1;
    const text = code === isNumber ? numbers.text(row) : distinct[code]!;
    let found = codeOf.get(text);
    if (found === undefined) {
      found = texts.push(text) - 1;
      codeOf.set(text, found);
    }
    return found;
  });
  return { name, holds, distinct: texts, codes: all, ...(stored && { stored }) };
}

// Distinct texts, numbered as they come and held as UTF-8: a cell that was there before costs no string, and one that
// was not costs one only when it is asked for.

interface TextIndex {
  readonly size: number;
  /** Pushes the numbers of the cells from `from` to before `to`; new texts get the next ones. */
  number(cells: CellRun, from: number, to: number, numbers: GrowingInts): void;
  texts(): string[];
  /** All texts in their order. */
  readonly all: CellRun;
}

/** V8 has longer ones, but not much. */
const longestString = 1 << 28;

/** Open addressing with linear probing; the table is at most half full. */
function createTextIndex(): TextIndex {
  let bytes = Buffer.alloc(256);
  let starts = new Int32Array(65);
  let hashes = new Int32Array(64);
  /** Numbers plus one, so that 0 is an empty place. */
  let places = new Int32Array(128);
  let size = 0;
  let isAscii = true;

  const add = (source: Buffer, from: number, to: number, hash: number): number => {
    const start = starts[size]!;
    const end = start + to - from;
    if (end > bytes.length) bytes = Buffer.concat([bytes], Math.max(end, bytes.length * 2));
    for (let i = from, at = start; i < to; i++, at++) {
      const byte = source[i]!;
      bytes[at] = byte;
      if (byte > 127) isAscii = false;
    }
    hashes[size] = hash;
    starts[++size] = end;
    return size - 1;
  };

  const isText = (number: number, source: Buffer, from: number, to: number): boolean => {
    const start = starts[number]!;
    if (starts[number + 1]! - start !== to - from) return false;
    for (let i = from, at = start; i < to; i++, at++) if (source[i] !== bytes[at]) return false;
    return true;
  };

  const grow = () => {
    hashes = roomFor(hashes, size * 2);
    starts = roomFor(starts, size * 2 + 1);
    places = new Int32Array(size * 4);
    const mask = places.length - 1;
    for (let number = 0; number < size; number++) {
      let place = spread(hashes[number]!) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = number + 1;
    }
  };

  return {
    get size() {
      return size;
    },
    number({ bytes: source, bounds, first, step }, from, to, numbers) {
      for (let i = from, bound = first + step * from; i < to; i++, bound += step) {
        const start = bounds[bound]!;
        const end = bounds[bound + 1]!;
        let hash = end - start;
        for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + source[at]!) | 0;
        const mask = places.length - 1;
        let place = spread(hash) & mask;
        let number = places[place]! - 1;
        while (number >= 0 && (hashes[number] !== hash || !isText(number, source, start, end))) {
          place = (place + 1) & mask;
          number = places[place]! - 1;
        }
        if (number < 0) {
          number = add(source, start, end, hash);
          places[place] = size;
          if (size === hashes.length) grow();
        }
        numbers.push(number);
      }
    },
    texts() {
      // To cut one string is several times as fast as to make many, where a byte is a character.
      const all = isAscii && starts[size]! < longestString ? bytes.toString('latin1', 0, starts[size]) : undefined;
      return Array.from({ length: size }, (_, number) => {
        const [from, to] = [starts[number]!, starts[number + 1]!];
        return all === undefined ? bytes.toString('utf8', from, to) : all.slice(from, to);
      });
    },
    get all() {
      return { bytes, bounds: starts, first: 0, step: 1, count: size };
    },
  };
}

/** Fibonacci hashing: the low bits of the sum alone would crowd. */
function spread(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return product ^ (product >>> 15);
}

// Points in time of one format as number cells, in milliseconds.

function instantsBuilder(format: string, read: InstantReader): NumberCellsBuilder {
  let values = new Float64Array(1 << 10);
  let length = 0;
  const text = (row: number) => formatDatetime(format, values[row]!);
  return {
    take({ bytes, bounds, first, step, count }, from) {
      values = roomFor(values, length + count - from);
      let i = from;
      for (let bound = first + step * i; i < count; i++, bound += step) {
        const time = read(bytes, bounds[bound]!, bounds[bound + 1]!);
        if (Number.isNaN(time)) break;
        values[length++] = time;
      }
      return i;
    },
    skip() {
      values = roomFor(values, length + 1);
      values[length++] = Number.NaN;
    },
    text,
    build: () => ({ spelled: { as: 'instants', format }, values: values.slice(0, length), text }),
  };
}
