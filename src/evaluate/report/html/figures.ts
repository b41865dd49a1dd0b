/** The report's opening: one card a headline figure, with the real test rows in grey and the baselines as faint dots. It knows the report. */
import type { Pillar } from '../figure-schema.ts';
import { goodness, type Headline, headlines } from '../headlines.ts';
import type { ReportData } from '../report.ts';
import { at } from './charts.ts';
import { html, type Markup } from './markup.ts';

const pillars: Record<Pillar, string> = {
  fidelity: 'Fidelity: does it look like the real table?',
  utility: 'Utility: can one learn from it?',
  privacy: 'Privacy: does it give real rows away?',
};

export function cards(report: ReportData): Markup {
  const all = headlines(report);
  const key = html`<ul class="key"><li><span class="mark own"></span>synthetic rows</li>${
    report.rows.test === null
      ? null
      : html`<li><span class="mark real"></span>real test rows (for learning: training rows)</li>`
  }${report.baselines.length === 0 ? null : html`<li><span class="mark base"></span>simple baselines</li>`}</ul>`;
  return html`<section aria-label="Scores">${(Object.keys(pillars) as Pillar[]).map((pillar) => {
    const own = all.filter((headline) => headline.pillar === pillar);
    if (own.length === 0) return null;
    return html`<h2>${pillars[pillar]}</h2>${pillar === 'fidelity' ? key : null}
<ul class="cards">${own.map((headline) => card(headline, report))}</ul>\n`;
  })}</section>`;
}

function card(headline: Headline, { rows, baselines }: ReportData): Markup {
  const { key, label, meaning, text, figure, pillar } = headline;
  const others = baselines.flatMap(({ name, figures }) => {
    const value = figures[key] ?? null;
    return value === null ? [] : [{ name, value }];
  });
  const said = pillar === 'utility' ? 'from training' : 'real test rows';
  const reference = rows.test === null ? null : html`<div class="reference">${said} ${text(figure.reference)}</div>`;
  const tip = [
    `${label}: ${text(figure.value)}`,
    ...(figure.reference === null ? [] : [`${said} ${text(figure.reference)}`]),
    ...others.map(({ name, value }) => `${name} ${text(value)}`),
  ].join(' \u00b7 ');
  return html`<li tabindex="0" data-tip="${tip}"><h3>${label}</h3><strong>${text(figure.value)}</strong>${reference}${strip(headline, others)}<div class="meaning">${meaning}</div></li>\n`;
}

/** All on one line, from the worst to the best of them, the better end to the right; nothing where there is only one. */
function strip({ better, figure }: Headline, others: readonly { value: number }[]): Markup | null {
  if (figure.value === null || (figure.reference === null && others.length === 0)) return null;
  const best = better === 'higher' ? Math.max(1, figure.value) : better === 'half' ? -0.5 : 0;
  const all = [
    figure.value,
    ...(figure.reference === null ? [] : [figure.reference]),
    ...others.map(({ value }) => value),
  ];
  const worst = Math.min(...all.map((value) => goodness({ better }, value)), best - 0.02);
  const x = (value: number) => at(5 + ((goodness({ better }, value) - worst) / (best - worst)) * 150);
  return html`<svg class="strip" viewBox="0 0 160 14" aria-hidden="true"><path class="track" d="M5 7H155"/>${others.map(({ value }) => html`<circle class="base" cx="${x(value)}" cy="7" r="3"/>`)}${
    figure.reference === null ? null : html`<path class="tick" d="M${x(figure.reference)} 1V13"/>`
  }<circle class="dot" cx="${x(figure.value)}" cy="7" r="4"/></svg>`;
}

// The report's table of headline figures beside those of the baselines.

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
