/**
 * Whether whole rows fall where real rows do (alpha-precision), and real rows where the judged ones do (beta-recall).
 * Source: Alaa et al., ICML 2022, in the form that TabSyn and TabDiff report: synthcity's `AlphaPrecision` without its
 * one-class embedding.
 */

import { z } from 'zod';
import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { oneHotSpace, type Points } from '../../../learn/distance/points.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import type { Random } from '../../../numeric/random.ts';
import { takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { type Figure, figureSchema, type Sentence } from '../../report/figure-schema.ts';
import { beside, isScored } from '../../report/verdict/rating.ts';
import { figure, measureBoth, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';

/** Scores in [0, 1], 1 best; `rows` of either table were compared. */
export interface RowFidelity {
  readonly alphaPrecision: number;
  readonly betaRecall: number;
  readonly rows: number;
}

const levels = 30;

/** Compares equally many rows, at most `limit`; NaN with fewer than two. */
export function rowFidelity(real: Table, judged: Table, limit: number, random: Random): RowFidelity {
  const rows = Math.min(real.rowCount, judged.rowCount, limit);
  const tables = [real, judged].map((table) => takeRows(table, sampleRows(table.rowCount, rows, random)));
  const { tables: points, metric } = oneHotSpace(tables);
  const [a, b] = points as [Points, Points];
  if (rows < 2 || a.width === 0) {
    return { alphaPrecision: Number.NaN, betaRecall: Number.NaN, rows };
  }
  const [ownCentre, otherCentre] = [centreOf(a, metric.caps), centreOf(b, metric.caps)];
  const realIndex = neighbourIndex(a, metric);
  const toReal = everySecond(realIndex.nearest(a, 2).distances);
  const { distances: toJudged, rows: nearest } = neighbourIndex(b, metric).nearest(a, 1);
  const radii = ownCentre(a);
  const judgedRadii = ownCentre(b);
  const fromOther = otherCentre(b);
  const nearestRadii = Float64Array.from(nearest, (row) => fromOther[row]!);
  const reached = toJudged.map((distance, row) => (distance <= toReal[row]! ? 1 : 0));
  return {
    alphaPrecision: areaScore(radii, (radius) => meanOf(judgedRadii, (x) => (x <= radius ? 1 : 0))),
    betaRecall: areaScore(nearestRadii, (radius) =>
      meanOf(nearestRadii, (x, row) => (x <= radius ? reached[row]! : 0)),
    ),
    rows,
  };
}

function everySecond(values: Float64Array): Float64Array {
  return values.filter((_, i) => i % 2 === 1);
}

/** 1 - Σ|α - share(q_α)| / Σα over evenly spaced α, q_α being the α-quantile of the radii. */
function areaScore(radii: Float64Array, share: (radius: number) => number): number {
  const sorted = radii.slice().sort();
  let [off, sum] = [0, 0];
  for (let k = 0; k < levels; k++) {
    const alpha = k / (levels - 1);
    off += Math.abs(alpha - share(interpolated(sorted, alpha)));
    sum += alpha;
  }
  return 1 - off / sum;
}

/** As `numpy.quantile`: between the two values next to the rank. */
function interpolated(sorted: Float64Array, q: number): number {
  const rank = q * (sorted.length - 1);
  const low = sorted[Math.floor(rank)]!;
  return low + (sorted[Math.ceil(rank)]! - low) * (rank - Math.floor(rank));
}

function meanOf(values: Float64Array, of: (value: number, row: number) => number): number {
  let sum = 0;
  values.forEach((value, row) => {
    sum += of(value, row);
  });
  return sum / values.length;
}

/**
 * The Euclidean distance of points to the mean of `points`. A dimension with a cap is one-hot: its centre is the share c
 * of each code, and code k is 1 - 2 c_k + Σ c² away from it.
 */
function centreOf(points: Points, caps: Float64Array): (others: Points) => Float64Array {
  const { rowCount, width, values } = points;
  const squaredTo = Array.from(caps, (cap, d): ((x: number) => number) => {
    if (cap === Number.POSITIVE_INFINITY) {
      let mean = 0;
      for (let row = 0; row < rowCount; row++) mean += values[row * width + d]! / rowCount;
      return (x) => (x - mean) ** 2;
    }
    const shares = new Map<number, number>();
    for (let row = 0; row < rowCount; row++) {
      const code = values[row * width + d]!;
      shares.set(code, (shares.get(code) ?? 0) + 1 / rowCount);
    }
    const squares = [...shares.values()].reduce((sum, share) => sum + share ** 2, 0);
    return (code) => 1 - 2 * (shares.get(code) ?? 0) + squares;
  });
  return (others) =>
    Float64Array.from({ length: others.rowCount }, (_, row) => {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += squaredTo[d]!(others.values[row * width + d]!);
      return Math.sqrt(sum);
    });
}

const section = z.strictObject({ rows: z.int(), alphaPrecision: figureSchema, betaRecall: figureSchema });

/** Rows of each table that are compared: the same for every table, for more rows tell more. */
const comparedRows = 5_000;

export const rowFidelityMetric: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure(tables) {
    const [own, test] = measureBoth(tables, (train, judged) =>
      rowFidelity(train, judged, comparedRows, randomFor(tables.seed, 'rows')),
    );
    return {
      rows: own.rows,
      alphaPrecision: figure(own.alphaPrecision, test?.alphaPrecision),
      betaRecall: figure(own.betaRecall, test?.betaRecall),
    };
  },

  headlines: [
    {
      key: 'alphaPrecision',
      label: 'α-precision',
      meaning: 'whole rows lie where training rows do',
      better: 'higher',
      of: ({ alphaPrecision }) => alphaPrecision,
    },
    {
      key: 'betaRecall',
      label: 'β-recall',
      meaning: 'training rows lie where these rows do',
      better: 'higher',
      of: ({ betaRecall }) => betaRecall,
    },
  ],

  /** Rows in the right places (alpha-precision) and no place left out (beta-recall). */
  judge({ alphaPrecision, betaRecall, rows }) {
    const isFarOff = (each: Figure) =>
      isScored(each) && (each.reference ?? 0.5) - each.value > 0.05 + 2 / Math.sqrt(rows);
    const sentence = (text: string): Sentence => ({ tone: 'poor', text });
    return [
      ...(isFarOff(alphaPrecision)
        ? [sentence(`Whole rows lie where training has few: \u03b1-precision ${beside(alphaPrecision)}.`)]
        : []),
      ...(isFarOff(betaRecall)
        ? [sentence(`Regions of the training rows are not reached: \u03b2-recall ${beside(betaRecall)}.`)]
        : []),
    ];
  },
};
