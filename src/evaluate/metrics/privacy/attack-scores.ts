/**
 * Attacks that guess who was in training from the judged rows and other real rows: a score for each candidate, larger
 * for likelier members. Source: the battery of Ward et al., "Ensembling Membership Inference Attacks Against Tabular
 * Generative Models", 2025, and of those it names.
 */
import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../../../learn/distance/points.ts';
import { tableMatrix } from '../../../learn/features.ts';
import { takeMatrixRows } from '../../../learn/matrix.ts';
import { formatCell } from '../../../table/cells.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { quantile } from '../distributions.ts';
import { detectors } from '../fidelity/detection.ts';

/** What an attacker has: rows that may have been in training, the judged rows, and real rows that were not. */
export interface Evidence {
  readonly candidates: Table;
  readonly judged: Table;
  readonly known: Table;
}

export type Scores = Readonly<Record<(typeof attackNames)[number], Float64Array>>;

export const attackNames = ['DCR difference', 'DOMIAS', 'DPI', 'classifier', 'Gen-LRA', 'MC ball', 'LevAtt'] as const;

/** Neighbours that a density is made of, that are counted in a ball, and that Gen-LRA sums over. */
const [densityRows, countedRows, influencedRows] = [20, 20, 50];
/** Rows of either side that the classifier learns from. */
const learnedRows = 5_000;

export function attackScores(evidence: Evidence): Scores {
  const { candidates, judged, known } = evidence;
  const { metric, tables } = gowerSpace([known, candidates, judged]);
  const [world, asked, made] = tables as [Points, Points, Points];
  const [toMade, toWorld] = [made, world].map((points) => neighbourIndex(points, metric)) as [Index, Index];
  const near = (index: Index, queries: Points, k: number) => rowsOf(index.nearest(queries, k).distances, k);
  const [fromMade, fromWorld] = [near(toMade, asked, influencedRows), near(toWorld, asked, densityRows)];
  // The width of the kernel: how far real rows are from their neighbours.
  const apart = near(toWorld, world, 2).map(([, second]) => second!);
  const width = Math.max(1e-3, quantile(Float64Array.from(apart).sort(), 0.5));
  const kernel = (distance: number) => Math.exp(-distance / width);
  const density = (distances: ArrayLike<number>, rows: number) =>
    Array.from(distances).reduce((sum, d, i) => sum + (i < densityRows ? kernel(d) : 0), 1e-12) / rows;
  const nearestMade = toMade.nearest(asked, influencedRows).rows;
  const touched = [...new Set(nearestMade)].filter((row) => row >= 0);
  const worldAtMade = new Map(
    near(toWorld, takePoints(made, touched), densityRows).map((distances, i) => [
      touched[i]!,
      density(distances, world.rowCount),
    ]),
  );
  const ball = quantile(Float64Array.from(fromMade, ([first]) => first!).sort(), 0.5);
  const each = (score: (row: number) => number) =>
    Float64Array.from({ length: asked.rowCount }, (_, row) => score(row));
  return {
    'DCR difference': each((row) => fromWorld[row]![0]! - fromMade[row]![0]!),
    DOMIAS: each((row) => Math.log(density(fromMade[row]!, made.rowCount) / density(fromWorld[row]!, world.rowCount))),
    DPI: each((row) => shareOfFirst(fromMade[row]!, fromWorld[row]!, countedRows)),
    classifier: classifierScores(evidence),
    // Σ log p(s | known and x) - log p(s | known) over the judged rows s nearest to x.
    'Gen-LRA': each((row) =>
      fromMade[row]!.reduce((sum, distance, i) => {
        const other = worldAtMade.get(nearestMade[row * influencedRows + i]!);
        if (other === undefined) return sum;
        const n = world.rowCount;
        return sum + Math.log((n * other + kernel(distance)) / ((n + 1) * other));
      }, 0),
    ),
    'MC ball': each((row) => fromMade[row]!.filter((distance) => distance <= ball).length),
    LevAtt: spelledScores(candidates, judged, nearestMade),
  };
}

type Index = ReturnType<typeof neighbourIndex>;

function rowsOf(distances: Float64Array, k: number): Float64Array[] {
  return Array.from({ length: distances.length / k }, (_, row) => distances.subarray(row * k, (row + 1) * k));
}

/** The share of the first side among the k nearest of both, ascending; a tie counts half. */
function shareOfFirst(first: Float64Array, second: Float64Array, k: number): number {
  let [i, j, share] = [0, 0, 0];
  while (i + j < k && (i < first.length || j < second.length)) {
    const [a, b] = [first[i] ?? Number.POSITIVE_INFINITY, second[j] ?? Number.POSITIVE_INFINITY];
    share += a < b ? 1 : a === b ? 0.5 : 0;
    if (a < b || (a === b && i <= j)) i += 1;
    else j += 1;
  }
  return share / k;
}

/** How sure boosted trees are that a candidate is a judged row and no known one. */
function classifierScores({ candidates, ...sides }: Evidence): Float64Array {
  const [judged, known] = [sides.judged, sides.known].map((table) =>
    takeRows(
      table,
      Array.from({ length: Math.min(table.rowCount, learnedRows) }, (_, row) => row),
    ),
  ) as [Table, Table];
  const matrix = tableMatrix(concatTables([judged, known, candidates]));
  const learned = judged.rowCount + known.rowCount;
  const codes = Int32Array.from({ length: learned }, (_, row) => (row < judged.rowCount ? 1 : 0));
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  if (matrix.columns.length === 0) return new Float64Array(candidates.rowCount);
  const model = detectors.trees(takeMatrixRows(matrix, rows(0, learned)), { kind: 'class', codes, classes: 2 });
  return model.predict(takeMatrixRows(matrix, rows(learned, matrix.rowCount)))[1]!;
}

/** Letters of a row that are compared. */
const longestRow = 200;

/** Less the edit distance of the spelled row to the nearest of the judged rows that are near it (`nearest`, by row). */
function spelledScores(candidates: Table, judged: Table, nearest: Int32Array): Float64Array {
  const spelled = (table: Table, row: number) =>
    table.schema.columns
      .map((column, i) => formatCell(column, table.columns[i]!, row) ?? '')
      .join()
      .slice(0, longestRow);
  return Float64Array.from({ length: candidates.rowCount }, (_, row) => {
    const text = spelled(candidates, row);
    const near = nearest
      .subarray(row * influencedRows, row * influencedRows + countedRows)
      .filter((other) => other >= 0);
    return -near.reduce((best, other) => Math.min(best, editDistance(text, spelled(judged, other), best)), longestRow);
  });
}

function takePoints({ width, values }: Points, rows: readonly number[]): Points {
  const taken = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return { rowCount: rows.length, width, values: taken };
}

/** Levenshtein's, where it is less than `limit`; else at least `limit`. Only cells that near the diagonal are filled. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let above = Int32Array.from({ length: b.length + 1 }, (_, j) => j);
  let row = new Int32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    const [from, to] = [Math.max(1, i - limit), Math.min(b.length, i + limit)];
    row.fill(limit + 1);
    row[0] = i;
    let least = from === 1 ? i : limit;
    for (let j = from; j <= to; j++) {
      const changed = above[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      row[j] = Math.min(changed, above[j]! + 1, row[j - 1]! + 1);
      if (row[j]! < least) least = row[j]!;
    }
    if (least >= limit) return limit;
    [above, row] = [row, above];
  }
  return above[b.length]!;
}
