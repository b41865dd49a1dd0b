/** The report's table of headline figures beside those of the baselines. It knows the report. */
import { goodness, headlines } from '../headlines.ts';
import type { ReportData } from '../report.ts';
import { html, type Markup } from './markup.ts';

export function baselineTable(report: ReportData): Markup | null {
  const { baselines, rows } = report;
  if (baselines.length === 0) return null;
  const tested = rows.test !== null;
  const all = headlines(report);
  return html`<section>
<h2>Beside simple generators</h2>
<p class="soft">The same figures of rows that simple generators made from the same training rows. What none of them reaches is what the
model is for. In bold: the best of the generated tables.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Baselines">
<table class="contest">
<thead><tr><th scope="col">figure</th><th scope="col" class="number">synthetic</th>${tested ? html`<th scope="col" class="number">real rows</th>` : null}${baselines.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>
${all.map(({ key, label, text, better, figure }) => {
  const values = [figure.value, ...baselines.map(({ figures }) => figures[key] ?? null)];
  const known = values.filter((value) => value !== null).map((value) => goodness({ better }, value));
  // Where all are alike none is best.
  const best = known.every((each) => each === known[0]) ? Number.NaN : Math.max(...known);
  const cell = (value: number | null) =>
    html`<td class="number${value !== null && goodness({ better }, value) === best ? ' best' : ''}">${text(value)}</td>`;
  const reference = tested ? html`<td class="number reference">${text(figure.reference)}</td>` : null;
  return html`<tr><th scope="row">${label}</th>${cell(values[0]!)}${reference}${values.slice(1).map(cell)}</tr>\n`;
})}</tbody>
</table>
</div>
</section>`;
}
