/**
 * How near judged rows come to training rows, whether nearer than to real rows that the model never saw, and whom that
 * gives away (membership). Distances are Gower's mean over columns, in [0, 1] (distance/points.ts).
 */
import { z } from 'zod';
import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../../../learn/distance/points.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, truePositivesAt } from '../../../learn/scores.ts';
import type { Random } from '../../../numeric/random.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { type Figure, figureSchema, list } from '../../report/figure-schema.ts';
import { count, percent, score } from '../../report/number-text.ts';
import { chanceError, isScored } from '../../report/verdict/rating.ts';
import { quantile } from '../distributions.ts';
import { figure, measureBoth, measureUnseen, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';

interface ClosestRecords {
  /** Distance to the closest training row: 5 % of the rows are nearer than `p5`. */
  readonly dcr: { readonly p5: number; readonly median: number };
  /** That distance over the distance to the second closest, 0 for a lone copy and 1 for a row between others. */
  readonly nndr: { readonly p5: number; readonly median: number };
  /** The distances at evenly spaced shares of the rows from 0 to 1. */
  readonly curve: readonly number[];
  /** How many judged rows were looked up among how many training rows, exactly. */
  readonly rows: number;
  readonly trainRows: number;
}

const curvePoints = 50;

/** At most `limit` judged rows, and at most 50,000 training rows, drawn when there are more. */
function closestRecords(train: Table, judged: Table, limit: number, random: Random): ClosestRecords {
  const [asked, among] = [sampled(judged, limit, random), sampled(train, maxRows, random)];
  const { metric, tables } = gowerSpace([train, among, asked]);
  const [, points, queries] = tables as [Points, Points, Points];
  const { distances } = neighbourIndex(points, metric).nearest(queries, 2);
  const width = Math.max(1, points.width);
  const nearest = distances.filter((_, i) => i % 2 === 0).map((d) => d / width);
  // As mostlyai-qa: a hair's breadth on either side, so that two copies of one row are a ratio of 1.
  const ratios = nearest.map((d, row) => {
    const second = distances[row * 2 + 1]!;
    return second === Number.POSITIVE_INFINITY ? Number.NaN : (d + 1e-8) / (second / width + 1e-8);
  });
  return {
    dcr: quantiles(nearest),
    nndr: quantiles(ratios.filter((x) => !Number.isNaN(x))),
    curve: curveOf(nearest),
    rows: queries.rowCount,
    trainRows: among.rowCount,
  };
}

const maxRows = 50_000;

function sampled(table: Table, limit: number, random: Random): Table {
  return table.rowCount <= limit ? table : takeRows(table, sampleRows(table.rowCount, limit, random));
}

function quantiles(values: Float64Array): { p5: number; median: number } {
  const sorted = values.slice().sort();
  return { p5: quantile(sorted, 0.05), median: quantile(sorted, 0.5) };
}

function curveOf(values: Float64Array): number[] {
  const sorted = values.slice().sort();
  return Array.from({ length: curvePoints + 1 }, (_, i) => quantile(sorted, i / curvePoints));
}

/** Share of judged rows nearer to training than to as many unseen real rows. */
interface CloserShare {
  /** In [0, 1]; a tie counts half. 0.5 when training rows are no closer than others. */
  readonly share: number;
  readonly rows: number;
  /** How many training and how many unseen rows there were to be near to. */
  readonly against: number;
}

export function closerShare(train: Table, judged: Table, holdout: Table, limit: number, random: Random): CloserShare {
  const against = Math.min(train.rowCount, holdout.rowCount, maxRows);
  const sides = [train, holdout].map((table) => takeRows(table, sampleRows(table.rowCount, against, random)));
  const queries = sampled(judged, limit, random);
  const { metric, tables } = gowerSpace([train, queries, ...sides]);
  const [toTrain, toHoldout] = tables
    .slice(2)
    .map((side) => neighbourIndex(side, metric).nearest(tables[1]!, 1).distances);
  let nearer = 0;
  toTrain!.forEach((d, row) => {
    nearer += d < toHoldout![row]! ? 1 : d === toHoldout![row] ? 0.5 : 0;
  });
  return { share: nearer / queries.rowCount, rows: queries.rowCount, against };
}

/** Distances are Gower's mean over columns, in [0, 1]; curves hold them at evenly spaced shares of the rows. */
const closestSection = z.strictObject({
  rows: z.int(),
  trainRows: z.int(),
  dcrP5: figureSchema,
  dcrMedian: figureSchema,
  nndrP5: figureSchema,
  nndrMedian: figureSchema,
  curves: z.strictObject({ synthetic: list(z.number()), test: list(z.number()).nullable() }),
});

export type ClosestSection = z.infer<typeof closestSection>;

export const closestRecordsMetric: Metric<ClosestSection> = {
  pillar: 'privacy',
  schema: closestSection,

  measure(tables) {
    const limit = Math.min(maxRows, tables.effort.neighbourRows);
    const [own, test] = measureBoth(tables, (train, judged) =>
      closestRecords(train, judged, limit, randomFor(tables.seed, 'closest')),
    );
    return {
      rows: own.rows,
      trainRows: own.trainRows,
      dcrP5: figure(own.dcr.p5, test?.dcr.p5),
      dcrMedian: figure(own.dcr.median, test?.dcr.median),
      nndrP5: figure(own.nndr.p5, test?.nndr.p5),
      nndrMedian: figure(own.nndr.median, test?.nndr.median),
      curves: { synthetic: own.curve, test: test?.curve ?? null },
    };
  },

  headlines: [
    {
      key: 'dcr',
      label: 'Distance to closest',
      meaning: 'training row, in the middle row; from 0 to 1; an alarm for copies, no measure of privacy',
      better: 'higher',
      text: score,
      of: ({ dcrMedian }) => dcrMedian,
    },
    {
      key: 'nndr',
      label: 'Distance ratio',
      meaning: 'closest to second closest, in the middle row; 0 is a lone copy',
      better: 'higher',
      text: score,
      of: ({ nndrMedian }) => nndrMedian,
    },
  ],
};

const closerSection = z.strictObject({ share: figureSchema, rows: z.int(), against: z.int() }).nullable();

/** Rows whose nearer side is asked for: enough for a standard error of half a point. */
const maxShareRows = 10_000;

export const closerShareMetric: Metric<z.infer<typeof closerSection>> = {
  pillar: 'privacy',
  schema: closerSection,

  measure(tables) {
    const limit = Math.min(maxShareRows, tables.effort.neighbourRows);
    const both = measureUnseen(tables, (train, judged, unseen) =>
      closerShare(train, judged, unseen, limit, randomFor(tables.seed, 'closer')),
    );
    if (both === null) return null;
    const [own, test] = both;
    return { share: figure(own.share, test?.share), rows: own.rows, against: own.against };
  },

  headlines: [
    {
      key: 'dcrShare',
      label: 'Closer to training',
      meaning: 'rows nearer to training than to as many unseen rows; half is chance',
      better: 'half',
      of: (found) => found?.share ?? null,
    },
  ],

  /** Rows nearer to training than to unseen rows are what remembering looks like. */
  judge(found) {
    if (found === null || !isScored(found.share)) return [];
    const { share, rows, against } = found;
    // Twice the standard error of a share that is a half by chance.
    const beyond = share.value - 0.5 - 1 / Math.sqrt(Math.min(rows, against));
    const tone = beyond <= 0 ? 'good' : beyond < 0.03 ? 'fair' : 'poor';
    const test = share.reference === null ? '' : `, real test rows ${percent(share.reference)}`;
    const meaning =
      tone === 'good'
        ? 'no sign that rows were remembered'
        : 'more than chance: the model has partly remembered its rows; train it shorter, or leave out the rows that are too close';
    const text = `${percent(share.value)} of the rows are nearer to training than to as many unseen real rows (chance 50 %${test}): ${meaning}.`;
    return [{ tone, text }];
  },

  attackRows(found) {
    if (found === null) return [];
    const note = `${count(found.rows)} rows, ${count(found.against)} on either side; chance 50 %`;
    return [{ label: 'Closer to training', note, share: found.share }];
  },
};

// A membership-inference attack: guesses from the judged rows alone who was in training. Sources: the distance attack
// of Chen et al., GAN-Leaks, CCS 2020, and its calibration by reference rows, whose density form is DOMIAS (van
// Breugel et al., AISTATS 2023).

interface Attack {
  /** The chance that a member is ranked above a non-member: 0.5 is a coin. */
  readonly auc: number;
  /** Share of members found when 1 % of the non-members are falsely accused: 0.01 is a coin. */
  readonly tprAt1: number;
}

interface Membership {
  /** Whoever is near a judged row was in training. */
  readonly distance: Attack;
  /** Whoever is nearer to a judged row than to other real rows was in training. */
  readonly calibrated: Attack;
  /** Members, and as many non-members, that were guessed at. */
  readonly rows: number;
}

/** Guesses at no more than `limit` of either. Half of the holdout are non-members, the other half what the attacker knows of the world. Null with fewer than 4 rows. */
function membership(train: Table, judged: Table, holdout: Table, limit: number, random: Random): Membership | null {
  const rows = Math.min(train.rowCount, Math.floor(holdout.rowCount / 2), limit);
  if (rows < 2) return null;
  const members = takeRows(train, sampleRows(train.rowCount, rows, random));
  const others = sampleRows(holdout.rowCount, holdout.rowCount, random);
  const candidates = concatTables([members, takeRows(holdout, others.slice(0, rows))]);
  const world = takeRows(holdout, others.slice(rows));
  const { metric, tables } = gowerSpace([train, candidates, judged, world]);
  const [toJudged, toWorld] = tables
    .slice(2)
    .map((side) => neighbourIndex(side, metric).nearest(tables[1]!, 1).distances);
  const isMember = Int32Array.from({ length: 2 * rows }, (_, row) => (row < rows ? 1 : 0));
  const attack = (scores: Float64Array): Attack => ({
    auc: rocAuc(isMember, scores),
    tprAt1: truePositivesAt(isMember, scores, 0.01),
  });
  const distance = toJudged!.map((d) => -d);
  const calibrated = toJudged!.map((d, row) => Math.log((toWorld![row]! + 1e-6) / (d + 1e-6)));
  return { distance: attack(distance), calibrated: attack(calibrated), rows };
}

const attackSchema = z.strictObject({ auc: figureSchema, tprAt1: figureSchema });
const section = z.strictObject({ rows: z.int(), distance: attackSchema, calibrated: attackSchema }).nullable();
type MembershipSection = z.infer<typeof section>;

/** Members, and as many others, that an attack guesses at. */
const maxCandidates = 5_000;

/** Standard errors that the better of two attacks exceeds by chance as rarely as one exceeds two. */
const bestOfTwo = 2.3;

export const membershipMetric: Metric<MembershipSection> = {
  pillar: 'privacy',
  schema: section,

  measure(tables) {
    const limit = Math.min(maxCandidates, tables.effort.neighbourRows);
    const both = measureUnseen(tables, (train, judged, unseen) =>
      membership(train, judged, unseen, limit, randomFor(tables.seed, 'membership')),
    );
    const [own, test] = both ?? [null, null];
    if (own === null) return null;
    const attack = (mine: Attack, theirs: Attack | undefined) => ({
      auc: figure(mine.auc, theirs?.auc),
      tprAt1: figure(mine.tprAt1, theirs?.tprAt1),
    });
    return {
      rows: own.rows,
      distance: attack(own.distance, test?.distance),
      calibrated: attack(own.calibrated, test?.calibrated),
    };
  },

  headlines: [
    {
      key: 'membership',
      label: 'Membership attack',
      meaning: 'ROC AUC of guessing who was in training; 0.5 is a coin',
      better: 'half',
      text: score,
      of: (found) => stronger(found, 'auc'),
    },
    {
      key: 'membershipTpr',
      label: 'Members found',
      meaning: 'while 1 % of the others are falsely accused; 1 % is chance',
      better: 'lower',
      of: (found) => stronger(found, 'tprAt1'),
    },
  ],

  judge(found) {
    if (found === null) return [];
    const aucs = [found.distance.auc.value, found.calibrated.auc.value].filter((auc) => auc !== null);
    const auc = Math.max(...aucs);
    const beyond = auc - 0.5 - bestOfTwo * chanceError(found.rows);
    const tone = beyond <= 0.01 ? 'good' : beyond < 0.05 ? 'fair' : 'poor';
    const share = Math.max(found.distance.tprAt1.value ?? 0, found.calibrated.tprAt1.value ?? 0);
    const meaning =
      tone === 'good'
        ? 'An attacker with these rows cannot tell who was in training'
        : 'An attacker with these rows can tell, better than by chance, who was in training';
    const text = `${meaning} (ROC AUC ${score(auc)}, chance 0.5; finds ${percent(share)} of the members at 1 % false alarms).`;
    return [{ tone, text }];
  },

  attackRows(found) {
    if (found === null) return [];
    const { rows, distance, calibrated } = found;
    const note = `AUC over ${count(rows)} members and as many others; chance 0.5`;
    return [
      { label: 'Membership by distance', note, score: distance.auc },
      { label: 'Membership, calibrated', note: 'against what is common anyway', score: calibrated.auc },
      { label: 'Members found at 1 % false alarms', note: 'calibrated; chance 1 %', share: calibrated.tprAt1 },
    ];
  },
};

/** An attacker takes the better of two attacks. */
function stronger(found: MembershipSection, figure: 'auc' | 'tprAt1'): Figure | null {
  if (found === null) return null;
  const [a, b] = [found.distance[figure], found.calibrated[figure]];
  return (b.value ?? 0) > (a.value ?? 0) ? b : a;
}
