/** Rows to choose from, with what real rows say of them; each is found out once, when it is asked for. */
import type { Task } from '../learn/task.ts';
import type { Table } from '../table/table.ts';
import { createScorer } from '../validate/score.ts';
import { chooseTeacher } from './label-model.ts';

export interface Pool {
  readonly table: Table;
  readonly task: Task;
  readonly seed: number;
  /** How real each row looks, in [0, 1] (validate/against-real.ts). */
  realism(): Promise<Float64Array>;
  /** What the label model (label-model.ts) expects of each row's label, by class or as a number. No label may be missing. */
  expected(): Float64Array[];
}

/** @param real the rows that judges learn from; of the same schema as `table`. */
export function createPool(table: Table, real: Table, task: Task, seed: number): Pool {
  let scores: Promise<Float64Array> | undefined;
  let predictions: Float64Array[] | undefined;
  const { schema } = real;
  return {
    table,
    task,
    seed,
    realism() {
      const scorer = () => createScorer({ schema, train: real, seed });
      scores ??= scorer()
        .score({ ...table, schema })
        .then(({ realism }) => realism!);
      return scores;
    },
    expected() {
      const { matrix, labels } = task.examples(real);
      predictions ??= chooseTeacher(matrix, labels, seed).learner(matrix, labels).predict(task.examples(table).matrix);
      return predictions;
    },
  };
}
