/** The three attributes that need real rows, and what is learned from these once for many tables. It knows tables, no model. */
import { rowIds } from '../learn/row-ids.ts';
import { createRandom } from '../numeric/random.ts';
import type { Table } from '../table/table.ts';
import { judgeLabels, type LabelJudge } from './attributes/consistency.ts';
import { novelty } from './attributes/novelty.ts';
import { realism } from './attributes/realism.ts';
import type { Measured, Numbered } from './measured.ts';

export interface Comparison {
  readonly realism: Measured;
  readonly consistency: Measured;
  readonly novelty: Measured;
}

/**
 * @param target index of the label, -1 for none.
 * @returns what the real rows say of a table of the same schema.
 */
export function compareWith(real: Table, target: number, seed: number): (table: Table) => Comparison {
  let judge: LabelJudge | string | undefined;
  return (table) => {
    const [realIds, ids] = rowIds([real, table]) as [Int32Array, Int32Array];
    const known: Numbered = { table: real, ids: realIds };
    const judged: Numbered = { table, ids };
    judge ??= judgeLabels(known, target, createRandom(seed, 11));
    return {
      realism: realism(known, judged, createRandom(seed, 12)),
      consistency: typeof judge === 'string' ? judge : judge(judged),
      novelty: novelty(known, judged, createRandom(seed, 13)),
    };
  };
}
