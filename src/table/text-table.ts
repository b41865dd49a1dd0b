/** A table before its kinds are known: text cells, each distinct text of a column held once. It knows nothing of files. */

/** What a column's cells were where they came from: in CSV everything is text, JSON has types to be kept. */
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
  const codes: number[] = [];
  return {
    add(text) {
      if (text === null) {
        codes.push(-1);
        return;
      }
      let code = codeOf.get(text);
      if (code === undefined) {
        code = distinct.length;
        distinct.push(text);
        codeOf.set(text, code);
      }
      codes.push(code);
    },
    build: (holds) => ({ name, holds, distinct, codes: Int32Array.from(codes) }),
  };
}
