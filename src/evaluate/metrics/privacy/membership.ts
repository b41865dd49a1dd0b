/**
 * A membership-inference attack: guesses from the judged rows alone who was in training. It knows aligned tables.
 * Sources: the distance attack of Chen et al., GAN-Leaks, CCS 2020, and its calibration by reference rows, whose density
 * form is DOMIAS (van Breugel et al., AISTATS 2023).
 */

import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { gowerSpace } from '../../../learn/distance/points.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, truePositivesAt } from '../../../learn/scores.ts';
import type { Random } from '../../../numeric/random.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';

export interface Attack {
  /** The chance that a member is ranked above a non-member: 0.5 is a coin. */
  readonly auc: number;
  /** Share of members found when 1 % of the non-members are falsely accused: 0.01 is a coin. */
  readonly tprAt1: number;
}

export interface Membership {
  /** Whoever is near a judged row was in training. */
  readonly distance: Attack;
  /** Whoever is nearer to a judged row than to other real rows was in training. */
  readonly calibrated: Attack;
  /** Members, and as many non-members, that were guessed at. */
  readonly rows: number;
}

/** Guesses at no more than `limit` of either. Half of the holdout are non-members, the other half what the attacker knows of the world. Null with fewer than 4 rows. */
export function membership(
  train: Table,
  judged: Table,
  holdout: Table,
  limit: number,
  random: Random,
): Membership | null {
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
