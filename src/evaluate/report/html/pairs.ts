/** The report's maps of column pairs and its list of the weakest. It knows the report, not how a pair is scored. */
import { percent } from '../number-text.ts';
import type { PairFigure, ReportData } from '../report.ts';
import { type HeatCell, heatMap } from './charts.ts';
import { html, type Markup } from './markup.ts';
import { pairPlots } from './plots.ts';

const weakestShown = 12;
const longestLabel = 18;

export function pairSection(report: ReportData): Markup | null {
  const { pairs } = report.columnPairTrends;
  if (pairs.length === 0) return null;
  const tested = report.rows.test !== null;
  return html`<section>
<h2>Pairs furthest off</h2>
<p class="soft">The larger a dot, the more rows are there. Where a dot of training has no twin, the model has lost something; where only the
synthetic rows have one, it has invented something.</p>
${pairPlots(report.columnPairTrends.plots, ({ columns }) => pairs.find((pair) => pair.columns.join() === columns.join())?.trainingBins.value ?? null)}
<div class="scroll" tabindex="0" role="region" aria-label="Pairs furthest off">${weakest(pairs, tested)}</div>
<h2>All pairs of columns</h2>
<p class="soft">How strongly each pair of columns goes together: Pearson's correlation of two numeric columns, Cramér's V of any others, which
has no sign. ${tested ? 'In the last map, below the diagonal the synthetic rows are beside training, above it the real test rows.' : null}</p>
${foldedFrom(report.columnShapes.columns.length, maps(report, tested))}
</section>`;
}

/** Beyond so many columns the maps are taller than a screen each. */
const mostUnfolded = 30;

function foldedFrom(columns: number, markup: Markup): Markup {
  if (columns <= mostUnfolded) return markup;
  return html`<details><summary>Maps of ${columns} columns</summary>${markup}</details>`;
}

function maps(report: ReportData, tested: boolean): Markup {
  return html`${key(strengthKey)}
<div class="maps">
${pairMap(report, 'Training', (pair) => dependenceCell(pair, 'train'))}
${pairMap(report, 'Synthetic', (pair) => dependenceCell(pair, 'synthetic'))}
${pairMap(report, 'Difference from training', (pair) => differenceCell(pair, 'synthetic'), tested ? (pair) => differenceCell(pair, 'test') : null)}
</div>
${key(differenceKey)}`;
}

type CellOf = (pair: PairFigure) => HeatCell | null;

function pairMap(report: ReportData, title: string, below: CellOf, above: CellOf | null = below): Markup {
  const { pairs } = report.columnPairTrends;
  const names = report.columnShapes.columns.map(({ column }) => column);
  const byNames = new Map(pairs.map((pair) => [JSON.stringify(pair.columns), pair]));
  const cellAt = (row: number, column: number): HeatCell | null => {
    const cellOf = column > row ? above : below;
    if (row === column || cellOf === null) return null;
    return cellOf(byNames.get(JSON.stringify([names[Math.min(row, column)], names[Math.max(row, column)]]))!);
  };
  return html`<figure><h3>${title}</h3><div class="scroll" tabindex="0" role="region" aria-label="${title}">${heatMap(title, names.map(shorten), cellAt)}</div></figure>`;
}

const strengthBounds = [0.05, 0.15, 0.3, 0.5, 0.7];
const differenceBounds = [0.01, 0.03, 0.06, 0.12, 0.25];

function stepOf(size: number, bounds: readonly number[]): number {
  return bounds.filter((bound) => size >= bound).length;
}

/** Classes z (near 0), p1 to p5 and, for negative correlations, n1 to n5. */
function dependenceCell(pair: PairFigure, table: 'train' | 'synthetic'): HeatCell {
  const value = pair.dependence[table];
  const names = pair.columns.map(shorten).join(' with ');
  if (value === null) return { className: 'qn', tip: `${names}: none, a constant column` };
  const step = stepOf(Math.abs(value), strengthBounds);
  const className = step === 0 ? 'z' : `${value < 0 ? 'n' : 'p'}${step}`;
  return {
    className,
    tip: `${names}: ${value.toFixed(2)}${table === 'synthetic' ? `, in training ${textOf(pair.dependence.train)}` : ''}`,
  };
}

/** Classes z and e1 to e5. */
function differenceCell(pair: PairFigure, table: 'synthetic' | 'test'): HeatCell {
  const [own, train] = [pair.dependence[table], pair.dependence.train];
  const names = `${pair.columns.map(shorten).join(' with ')}${table === 'test' ? ', real test rows' : ''}`;
  if (own === null || train === null) return { className: 'qn', tip: `${names}: none, a constant column` };
  const step = stepOf(Math.abs(own - train), differenceBounds);
  const score = percent(table === 'test' ? pair.trainingBins.reference : pair.trainingBins.value);
  return {
    className: step === 0 ? 'z' : `e${step}`,
    tip: `${names}: ${own.toFixed(2)} against ${train.toFixed(2)} in training; trend score ${score}`,
  };
}

function textOf(value: number | null): string {
  return value === null ? 'none' : value.toFixed(2);
}

function shorten(name: string): string {
  const letters = [...name];
  return letters.length <= longestLabel ? name : `${letters.slice(0, longestLabel - 1).join('')}…`;
}

const strengthKey = [
  ['n5', 'to -1'],
  ['n3', 'about -0.4'],
  ['z', 'near 0'],
  ['p1', 'from 0.05'],
  ['p2', 'from 0.15'],
  ['p3', 'from 0.3'],
  ['p4', 'from 0.5'],
  ['p5', 'from 0.7'],
  ['qn', 'none: a constant column'],
] as const;

const differenceKey = [
  ['z', 'off by less than 0.01'],
  ['e1', 'from 0.01'],
  ['e2', 'from 0.03'],
  ['e3', 'from 0.06'],
  ['e4', 'from 0.12'],
  ['e5', 'from 0.25'],
] as const;

function key(entries: readonly (readonly [string, string])[]): Markup {
  return html`<ul class="key">${entries.map(([name, label]) => html`<li><span class="swatch ${name}"></span>${label}</li>`)}</ul>`;
}

function weakest(pairs: readonly PairFigure[], tested: boolean): Markup {
  const rows = pairs
    .filter(({ trainingBins }) => trainingBins.value !== null)
    .sort((a, b) => a.trainingBins.value! - b.trainingBins.value!)
    .slice(0, weakestShown);
  return html`<table>
<thead><tr><th scope="col">pair</th><th scope="col" class="number">score</th>${tested ? html`<th scope="col" class="number">real test rows</th>` : null}
<th scope="col" class="number">SDMetrics</th><th scope="col" class="wide">compared by</th><th scope="col" class="number">dependence in training</th></tr></thead>
<tbody>
${rows.map(
  ({
    columns,
    trainingBins,
    value,
    metric,
    strength,
  }) => html`<tr data-column="${columns.join(' ')}"><th scope="row">${columns[0]} <span class="kind">with</span> ${columns[1]}</th>
<td class="number">${percent(trainingBins.value)}</td>${tested ? html`<td class="number reference">${percent(trainingBins.reference)}</td>` : null}
<td class="number soft">${percent(value)}</td>
<td class="wide soft">${metric === 'CorrelationSimilarity' ? 'correlation' : 'contingency table'}</td><td class="number soft">${strength === null ? '–' : strength.toFixed(2)}</td></tr>\n`,
)}</tbody>
</table>`;
}
