/** A table before its kinds are known: text cells, each distinct text of a column held once. It knows nothing of files. */
import { datetimeFormats, instantReader } from './datetime.ts';
import { instantsBuilder } from './instants.ts';
import type { NumberCells, NumberCellsBuilder } from './number-cells.ts';
import { plainNumbersBuilder } from './plain-numbers.ts';
import { createTextIndex, type TextIndex } from './text-index.ts';

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

/** Rows of one width. */
export interface CellBlock {
  /** Cell i, row by row, is the UTF-8 text from `bounds[2 * i]` to `bounds[2 * i + 1]`. */
  readonly bytes: Buffer;
  readonly bounds: Int32Array;
  readonly rowCount: number;
  readonly width: number;
}

export interface TextCellsBuilder {
  readonly add: (text: string | null) => void;
  /** Adds a column of the block. */
  readonly addColumn: (block: CellBlock, column: number) => void;
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

  const addPart = (bytes: Buffer, from: number, to: number) => {
    if (numbers) {
      if (numbers.add(bytes, from, to)) {
        codes.push(isNumber);
        return;
      }
      numbers.skip();
    }
    codes.push(index.numberOf(bytes, from, to));
  };
  const addText = (text: string) => addPart(written(text), 0, writtenLength);
  const addMissing = () => {
    numbers?.skip();
    codes.push(-1);
  };
  /** Adds all cells so far anew, from whatever form they are held in. */
  const replay = (next: NumberCellsBuilder | undefined) => {
    const [{ bytes, starts }, oldCodes, oldNumbers] = [index.held, codes.done(), numbers];
    [index, codes, numbers] = [createTextIndex(), growingInts(), next];
    for (const [row, code] of oldCodes.entries()) {
      if (code >= 0) addPart(bytes, starts[code]!, starts[code + 1]!);
      else if (code === isNumber) addText(oldNumbers!.text(row));
      else addMissing();
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
      if (text === null) addMissing();
      else addText(text);
      settle();
    },
    addColumn({ bytes, bounds, rowCount, width }, column) {
      for (let row = 0, cell = 2 * column; row < rowCount; row++, cell += 2 * width) {
        addPart(bytes, bounds[cell]!, bounds[cell + 1]!);
      }
      settle();
    },
    build(holds) {
      const distinct = Array.from({ length: index.size }, (_, number) => index.text(number));
      const cells = { name, holds, distinct, codes: codes.done() };
      if (!numbers) return cells;
      const held = { ...cells, numbers: numbers.build() };
      // "5" is not 5 where strings are told from numbers.
      return holds === 'strings' && held.numbers.spelled.as === 'numbers' ? expanded(held) : held;
    },
  };
}

/** A text as bytes: `writtenLength` of them, until the next is written. */
function written(text: string): Buffer {
  if (text.length * 3 > scratch.length) scratch = Buffer.alloc(text.length * 3);
  writtenLength = scratch.write(text, 'utf8');
  return scratch;
}
let scratch = Buffer.alloc(1 << 12);
let writtenLength = 0;

/** What holds nearly all of these texts as numbers. */
function numbersFor(index: TextIndex): NumberCellsBuilder | undefined {
  const { bytes, starts } = index.held;
  const holds = (numbers: NumberCellsBuilder) => {
    let others = 0;
    for (let i = 0; i < index.size && others <= fewTexts; i++) {
      if (!numbers.add(bytes, starts[i]!, starts[i + 1]!)) others++;
    }
    return others <= fewTexts;
  };
  if (holds(plainNumbersBuilder())) return plainNumbersBuilder();
  for (const format of datetimeFormats) {
    const read = instantReader(format);
    if (read && holds(instantsBuilder(format, read))) return instantsBuilder(format, read);
  }
  return undefined;
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
  at(index: number): number | undefined;
  /** All of them; nothing may be pushed afterwards. */
  done(): Int32Array;
}

export function growingInts(): GrowingInts {
  let values = new Int32Array(1024);
  let length = 0;
  return {
    push(value) {
      if (length === values.length) {
        const larger = new Int32Array(length * 2);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    at: (index) => (index < length ? values[index] : undefined),
    done: () => (length === values.length ? values : values.slice(0, length)),
  };
}
