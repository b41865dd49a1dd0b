/**
 * A battery of membership attacks (attack-scores.ts) with real rows that were not trained on as non-members: how well
 * each tells members, and what the worst says of the privacy that the rows keep.
 */
import { z } from 'zod';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, truePositivesAt } from '../../../learn/scores.ts';
import type { Random } from '../../../numeric/random.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list } from '../../report/figure-schema.ts';
import { percent, score } from '../../report/number-text.ts';
import { chanceError } from '../../report/verdict/rating.ts';
import { quantile } from '../distributions.ts';
import { figure, measureUnseen, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';
import { attackNames, attackScores } from './attack-scores.ts';
import { rateAtLeast, rateAtMost } from './clopper-pearson.ts';

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
  const limited = (table: Table, indices: ArrayLike<number>) =>
    takeRows(table, Array.from(indices).slice(0, maxJudged));
  const known = limited(unseen, others.slice(rows));
  const made = limited(judged, sampleRows(judged.rowCount, Math.min(judged.rowCount, maxJudged), random));
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
