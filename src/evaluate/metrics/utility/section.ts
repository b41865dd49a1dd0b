/** The report's section on utility. It knows the report's form; learning and scoring are in utility.ts. */

import { sampleRows } from '../../../learn/sample-rows.ts';
import { type Task, taskOf } from '../../../learn/task.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import type { LearnerUtility, Sections } from '../../report/report.ts';
import { definedOrNull, randomFor, type Tables } from '../figure.ts';
import { type LearnerName, type Utility, utility } from './utility.ts';

/** Rows of a table that a learner sees at most. */
const maxRows = 50_000;

/** Null without a target, without unseen rows, or where the target does not vary. */
export function utilitySection(tables: Tables): Sections['utility'] {
  const { train, synthetic, holdout, target, effort } = tables;
  const task = target === null ? null : taskOf(train, target);
  if (task === null || holdout === null) return null;
  const learners = (['trees', 'linear'] as const).flatMap((name) => learnerUtility(tables, task, name, holdout) ?? []);
  return {
    target: train.schema.columns[task.target]!.name,
    testRows: holdout.rowCount,
    trainRows: Math.min(maxRows, Math.max(train.rowCount, synthetic.rowCount)),
    seeds: effort.learningSeeds,
    learners,
  };
}

/** For a baseline nobody asks again what training rows are worth. */
function learnerUtility(tables: Tables, task: Task, name: LearnerName, holdout: Table): LearnerUtility | null {
  const { synthetic, test, effort, seed } = tables;
  const seeds = Array.from({ length: effort.learningSeeds }, (_, i) => seed + i);
  const train = limited(tables.train, seed);
  const judged = limited(synthetic, seed);
  const learn = (table: Table) => utility(task, name, table, holdout, seeds);
  const tstr = learn(judged);
  const trtr = test === null ? null : learn(train);
  const augmented = learn(concatTables([train, judged]));
  const first = tstr ?? trtr ?? augmented;
  if (first === null) return null;
  const sources = { tstr, trtr, augmented };
  return {
    learner: name,
    scores: Object.keys(first.scores).map((score) => ({
      name: score as LearnerUtility['scores'][number]['name'],
      ...each(sources, ({ scores }) => definedOrNull((scores as Record<string, number>)[score])),
    })),
    deviation: each(sources, ({ deviation }) => definedOrNull(deviation)),
    classes:
      task.classes?.map((label, k) => ({
        class: label,
        ...each(sources, ({ classes }) => {
          const { auc, averagePrecision, precision, recall, f1 } = classes![k]!;
          return { auc: definedOrNull(auc), averagePrecision: definedOrNull(averagePrecision), precision, recall, f1 };
        }),
      })) ?? null,
    curves: first.curve === null ? null : each(sources, ({ curve }) => curve),
  };
}

function each<T>(
  { tstr, trtr, augmented }: Record<'tstr' | 'trtr' | 'augmented', Utility | null>,
  of: (utility: Utility) => T,
): Record<'tstr' | 'trtr' | 'augmented', T | null> {
  const read = (utility: Utility | null) => (utility === null ? null : of(utility));
  return { tstr: read(tstr), trtr: read(trtr), augmented: read(augmented) };
}

function limited(table: Table, seed: number): Table {
  if (table.rowCount <= maxRows) return table;
  return takeRows(table, sampleRows(table.rowCount, maxRows, randomFor(seed, 'utility')));
}
