/** The report's section on the label: its classes or quartiles in each table. It knows the report. */

import type { PerTable } from '../figure-schema.ts';
import { moment, percent, quantity } from '../number-text.ts';
import type { ReportData, TargetSection } from '../report.ts';
import { twinBars } from './charts.ts';
import { tableKey } from './distributions.ts';
import { html, type Markup } from './markup.ts';

export function targetFigures({ target, rows }: ReportData): Markup | null {
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
