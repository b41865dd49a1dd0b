/** Cells of one column as the reader of a file hands them over: where their bytes are. */

/** Cell i, of `count`, is the UTF-8 text from `bounds[first + step * i]` to the bound after that. All of it is only lent. */
export interface CellRun {
  /** @internal Left out of the package's types, which need no types of Node. */
  readonly bytes: Buffer;
  readonly bounds: Int32Array;
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

let scratch = Buffer.alloc(1 << 12);
const ends = new Int32Array(2);

/** A text as a run of one cell, until the next one is made. */
export function runOf(text: string): CellRun {
  if (text.length * 3 > scratch.length) scratch = Buffer.alloc(text.length * 3);
  ends[1] = scratch.write(text, 'utf8');
  return { bytes: scratch, bounds: ends, first: 0, step: 2, count: 1 };
}
