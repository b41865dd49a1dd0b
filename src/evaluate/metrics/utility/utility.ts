/**
 * Train on synthetic, test on real: what a model that learned from these rows is worth on real ones. Source: Esteban,
 * Hyland & Rätsch, 2017 (TSTR, TRTR).
 */
import { z } from 'zod';
import { linearModel } from '../../../learn/linear/linear.ts';
import type { Labels, Learner } from '../../../learn/matrix.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { averagePrecision, classScores, likeliest, r2, rmse, rocAuc, rocCurve } from '../../../learn/scores.ts';
import { type Task, taskOf } from '../../../learn/task.ts';
import { boostedTrees } from '../../../learn/trees/trees.ts';
import { meanOfDefined } from '../../../numeric/mean.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { type Figure, list, type Sentence, score as scoreSchema } from '../../report/figure-schema.ts';
import { curveChart, evenly, type Series } from '../../report/html/curves.ts';
import { html, type Markup } from '../../report/html/markup.ts';
import { count, plural, score } from '../../report/number-text.ts';
import { definedOrNull, randomFor, type Tables } from '../figure.ts';
import type { Metric } from '../metric.ts';

/** Trees see four rows in five, so that another seed is another model; a linear model is the same for every seed. */
const learners = {
  trees: (seed: number): Learner => boostedTrees({ rowShare: 0.8, seed }),
  linear: (): Learner => linearModel(),
};

type LearnerName = keyof typeof learners;

type ClassUtility = Readonly<Record<'auc' | 'averagePrecision' | 'precision' | 'recall' | 'f1', number>>;

