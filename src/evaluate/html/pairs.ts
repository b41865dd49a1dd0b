/** The report's map of column pairs and its list of the weakest. It knows the report, not how a pair is scored. */
import { percent } from '../number-text.ts';
import type { PairFigure, ReportData } from '../report.ts';
import { type HeatCell, heatBounds, heatMap } from './charts.ts';
import { html, type Markup } from './markup.ts';

const weakestShown = 12;
const longestLabel = 18;

export function pairSection(report: ReportData): Markup | null {
  const { pairs } = report.columnPairTrends;
  if (pairs.length === 0) return null;
  const tested = report.rows.test !== null;
  return html`<section>
<h2>Pairs of columns</h2>
<p class="soft">${tested ? 'Below the diagonal the synthetic rows, above it the real test rows: a perfect model makes the map symmetric.' : 'How alike each pair of columns moves together.'}</p>
${heatKey()}
<div class="scroll" tabindex="0" role="region" aria-label="Map of column pairs">${pairMap(report, tested)}</div>
<h2>Pairs furthest off</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Pairs furthest off">${weakest(pairs, tested)}</div>
</section>`;
}

function pairMap(report: ReportData, tested: boolean): Markup {
  const { pairs } = report.columnPairTrends;
  const names = report.columnShapes.columns.map(({ column }) => column);
  const byNames = new Map(pairs.map((pair) => [JSON.stringify(pair.columns), pair]));
  const cellAt = (row: number, column: number): HeatCell | null => {
    const reference = column > row;
    if (row === column || (reference && !tested)) return null;
    const pair = byNames.get(JSON.stringify([names[Math.min(row, column)], names[Math.max(row, column)]]))!;
    return { score: reference ? pair.reference : pair.value, title: titleOf(pair) };
  };
  return heatMap(names.map(shorten), cellAt);
}

function titleOf({ columns, value, reference }: PairFigure): string {
  const test = reference === null ? '' : `, real test rows ${percent(reference)}`;
  return `${columns.map(shorten).join(' with ')}: ${percent(value)}${test}`;
}

function shorten(name: string): string {
  const letters = [...name];
  return letters.length <= longestLabel ? name : `${letters.slice(0, longestLabel - 1).join('')}…`;
}

function heatKey(): Markup {
  const bounds = heatBounds.map((bound) => `${Math.round(bound * 100)} %`);
  const labels = bounds.map((bound, i) => (i === 0 ? `below ${bound}` : `${bounds[i - 1]} to ${bound}`));
  const keys = [...labels, `from ${bounds.at(-1)}`].map((label, i) => [`q${i}`, label] as const);
  return html`<ul class="key">${[...keys, ['qn', 'undefined: a constant column'] as const].map(
    ([name, label]) => html`<li><span class="swatch ${name}"></span>${label}</li>`,
  )}</ul>`;
}

function weakest(pairs: readonly PairFigure[], tested: boolean): Markup {
  const rows = pairs
    .filter(({ value }) => value !== null)
    .sort((a, b) => a.value! - b.value!)
    .slice(0, weakestShown);
  return html`<table>
<thead><tr><th scope="col">pair</th><th scope="col" class="number">score</th>${tested ? html`<th scope="col" class="number">real test rows</th>` : null}
<th scope="col" class="wide">compared by</th><th scope="col" class="number">dependence in training</th></tr></thead>
<tbody>
${rows.map(
  ({
    columns,
    value,
    reference,
    metric,
    strength,
  }) => html`<tr><th scope="row">${columns[0]} <span class="kind">with</span> ${columns[1]}</th>
<td class="number">${percent(value)}</td>${tested ? html`<td class="number reference">${percent(reference)}</td>` : null}
<td class="wide soft">${metric === 'CorrelationSimilarity' ? 'correlation' : 'contingency table'}</td><td class="number soft">${strength === null ? '–' : strength.toFixed(2)}</td></tr>\n`,
)}</tbody>
</table>`;
}
