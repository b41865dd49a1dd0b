/** A table before its kinds are known: text cells, each distinct text of a column held once. It knows nothing of files. */
import { detached } from './row-keeper.ts';

/** What a column's cells were where they came from: in CSV everything is text, JSON and Parquet have types to be kept. */
export type Holds = 'text' | 'numbers' | 'booleans' | 'strings';

export interface TextCells {
  readonly name: string;
  readonly holds: Holds;
  /** In order of first appearance. Most work is done once for each of these, not for each cell. */
  readonly distinct: readonly string[];
  /** Per row an index into `distinct`, -1 for a cell that is missing without a spelling (null in JSON). */
  readonly codes: Int32Array;
}

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
  readonly build: (holds: Holds) => TextCells;
}

export function textCellsBuilder(name: string): TextCellsBuilder {
  const distinct: string[] = [];
  const codeOf = new Map<string, number>();
  const codes = growingInts();
  return {
    add(text) {
      if (text === null) {
        codes.push(-1);
        return;
      }
      let code = codeOf.get(text);
      if (code === undefined) {
        const own = detached(text);
        code = distinct.push(own) - 1;
        codeOf.set(own, code);
      }
      codes.push(code);
    },
    build(holds) {
      codeOf.clear();
      return { name, holds, distinct, codes: codes.done() };
    },
  };
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
