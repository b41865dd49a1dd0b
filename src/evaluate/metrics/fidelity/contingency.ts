/** Contingency tables of two coded columns, and what is measured on them. It knows codes, not columns. */

/** The two columns of one table: `codes` in [0, size), one a row. */
export type JointCodes = readonly [Coded, Coded];

interface Coded {
  readonly codes: Int32Array;
  readonly size: number;
}

/** How often each pair of codes occurs on either side; cell k is the pair (floor(keys[k] / width), keys[k] % width). */
interface JointCounts {
  readonly keys: readonly number[] | null;
  readonly width: number;
  readonly real: Int32Array;
  readonly judged: Int32Array;
}

/** Up to this many cells a dense array is counted in, four bytes each; beyond, only the pairs that occur. */
const maxDenseCells = 1 << 20;

/** Counts the pairs of codes of both tables over the same cells. `keys` is null when cell k is the pair k itself. */
export function jointCounts(real: JointCodes, judged: JointCodes): JointCounts {
  const width = Math.max(real[1].size, judged[1].size);
  const cells = width * Math.max(real[0].size, judged[0].size);
  return cells <= maxDenseCells ? denseCounts(real, judged, width, cells) : sparseCounts(real, judged, width);
}

function denseCounts(real: JointCodes, judged: JointCodes, width: number, cells: number): JointCounts {
  const count = ([a, b]: JointCodes) => {
    const counts = new Int32Array(cells);
    for (let row = 0; row < a.codes.length; row++) counts[a.codes[row]! * width + b.codes[row]!]! += 1;
    return counts;
  };
  return { keys: null, width, real: count(real), judged: count(judged) };
}

function sparseCounts(real: JointCodes, judged: JointCodes, width: number): JointCounts {
  const cellOf = new Map<number, number>();
  const cellsOf = ([a, b]: JointCodes) =>
    a.codes.map((code, row) => {
      const key = code * width + b.codes[row]!;
      const cell = cellOf.get(key) ?? cellOf.size;
      cellOf.set(key, cell);
      return cell;
    });
  const rows = [cellsOf(real), cellsOf(judged)] as const;
  const [realCounts, judgedCounts] = [new Int32Array(cellOf.size), new Int32Array(cellOf.size)];
  for (const cell of rows[0]) realCounts[cell]! += 1;
  for (const cell of rows[1]) judgedCounts[cell]! += 1;
  return { keys: [...cellOf.keys()], width, real: realCounts, judged: judgedCounts };
}

/** 1 - ½ Σ|P_real - P_judged| over the cells; NaN when a side has no rows. */
export function variationSimilarity({ real, judged }: JointCounts): number {
  const [realRows, judgedRows] = [total(real), total(judged)];
  let difference = 0;
  for (let cell = 0; cell < real.length; cell++) {
    difference += Math.abs(real[cell]! / realRows - judged[cell]! / judgedRows);
  }
  return Math.max(0, 1 - difference / 2);
}

/**
 * Cramér's V of the real side, uncorrected: √(χ² / n / min(r - 1, c - 1)), over codes that occur; NaN when fewer than
 * two do. Source: `scipy.stats.contingency.association(method="cramer")`, as SDMetrics calls it.
 */
export function cramersV({ keys, width, real }: JointCounts): number {
  const rows = new Map<number, number>();
  const columns = new Map<number, number>();
  const eachCell = (visit: (row: number, column: number, count: number) => void) => {
    for (let cell = 0; cell < real.length; cell++) {
      if (real[cell] === 0) continue;
      const key = keys ? keys[cell]! : cell;
      visit(Math.floor(key / width), key % width, real[cell]!);
    }
  };
  eachCell((row, column, count) => {
    rows.set(row, (rows.get(row) ?? 0) + count);
    columns.set(column, (columns.get(column) ?? 0) + count);
  });
  const freedom = Math.min(rows.size, columns.size) - 1;
  if (freedom < 1) return Number.NaN;
  let share = 0; // Σ o² / (row total · column total), which is 1 + χ² / n
  eachCell((row, column, count) => {
    share += (count / rows.get(row)!) * (count / columns.get(column)!);
  });
  return Math.sqrt(Math.max(0, share - 1) / freedom);
}

function total(counts: Int32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
