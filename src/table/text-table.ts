/** A table before its kinds are known: text cells, each distinct text of a column held once. It knows nothing of files. */
import { type NumberCells, type NumberCellsBuilder, numberCellsBuilder } from './number-cells.ts';
import { createTextIndex } from './text-index.ts';

/** What a column's cells were where they came from: in CSV everything is text, JSON and Parquet have types to be kept. */
export type Holds = 'text' | 'numbers' | 'booleans' | 'strings';

export interface TextCells {
  readonly name: string;
  readonly holds: Holds;
  /** In order of first appearance. Most work is done once for each of these, not for each cell. */
  readonly distinct: readonly string[];
  /** Per row an index into `distinct`, -1 for a cell that is missing without a spelling (null in JSON), or `isNumber`. */
  readonly codes: Int32Array;
  /** The cells whose code is `isNumber`, in a column of so many different numbers that their texts are not held. */
  readonly numbers?: NumberCells;
}

/** The code of a cell that is in `numbers`. */
export const isNumber = -2;

export interface TextTable {
  readonly columns: readonly TextCells[];
  readonly rowCount: number;
  /** How many rows there were where these came from; more than `rowCount` where only a sample was kept. */
  readonly rowsSeen: number;
  /** For messages: `adult.csv`. */
  readonly source: string;
  /** For messages: `adult.csv:17`. */
  readonly place: (row: number) => string;
}

export interface TextCellsBuilder {
  readonly add: (text: string | null) => void;
  /** Adds a part of a text. */
  readonly addPart: (text: string, from: number, to: number) => void;
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

  /** Adds all cells so far anew, from whatever form they are held in. */
  const replay = () => {
    const [{ distinct }, oldCodes, oldNumbers] = [index, codes.done(), numbers];
    [index, codes, numbers] = [createTextIndex(), growingInts(), oldNumbers ? undefined : numberCellsBuilder()];
    for (const [row, code] of oldCodes.entries()) {
      add(code === isNumber ? oldNumbers!.text(row) : (distinct[code] ?? null));
    }
  };
  const addPart = (text: string, from: number, to: number) => {
    if (numbers) {
      if (numbers.add(text, from, to)) {
        codes.push(isNumber);
        return;
      }
      numbers.skip();
    }
    codes.push(index.numberOf(text, from, to));
    const count = index.distinct.length;
    if (numbers && count > fewTexts) replay();
    else if (!numbers && count >= nextTrial) {
      nextTrial = Number.POSITIVE_INFINITY;
      if (mostlyNumbers(index.distinct)) replay();
    }
  };
  const add = (text: string | null) => {
    if (text !== null) {
      addPart(text, 0, text.length);
      return;
    }
    numbers?.skip();
    codes.push(-1);
  };
  return {
    add,
    addPart,
    build: (holds) => ({
      name,
      holds,
      distinct: index.distinct,
      codes: codes.done(),
      ...(numbers && { numbers: numbers.build() }),
    }),
  };
}

function mostlyNumbers(texts: readonly string[]): boolean {
  const trial = numberCellsBuilder();
  return texts.filter((text) => !trial.add(text, 0, text.length)).length <= fewTexts;
}

/** The same cells with every text held: for a column that is no column of numbers after all. */
export function expanded(cells: TextCells): TextCells {
  const { name, holds, distinct, codes, numbers } = cells;
  if (!numbers) return cells;
  const texts = [...distinct];
  const codeOf = new Map(texts.map((text, code) => [text, code]));
  const all = codes.map((code, row) => {
    if (code !== isNumber) return code;
    const text = numbers.text(row);
    let found = codeOf.get(text);
    if (found === undefined) {
      found = texts.push(text) - 1;
      codeOf.set(text, found);
    }
    return found;
  });
  return { name, holds, distinct: texts, codes: all };
}

/** Whole numbers of unknown count, four bytes each. */
export interface GrowingInts {
  push(value: number): void;
  /** The first `count` of `more`. */
  append(more: Int32Array, count: number): void;
  at(index: number): number | undefined;
  /** All of them; nothing may be pushed afterwards. */
  done(): Int32Array;
}

export function growingInts(): GrowingInts {
  let values = new Int32Array(1024);
  let length = 0;
  const grow = (least: number) => {
    const larger = new Int32Array(Math.max(least, values.length * 2));
    larger.set(values);
    values = larger;
  };
  return {
    push(value) {
      if (length === values.length) grow(length + 1);
      values[length++] = value;
    },
    append(more, count) {
      if (length + count > values.length) grow(length + count);
      for (let i = 0; i < count; i++) values[length + i] = more[i]!;
      length += count;
    },
    at: (index) => (index < length ? values[index] : undefined),
    done: () => (length === values.length ? values : values.slice(0, length)),
  };
}
