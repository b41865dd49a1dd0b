/**
 * A battery of membership attacks with real rows that were not trained on as non-members: how well
 * each tells members, and what the worst says of the privacy that the rows keep.
 */
import { z } from 'zod';
import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../../../learn/distance/points.ts';
import { tableMatrix } from '../../../learn/features.ts';
import { takeMatrixRows } from '../../../learn/matrix.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, truePositivesAt } from '../../../learn/scores.ts';
import type { Random } from '../../../numeric/random.ts';
import { formatCell } from '../../../table/cells.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list } from '../../report/figure-schema.ts';
import { percent, score } from '../../report/number-text.ts';
import { chanceError } from '../../report/verdict/rating.ts';
import { quantile } from '../distributions.ts';
import { detectors } from '../fidelity/detection.ts';
import { figure, measureUnseen, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';
import { rateAtLeast, rateAtMost } from './rate-intervals.ts';

const attackNames = ['DCR difference', 'DOMIAS', 'DPI', 'classifier', 'Gen-LRA', 'MC ball', 'LevAtt'] as const;

/**
 * `auc` 0.5 is chance; members found at 1 and 0.1 % false alarms; `epsilon`: a differentially private fit with less
 * would be found out so seldom (95 %), 0 where nothing is shown.
 */
const attackSchema = z.strictObject({
  name: z.enum(attackNames),
  auc: figureSchema,
  tprAt1: figureSchema,
  tprAt01: figureSchema,
  epsilon: figureSchema,
});

const section = z
  .strictObject({
    /** Members that were guessed at, and as many others. */
    rows: z.int(),
    attacks: list(attackSchema),
    /** The attack with the largest AUC, and its 95 % interval, widened for the best of them all. */
    worst: figureSchema.extend({ name: z.enum(attackNames), low: z.number(), high: z.number() }),
  })
  .nullable();

/** Members, and as many others: of more, hardly more is learned. */
const maxCandidates = 500;
/** Of fewer judged rows, those that are copies would be missing. */
const maxJudged = 50_000;
/** Standard errors that the best of seven exceeds by chance as rarely as one exceeds two. */
const bestOfSeven = 2.7;
/** The upper end of the interval up to which rows may be said to protect. */
const largestGood = 0.7;

export type AttacksSection = NonNullable<z.infer<typeof section>>;

export const attacksMetric: Metric<AttacksSection | null> = {
  pillar: 'privacy',
  schema: section,

  measure(tables) {
    const limit = Math.min(maxCandidates, tables.effort.neighbourRows / 8);
    const both = measureUnseen(tables, (train, judged, unseen) =>
      attackAll(train, judged, unseen, limit, randomFor(tables.seed, 'attacks')),
    );
    const [own, test] = both ?? [null, null];
    if (own === null) return null;
    const all = attackNames.map((name) => {
      const of = (key: keyof Attack) => figure(own.attacks[name][key], test?.attacks[name][key]);
      return { name, auc: of('auc'), tprAt1: of('tprAt1'), tprAt01: of('tprAt01'), epsilon: of('epsilon') };
    });
    const worst = all.reduce((a, b) => (b.auc.value! > a.auc.value! ? b : a));
    const reference = test && Math.max(...attackNames.map((name) => test.attacks[name].auc));
    const margin = bestOfSeven * chanceError(own.rows);
    const bounds = { low: Math.max(0, worst.auc.value! - margin), high: Math.min(1, worst.auc.value! + margin) };
    return {
      rows: own.rows,
      attacks: all,
      worst: { name: worst.name, ...figure(worst.auc.value, reference), ...bounds },
    };
  },

  headlines: [
    {
      key: 'worstAttack',
      label: 'Worst attack',
      meaning: 'ROC AUC of the best of seven attacks that guess who was in training; 0.5 is a coin',
      better: 'half',
      text: score,
      of: (found) => found && { value: found.worst.value, reference: found.worst.reference },
    },
  ],

  judge(found) {
    if (found === null) return [];
    const { name, value, low, high } = found.worst;
    const worst = found.attacks.reduce((a, b) => (b.epsilon.value! > a.epsilon.value! ? b : a));
    const isWide = low - 0.5 <= 0.01 && high > largestGood;
    const tone = isWide ? 'fair' : low - 0.5 <= 0.01 ? 'good' : low - 0.5 <= 0.05 ? 'fair' : 'poor';
    const meaning = isWide
      ? 'Too few unseen rows to say whether seven attacks tell who was in training'
      : tone === 'good'
        ? 'None of seven attacks tells who was in training'
        : 'An attack tells who was in training';
    const epsilon =
      worst.epsilon.value! > 0
        ? ` ${worst.name} shows that no privacy guarantee below epsilon ${score(worst.epsilon.value)} holds.`
        : '';
    const finds = `finds ${percent(found.attacks.find((each) => each.name === name)!.tprAt1.value)} of the members at 1 % false alarms`;
    const text = `${meaning}: the worst, ${name}, has ROC AUC ${score(value)} (${score(low)} to ${score(high)} at 95 %) and ${finds}.${epsilon}`;
    return [{ tone, text }];
  },
};

interface Attack {
  readonly auc: number;
  readonly tprAt1: number;
  readonly tprAt01: number;
  readonly epsilon: number;
}

/** Half of the unseen rows are non-members, the other half what the attacker knows of the world. Null with few rows. */
function attackAll(train: Table, judged: Table, unseen: Table, limit: number, random: Random) {
  const rows = Math.min(train.rowCount, Math.floor(unseen.rowCount / 2), Math.floor(limit));
  if (rows < 10) return null;
  const others = sampleRows(unseen.rowCount, unseen.rowCount, random);
  const candidates = concatTables([
    takeRows(train, sampleRows(train.rowCount, rows, random)),
    takeRows(unseen, others.slice(0, rows)),
  ]);
  const known = takeRows(unseen, others.slice(rows, rows + maxJudged));
  const made = takeRows(judged, sampleRows(judged.rowCount, maxJudged, random));
  const scores = attackScores({ candidates, judged: made, known });
  const isMember = Int32Array.from({ length: 2 * rows }, (_, row) => (row < rows ? 1 : 0));
  const measured = attackNames.map((name) => [name, strengthOf(isMember, scores[name])] as const);
  return { rows, attacks: Object.fromEntries(measured) as Record<(typeof attackNames)[number], Attack> };
}

function strengthOf(isMember: Int32Array, scores: Float64Array): Attack {
  return {
    auc: rocAuc(isMember, scores),
    tprAt1: truePositivesAt(isMember, scores, 0.01),
    tprAt01: truePositivesAt(isMember, scores, 0.001),
    epsilon: epsilonAtLeast(isMember, scores),
  };
}

/**
 * ln(rate of members found / rate of others accused), its lower bound at 95 %: the threshold is chosen on every second
 * candidate, the rates are counted on the others. Rows are drawn, so that every second is a random half.
 */
export function epsilonAtLeast(isMember: Int32Array, scores: Float64Array): number {
  const half = (odd: number) => Array.from(scores.keys()).filter((row) => row % 2 === odd);
  const boundAt = (rows: readonly number[], threshold: number) => {
    const over = (member: number) => {
      const all = rows.filter((row) => isMember[row] === member);
      return [all.filter((row) => scores[row]! >= threshold).length, all.length] as const;
    };
    const [found, accused] = [over(1), over(0)];
    const ratio = (low: number, high: number) => Math.log(low / high);
    return Math.max(
      ratio(rateAtLeast(...found, 0.0125), rateAtMost(...accused, 0.0125)),
      ratio(
        rateAtLeast(accused[1] - accused[0], accused[1], 0.0125),
        rateAtMost(found[1] - found[0], found[1], 0.0125),
      ),
    );
  };
  const [choosing, counting] = [half(0), half(1)];
  const sorted = Float64Array.from(choosing, (row) => scores[row]!).sort();
  const thresholds = [...new Set(Array.from({ length: 20 }, (_, i) => quantile(sorted, (i + 0.5) / 20)))];
  const bounds = thresholds.map((threshold) => boundAt(choosing, threshold));
  return Math.max(0, boundAt(counting, thresholds[bounds.indexOf(Math.max(...bounds))]!));
}

// The attacks, from the judged rows and other real rows: a score for each candidate, larger for likelier members. Source: the battery of Ward et al., "Ensembling Membership Inference Attacks Against Tabular
// Generative Models", 2025, and of those it names.

/** What an attacker has: rows that may have been in training, the judged rows, and real rows that were not. */
interface Evidence {
  readonly candidates: Table;
  readonly judged: Table;
  readonly known: Table;
}

type Scores = Readonly<Record<(typeof attackNames)[number], Float64Array>>;

/** Neighbours that a density is made of, that are counted in a ball, and that Gen-LRA sums over. */
const [densityRows, countedRows, influencedRows] = [20, 20, 50];
/** Rows of either side that the classifier learns from. */
const learnedRows = 5_000;

function attackScores(evidence: Evidence): Scores {
  const { candidates, judged, known } = evidence;
  const { metric, tables } = gowerSpace([known, candidates, judged]);
  const [world, queries, made] = tables as [Points, Points, Points];
  const [toMade, toWorld] = [made, world].map((points) => neighbourIndex(points, metric)) as [Index, Index];
  const near = (index: Index, queries: Points, k: number) => rowsOf(index.nearest(queries, k).distances, k);
  const ofMade = toMade.nearest(queries, influencedRows);
  const [fromMade, fromWorld] = [rowsOf(ofMade.distances, influencedRows), near(toWorld, queries, densityRows)];
  // The width of the kernel: how far real rows are from their neighbours.
  const apart = near(toWorld, world, 2).map(([, second]) => second!);
  const width = Math.max(1e-3, quantile(Float64Array.from(apart).sort(), 0.5));
  const kernel = (distance: number) => Math.exp(-distance / width);
  const density = (distances: ArrayLike<number>, rows: number) =>
    Array.from(distances).reduce((sum, d, i) => sum + (i < densityRows ? kernel(d) : 0), 1e-12) / rows;
  const nearestMade = ofMade.rows;
  const touched = [...new Set(nearestMade)].filter((row) => row >= 0);
  const worldAtMade = new Map(
    near(toWorld, takePoints(made, touched), densityRows).map((distances, i) => [
      touched[i]!,
      density(distances, world.rowCount),
    ]),
  );
  const ball = quantile(Float64Array.from(fromMade, ([first]) => first!).sort(), 0.5);
  const each = (score: (row: number) => number) =>
    Float64Array.from({ length: queries.rowCount }, (_, row) => score(row));
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
