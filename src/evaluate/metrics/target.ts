/**
 * The label's own figures: is it spread as in training, and does it still go with the other columns? Trains nothing:
 * whether a classifier can learn from the rows is measured in utility/.
 */
import { z } from 'zod';
import { isCoded } from '../../table/schema.ts';
import { figureSchema, kind, list, type PerTable, perTable } from '../report/figure-schema.ts';
import { tableKey, twinBars } from '../report/html/charts.ts';
import { html, type Markup } from '../report/html/markup.ts';
import { moment, percent, quantity } from '../report/number-text.ts';
import { beside, scoreTone, worse } from '../report/verdict/rating.ts';
import { categoryShares, cellsOf, eachTable, presentSorted, quantile } from './distributions.ts';
import { columnPairTrends, meanByTrainingBins } from './fidelity/column-pair-trends.ts';
import { columnShape } from './fidelity/column-shapes.ts';
import { figure, measureBoth, type Tables } from './figure.ts';
import type { Metric } from './metric.ts';

/** The label's own figures: its shape, the mean trend of the pairs it is in, and its classes or quartiles. */
const section = z.strictObject({
  column: z.string(),
  kind,
  shape: figureSchema,
  trends: figureSchema,
  /** For a boolean or category: training's classes, most frequent first, and their shares of the present cells. */
  classes: list(perTable(z.number()).extend({ value: z.string() })).nullable(),
  /** For a number or datetime: the 25, 50 and 75 % quantiles. */
  quartiles: perTable(list(z.number())).nullable(),
});

type TargetSection = z.infer<typeof section>;

export const targetMetric: Metric<TargetSection | null> = {
  pillar: 'fidelity',
  schema: section.nullable(),
  measure: measureTarget,

  headlines: [
    {
      key: 'targetPairs',
      label: 'Pairs with the target',
      meaning: 'the same, over pairs that the target is part of',
      better: 'higher',
      of: (target) => target?.trends ?? null,
    },
  ],

  judge(target, rows) {
    if (target === null) return [];
    const tone = worse(scoreTone(target.shape, rows), scoreTone(target.trends, rows));
    const rarest = target.classes?.at(-1);
    const share = rarest
      ? `, its rarest class "${rarest.value}" being ${percent(rarest.synthetic)} of the rows (training: ${percent(rarest.train)})`
      : '';
    const trends =
      target.trends.value === null ? '' : `, and its pairs with the other columns to ${beside(target.trends)}`;
    return [
      { tone, text: `The target "${target.column}" matches training to ${beside(target.shape)}${share}${trends}.` },
    ];
  },

  part: { id: 'target', name: 'Target', markup: targetPart },
};

const classesShown = 30;

function measureTarget(tables: Tables): TargetSection | null {
  const { target } = tables;
  if (target === null) return null;
  const { name, kind } = tables.train.schema.columns[target]!;
  const [shape, testShape] = measureBoth(tables, (train, judged) => {
    return columnShape(train, judged, target)!.score;
  });
  const [trends, testTrends] = measureBoth(tables, (train, judged) => {
    return meanByTrainingBins(columnPairTrends(train, judged, target));
  });
  return {
    column: name,
    kind,
    shape: figure(shape, testShape),
    trends: figure(trends, testTrends),
    ...spread(tables, target),
  };
}

function spread(tables: Tables, target: number): Pick<TargetSection, 'classes' | 'quartiles'> {
  const column = tables.train.schema.columns[target]!;
  if (!isCoded(column)) {
    const sorted = eachTable(cellsOf<Float64Array>(tables, target), presentSorted);
    if (Object.values(sorted).some((cells) => cells?.length === 0)) return { classes: null, quartiles: null };
    return { classes: null, quartiles: eachTable(sorted, (cells) => [0.25, 0.5, 0.75].map((q) => quantile(cells, q))) };
  }
  const { codes, shares } = categoryShares(cellsOf(tables, target), column.values.length, classesShown);
  const classes = codes.map((code, i) => ({
    value: column.values[code]!,
    ...eachTable(shares, (each) => each[i]!),
  }));
  return { classes, quartiles: null };
}

// The report's section on the label: its classes or quartiles in each table.

function targetPart(target: TargetSection | null, rows: PerTable<number>): Markup | null {
  if (target === null) return null;
  const test = rows.test !== null;
  const reference = (share: number | null) => (test ? ` (real test rows ${percent(share)})` : '');
  return html`<section>
<h2>The target: ${target.column}</h2>
<p class="soft">Its shape matches training to ${percent(target.shape.value)}${reference(target.shape.reference)}, its pairs with the other columns
to ${percent(target.trends.value)}${reference(target.trends.reference)}.</p>
${target.classes && classTable(target.classes, test)}
${target.quartiles && quartileTable(target, target.quartiles)}
</section>`;
}

function classTable(classes: NonNullable<TargetSection['classes']>, test: boolean): Markup {
  const top = Math.max(...classes.flatMap(({ train, synthetic }) => [train, synthetic]));
  return html`${tableKey}
<div class="scroll" tabindex="0" role="region" aria-label="Classes">
<table class="classes">
<thead><tr><th scope="col">class</th><th scope="col" class="wide"></th><th scope="col" class="number">synthetic</th><th scope="col" class="number">training</th>${test ? html`<th scope="col" class="number">real test rows</th>` : null}</tr></thead>
<tbody>
${classes.map(
  (
    each,
  ) => html`<tr><th scope="row">${each.value}</th><td class="wide">${twinBars(each.train, each.synthetic, top)}</td>
<td class="number">${percent(each.synthetic)}</td><td class="number">${percent(each.train)}</td>${test ? html`<td class="number reference">${percent(each.test)}</td>` : null}</tr>\n`,
)}</tbody>
</table>
</div>`;
}

function quartileTable({ kind }: TargetSection, quartiles: PerTable<readonly number[]>): Markup {
  const span = quartiles.train[2]! - quartiles.train[0]!;
  const text = (x: number) => (kind === 'datetime' ? moment(x, span) : quantity(x));
  const rows = (
    [
      ['synthetic', quartiles.synthetic],
      ['training', quartiles.train],
      ['real test rows', quartiles.test],
    ] as const
  ).flatMap(([name, values]) => (values === null ? [] : [{ name, values }]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Quartiles">
<table>
<thead><tr><th scope="col"></th><th scope="col" class="number">lower quarter below</th><th scope="col" class="number">median</th><th scope="col" class="number">upper quarter above</th></tr></thead>
<tbody>
${rows.map(({ name, values }) => html`<tr><th scope="row">${name}</th>${values.map((x) => html`<td class="number">${text(x)}</td>`)}</tr>\n`)}</tbody>
</table>
</div>`;
}