/** Classes: the rarer of two, or the mean over more. NaN where the labels do not allow it. */
interface Utility {
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

// The report's section on utility.

/** Rows of a table that a learner sees at most. */
const maxRows = 50_000;

/** One value for each table to learn from: synthetic (TSTR), training (TRTR), both together. */
const perSource = <T extends z.ZodType>(each: T) =>
  z.strictObject({ tstr: each.nullable(), trtr: each.nullable(), augmented: each.nullable() });

const classUtility = z.strictObject({
  ...{ auc: scoreSchema, averagePrecision: scoreSchema },
  ...{ precision: scoreSchema, recall: scoreSchema, f1: scoreSchema },
});

const learnerSchema = z.strictObject({
  learner: z.enum(['trees', 'linear']),
  /** auc, averagePrecision and f1 for classes (the rarer of two, the mean over more), r2 and rmse for numbers. */
  scores: list(perSource(scoreSchema).extend({ name: z.enum(['auc', 'averagePrecision', 'f1', 'r2', 'rmse']) })),
  /** Standard deviation of the first score over the seeds. */
  deviation: perSource(z.number()),
  classes: list(perSource(classUtility).extend({ class: z.string() })).nullable(),
  /** ROC curves of the rarer of two classes, as the detectors'. */
  curves: perSource(list(z.number())).nullable(),
});

const section = z.strictObject({
  target: z.string(),
  /** Real rows that were predicted, and the most rows that were learned from. */
  testRows: z.int(),
  trainRows: z.int(),
  seeds: z.int(),
  learners: list(learnerSchema),
});

type UtilitySection = z.infer<typeof section> | null;
type LearnerUtility = z.infer<typeof learnerSchema>;

const meaning = 'what a model that learned from these rows scores on real ones (AUC or R²); from training in grey';

export const utilityMetric: Metric<UtilitySection> = {
  pillar: 'utility',
  schema: section.nullable(),
  measure: measureUtility,

  headlines: [
    {
      key: 'tstr',
      label: 'Learned from, trees',
      meaning,
      better: 'higher',
      text: score,
      of: (found) => firstScore(found, 'trees', 'tstr'),
    },
    {
      key: 'tstrLinear',
      label: 'Learned from, linear',
      meaning,
      better: 'higher',
      text: score,
      of: (found) => firstScore(found, 'linear', 'tstr'),
    },
    {
      key: 'augmented',
      label: 'Training rows and these',
      meaning: 'what trees that learn from both score on real rows; training alone in grey',
      better: 'higher',
      text: score,
      of: (found) => firstScore(found, 'trees', 'augmented'),
    },
  ],

  /** Says what a model that learned from the synthetic rows is worth beside one that learned from training. */
  judge(found, rows) {
    const trees = found?.learners.find(({ learner }) => learner === 'trees');
    const main = trees?.scores[0];
    if (!found || !trees || !main || main.tstr === null || main.trtr === null) return [];
    const name = main.name === 'r2' ? 'R²' : 'AUC';
    const floor = main.name === 'r2' ? 0 : 0.5;
    // Of what training teaches beyond a guess, the share that these rows teach, less what another seed would change.
    const noise = 2 * Math.max(trees.deviation.tstr ?? 0, trees.deviation.trtr ?? 0);
    const kept = (main.tstr - floor + noise) / Math.max(1e-9, main.trtr - floor);
    const tone = main.trtr <= floor ? 'note' : kept >= 0.97 ? 'good' : kept >= 0.85 ? 'fair' : 'poor';
    const isFewer = rows.synthetic * 1.5 < rows.train && (tone === 'fair' || tone === 'poor');
    const lead = `Trees that learned "${found.target}" from these rows score ${name} ${score(main.tstr)} on real rows, from training ${score(main.trtr)}`;
    if (isFewer) {
      const text = `${lead}, but they are ${count(rows.synthetic)} against ${count(rows.train)}: as many would be a fair comparison.`;
      return [{ tone: 'note', text }];
    }
    const augmented = tone === 'note' ? [] : augmentedSentence(trees, name, noise);
    return [{ tone, text: `${lead}${ending[tone]}.` }, ...augmented];
  },

  part: { id: 'learning', name: 'Learning', markup: utilityPart },
};

/** R² or AUC: the first of a learner's scores. */
function firstScore(found: UtilitySection, name: 'trees' | 'linear', source: 'tstr' | 'augmented'): Figure | null {
  const main = found?.learners.find(({ learner }) => learner === name)?.scores[0];
  return main ? { value: main[source], reference: main.trtr } : null;
}

const ending: Record<Sentence['tone'], string> = {
  good: ': they teach nearly as much',
  fair: ': they teach most of it',
  poor: ': much of what ties the target to the other columns is lost',
  note: ', where there is nothing to learn',
};

function augmentedSentence(trees: LearnerUtility, name: string, noise: number): Sentence[] {
  const { augmented, trtr } = trees.scores[0]!;
  if (augmented === null || trtr === null) return [];
  const gain = augmented - trtr;
  if (Math.abs(gain) <= Math.max(0.005, noise)) return [];
  const scores = `${name} ${score(augmented)} against ${score(trtr)}`;
  return gain > 0
    ? [{ tone: 'good', text: `Adding these rows to training helps: ${scores}.` }]
    : [{ tone: 'note', text: `Adding these rows to training does not help: ${scores}.` }];
}

/** Null without a target, without unseen rows, or where the target does not vary. */
function measureUtility(tables: Tables): UtilitySection {
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

// The report's section on utility: what models that learned from the rows are worth on real ones.

const learnerNames = { trees: 'boosted trees', linear: 'linear model' } as const;
const scoreNames = { auc: 'ROC AUC', averagePrecision: 'average precision', f1: 'F1', r2: 'R²', rmse: 'RMSE' } as const;
const sources = [
  ['tstr', 'synthetic', 'synthetic'],
  ['trtr', 'training', 'test'],
  ['augmented', 'both together', 'augmented'],
] as const;

function utilityPart(utility: UtilitySection): Markup | null {
  if (utility === null || utility.learners.length === 0) return null;
  const { target, testRows, seeds, learners } = utility;
  return html`<section>
<h2>Learning to predict ${target}</h2>
<p class="soft">Models learn from the synthetic rows, from training rows, and from both together, and predict ${plural(testRows, 'real test row')} that neither
held. Trees: the mean of ${plural(seeds, 'seed')}. At most ${count(utility.trainRows)} rows to learn from.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Scores on real rows">
<table>
<thead><tr><th scope="col">learned from</th>${sources.map(([, name]) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${learners.flatMap((learner) => learner.scores.map((each, i) => scoreRow(learner, each, i)))}</tbody>
</table>
</div>
<div class="figures wide-figures">${learners.map(curves)}</div>
${learners.map(classTable)}
</section>`;
}

function scoreRow({ learner, deviation }: LearnerUtility, each: LearnerUtility['scores'][number], i: number): Markup {
  const cells = sources.map(([source]) => {
    const spread =
      i === 0 && deviation[source] ? html` <span class="soft">± ${score(deviation[source]!)}</span>` : null;
    return html`<td class="number${source === 'trtr' ? ' reference' : ''}">${score(each[source])}${spread}</td>`;
  });
  return html`<tr><th scope="row">${scoreNames[each.name]} <span class="kind">${learnerNames[learner]}</span></th>${cells}</tr>\n`;
}

function curves({ learner, curves }: LearnerUtility): Markup | null {
  if (curves === null) return null;
  const series = sources.flatMap(([source, name, className]): Series[] => {
    const values = curves[source];
    return values === null ? [] : [{ name, className, points: evenly(values) }];
  });
  const text = (share: number) => `${Math.round(share * 100)} %`;
  return curveChart(series, {
    title: `ROC on real rows, ${learnerNames[learner]}`,
    x: { title: 'false positives', end: 1, text },
    y: { title: 'true positives', end: 1, text },
    diagonal: true,
  });
}

function classTable({ learner, classes }: LearnerUtility): Markup | null {
  if (classes === null) return null;
  return html`<details><summary>Each class, ${learnerNames[learner]}</summary><div class="scroll" tabindex="0" role="region" aria-label="Each class"><table>
<tr><th>class</th>${sources.flatMap(([, name]) => ['AUC', 'precision', 'recall', 'F1'].map((what) => html`<th class="number">${what}, ${name}</th>`))}</tr>
${classes.map(
  (each) =>
    html`<tr><td>${each.class}</td>${sources.map(([source]) => {
      const of = each[source];
      return [of?.auc, of?.precision, of?.recall, of?.f1].map((x) => html`<td class="number">${score(x ?? null)}</td>`);
    })}</tr>\n`,
)}</table></div></details>`;
}
