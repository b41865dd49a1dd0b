/**
 * Train on synthetic, test on real: what a model that learned from these rows is worth on real ones. It knows aligned
 * tables, the target and learners. Source: Esteban, Hyland & Rätsch, 2017 (TSTR, TRTR).
 */
import { linearModel } from '../../../learn/linear/linear.ts';
import type { Labels, Learner } from '../../../learn/matrix.ts';
import { averagePrecision, classScores, likeliest, r2, rmse, rocAuc, rocCurve } from '../../../learn/scores.ts';
import type { Task } from '../../../learn/task.ts';
import { boostedTrees } from '../../../learn/trees/trees.ts';
import { meanOfDefined } from '../../../numeric/mean.ts';
import type { Table } from '../../../table/table.ts';

/** Trees see four rows in five, so that another seed is another model; a linear model is the same for every seed. */
const learners = {
  trees: (seed: number): Learner => boostedTrees({ rowShare: 0.8, seed }),
  linear: (): Learner => linearModel(),
};

export type LearnerName = keyof typeof learners;

interface ClassUtility {
  readonly auc: number;
  readonly averagePrecision: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Classes: the rarer of two, or the mean over more. NaN where the labels do not allow it. */
export interface Utility {
  readonly scores: Record<'auc' | 'averagePrecision' | 'f1', number> | Record<'r2' | 'rmse', number>;
  /** Standard deviation over the seeds of the first score (AUC or R2); 0 for one seed. */
  readonly deviation: number;
  readonly classes: readonly ClassUtility[] | null;
  /** The ROC curve of the rarer of two classes, averaged over the seeds. */
  readonly curve: readonly number[] | null;
}

const curvePoints = 40;

/** Learns from `train` once for each seed and predicts `test`; null when either has no row to use. */
export function utility(
  task: Task,
  name: LearnerName,
  train: Table,
  test: Table,
  seeds: readonly number[],
): Utility | null {
  const [from, to] = [task.examples(train), task.examples(test)];
  if (from.matrix.rowCount === 0 || to.matrix.rowCount === 0 || from.matrix.columns.length === 0) return null;
  const used = name === 'linear' ? seeds.slice(0, 1) : seeds;
  const runs = used.map((seed) => judge(to.labels, learners[name](seed)(from.matrix, from.labels).predict(to.matrix)));
  return averageRuns(runs);
}

type Run = Omit<Utility, 'deviation'>;

function judge(labels: Labels, predictions: Float64Array[]): Run {
  if (labels.kind === 'number') {
    const scores = { r2: r2(labels.values, predictions[0]!), rmse: rmse(labels.values, predictions[0]!) };
    return { scores, classes: null, curve: null };
  }
  const said = classScores(labels.codes, likeliest(predictions), labels.classes);
  const positives = said.map((_, k) => labels.codes.map((code) => (code === k ? 1 : 0)));
  const classes = said.map(({ precision, recall, f1 }, k) => ({
    auc: rocAuc(positives[k]!, predictions[k]!),
    averagePrecision: averagePrecision(positives[k]!, predictions[k]!),
    precision,
    recall,
    f1,
  }));
  const counted = classes.length === 2 ? [classes[1]!] : classes;
  const mean = (of: (each: ClassUtility) => number) => meanOfDefined(counted.map(of));
  return {
    scores: {
      auc: mean(({ auc }) => auc),
      averagePrecision: mean((each) => each.averagePrecision),
      f1: mean(({ f1 }) => f1),
    },
    classes,
    curve:
      classes.length === 2 && !Number.isNaN(classes[1]!.auc)
        ? rocCurve(positives[1]!, predictions[1]!, curvePoints)
        : null,
  };
}

function averageRuns(runs: readonly Run[]): Utility {
  const first = runs[0]!;
  const main = runs.map(({ scores }) => Object.values(scores)[0]!);
  const mean = meanOfDefined(main);
  return {
    scores: averageOf(runs.map(({ scores }) => scores as Record<string, number>)) as Utility['scores'],
    deviation: Math.sqrt(meanOfDefined(main.map((score) => (score - mean) ** 2))),
    classes: first.classes?.map((_, k) => averageOf(runs.map(({ classes }) => ({ ...classes![k]! })))) ?? null,
    curve: first.curve?.map((_, i) => meanOfDefined(runs.map(({ curve }) => curve![i]!))) ?? null,
  };
}

function averageOf<Each extends Record<string, number>>(all: readonly Each[]): Each {
  const names = Object.keys(all[0]!);
  return Object.fromEntries(names.map((name) => [name, meanOfDefined(all.map((each) => each[name]!))])) as Each;
}
