/**
 * A membership-inference attack: guesses from the judged rows alone who was in training. It knows aligned tables.
 * Sources: the distance attack of Chen et al., GAN-Leaks, CCS 2020, and its calibration by reference rows, whose density
 * form is DOMIAS (van Breugel et al., AISTATS 2023).
 */

import { z } from 'zod';
import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { gowerSpace } from '../../../learn/distance/points.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, truePositivesAt } from '../../../learn/scores.ts';
import type { Random } from '../../../numeric/random.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { type Figure, figureSchema } from '../../report/figure-schema.ts';
import { count, percent, score } from '../../report/number-text.ts';
import { chanceError } from '../../report/verdict/rating.ts';
import { figure, measureUnseen, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';

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
