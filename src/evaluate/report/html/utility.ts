/** The report's section on utility: what models that learned from the rows are worth on real ones. It knows the report. */
import { count, plural, score } from '../number-text.ts';
import type { LearnerUtility, ReportData } from '../report.ts';
import { curveChart, evenly, type Series } from './curves.ts';
import { html, type Markup } from './markup.ts';

const learnerNames = { trees: 'boosted trees', linear: 'linear model' } as const;
const scoreNames = { auc: 'ROC AUC', averagePrecision: 'average precision', f1: 'F1', r2: 'R²', rmse: 'RMSE' } as const;
const sources = [
  ['tstr', 'synthetic', 'synthetic'],
  ['trtr', 'training', 'test'],
  ['augmented', 'both together', 'augmented'],
] as const;

export function utilitySection({ utility }: ReportData): Markup | null {
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
