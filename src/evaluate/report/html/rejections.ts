/** The report's section on rows that would not do for the schema: how many, and why. It knows the report. */
import { count, percent, plural } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { html, type Markup } from './markup.ts';

export function rejectionSection({ rejections }: ReportData): Markup | null {
  if (rejections === null) return null;
  const { rows, reasons } = rejections;
  const rejected = reasons.reduce((sum, reason) => sum + reason.count, 0);
  if (rejected === 0) {
    return html`<section>
<h2>Rows that would be rejected</h2>
<p class="soft">None: each of ${plural(rows, 'row')} fits the schema that the model learned, and keeps its rules.</p>
</section>`;
  }
  return html`<section>
<h2>Rows that would be rejected</h2>
<p class="soft">${count(rejected)} of ${plural(rows, 'row')}, ${percent(rejected / rows)}, do not fit the schema that the model learned; a row counts once, with
the first that is wrong with it.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Rejections">
<table>
<thead><tr><th scope="col">reason</th><th scope="col">column or rule</th><th scope="col" class="number">rows</th><th scope="col" class="number">share</th></tr></thead>
<tbody>
${reasons.map(
  ({ code, column, rule, count: of }) =>
    html`<tr><th scope="row">${code.replaceAll('-', ' ')}</th><td>${rule ?? column ?? ''}</td><td class="number">${count(of)}</td><td class="number">${percent(of / rows)}</td></tr>\n`,
)}</tbody>
</table>
</div>
</section>`;
}
