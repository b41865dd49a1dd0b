/** The report's maps of column pairs and its list of the weakest. */

import type { PairPlot } from '../../metrics/fidelity/pair-plots.ts';
import type { Figure, PerTable } from '../figure-schema.ts';
import { moment, percent, quantity } from '../number-text.ts';
import { at, type HeatCell, heatMap, roundTicks } from './charts.ts';
import { html, type Markup } from './markup.ts';

/** Of the section on pairs (metrics/fidelity/column-pair-trends.ts), what is drawn. */
interface PairsSection {
  readonly pairs: readonly PairFigure[];
  readonly plots: readonly PairPlot[];
}

interface PairFigure extends Figure {
  readonly columns: readonly [string, string];
  readonly metric: 'CorrelationSimilarity' | 'ContingencySimilarity';
  readonly trainingBins: Figure;
  readonly strength: number | null;
  readonly dependence: PerTable<number | null>;
}

const weakestShown = 12;
const longestLabel = 18;

export function pairMaps({ pairs, plots }: PairsSection, rows: PerTable<number>): Markup | null {
  if (pairs.length === 0) return null;
  const tested = rows.test !== null;
  const names = [...new Set(pairs.flatMap(({ columns }) => columns))];
  return html`<section>
<h2>Pairs furthest off</h2>
<p class="soft">The larger a dot, the more rows are there. Where a dot of training has no twin, the model has lost something; where only the
synthetic rows have one, it has invented something.</p>
${pairPlots(plots, ({ columns }) => pairs.find((pair) => pair.columns.join() === columns.join())?.trainingBins.value ?? null)}
<div class="scroll" tabindex="0" role="region" aria-label="Pairs furthest off">${weakest(pairs, tested)}</div>
<h2>All pairs of columns</h2>
<p class="soft">How strongly each pair of columns goes together: Pearson's correlation of two numeric columns, Cramér's V of any others, which
has no sign. ${tested ? 'In the last map, below the diagonal the synthetic rows are beside training, above it the real test rows.' : null}</p>
${foldedFrom(names.length, maps(names, pairs, tested))}
</section>`;
}

/** Beyond so many columns the maps are taller than a screen each. */
const mostUnfolded = 30;

function foldedFrom(columns: number, markup: Markup): Markup {
  if (columns <= mostUnfolded) return markup;
  return html`<details><summary>Maps of ${columns} columns</summary>${markup}</details>`;
}

function maps(names: readonly string[], pairs: readonly PairFigure[], tested: boolean): Markup {
  return html`${key(strengthKey)}
<div class="maps">
${pairMap(names, pairs, 'Training', (pair) => dependenceCell(pair, 'train'))}
${pairMap(names, pairs, 'Synthetic', (pair) => dependenceCell(pair, 'synthetic'))}
${pairMap(names, pairs, 'Difference from training', (pair) => differenceCell(pair, 'synthetic'), tested ? (pair) => differenceCell(pair, 'test') : null)}
</div>
${key(differenceKey)}`;
}

type CellOf = (pair: PairFigure) => HeatCell | null;

function pairMap(
  names: readonly string[],
  pairs: readonly PairFigure[],
  title: string,
  below: CellOf,
  above: CellOf | null = below,
): Markup {
  const byNames = new Map(pairs.map((pair) => [JSON.stringify(pair.columns), pair]));
  const cellAt = (row: number, column: number): HeatCell | null => {
    const cellOf = column > row ? above : below;
    if (row === column || cellOf === null) return null;
    return cellOf(byNames.get(JSON.stringify([names[Math.min(row, column)], names[Math.max(row, column)]]))!);
  };
  return html`<figure><h3>${title}</h3><div class="scroll" tabindex="0" role="region" aria-label="${title}">${heatMap(title, names.map(shortLabel), cellAt)}</div></figure>`;
}

const strengthBounds = [0.05, 0.15, 0.3, 0.5, 0.7];
const differenceBounds = [0.01, 0.03, 0.06, 0.12, 0.25];

function stepOf(size: number, bounds: readonly number[]): number {
  return bounds.filter((bound) => size >= bound).length;
}

/** Classes z (near 0), p1 to p5 and, for negative correlations, n1 to n5. */
function dependenceCell(pair: PairFigure, table: 'train' | 'synthetic'): HeatCell {
  const value = pair.dependence[table];
  const names = pair.columns.map(shortLabel).join(' with ');
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
  const names = `${pair.columns.map(shortLabel).join(' with ')}${table === 'test' ? ', real test rows' : ''}`;
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

const shortLabel = (name: string) => shorten(name, longestLabel);

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

// The pairs furthest off as scatter plots of counts: training beside the synthetic rows, dots as large as their
// share.

function pairPlots(plots: readonly PairPlot[], scoreOf: (plot: PairPlot) => number | null): Markup {
  return html`<div class="plots">${plots.map(
    (
      plot,
    ) => html`<figure data-column="${plot.columns.join(' ')}"><div class="title"><h3>${plot.columns[0]} <span class="kind">with</span> ${plot.columns[1]}</h3><b>${percent(scoreOf(plot))}</b></div>
<div class="twins">${scatter(plot, 'train', 'training')}${scatter(plot, 'synthetic', 'synthetic')}</div></figure>\n`,
  )}</div>`;
}

const frame = { left: 64, top: 18, side: 170, right: 10, bottom: 34 };

function scatter({ columns, x, y, shares }: PairPlot, table: 'train' | 'synthetic', name: string): Markup {
  const [columnWidth, rowHeight] = [frame.side / slotsOf(x), frame.side / slotsOf(y)];
  const most = Math.max(...[...shares.train, ...shares.synthetic].map(([, , share]) => share!), 1e-9);
  const widest = Math.max(2.2, Math.min(columnWidth, rowHeight) * 0.62);
  const base = frame.top + frame.side;
  const dots = shares[table].map(([i, j, share]) => {
    const radius = Math.max(0.8, widest * Math.sqrt(share! / most));
    return html`<circle cx="${at(frame.left + (i! + 0.5) * columnWidth)}" cy="${at(base - (j! + 0.5) * rowHeight)}" r="${at(radius)}"/>`;
  });
  const [width, height] = [frame.left + frame.side + frame.right, base + frame.bottom];
  const xTicks = marksOf(x, 4).map(
    ({ text, share }) =>
      html`<text x="${at(frame.left + share * frame.side)}" y="${base + 13}" class="middle">${text}</text>`,
  );
  const yTicks = marksOf(y, 5).map(
    ({ text, share }) =>
      html`<text x="${frame.left - 5}" y="${at(base - share * frame.side + 3.5)}" class="end">${text}</text>`,
  );
  return html`<svg class="plot ${table}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${columns.join(' with ')}, ${name}"><text class="name" x="${frame.left}" y="11">${name}</text><rect class="frame" x="${frame.left}" y="${frame.top}" width="${frame.side}" height="${frame.side}"/>${dots}${xTicks}${yTicks}<text x="${frame.left + frame.side / 2}" y="${height - 5}" class="middle axis-name">${shorten(columns[0], 30)}</text></svg>`;
}

function slotsOf(axis: PairPlot['x']): number {
  return axis.type === 'numbers' ? axis.bins : Math.max(1, axis.values.length);
}

/** Round numbers, or the categories, no more than there is room for. */
function marksOf(axis: PairPlot['x'], most: number): { text: string; share: number }[] {
  if (axis.type === 'categories') {
    const every = Math.ceil(axis.values.length / (most * 2));
    return axis.values.flatMap((value, i) =>
      i % every === 0
        ? [
            {
              text: shorten(value, most === 4 && axis.values.length > 3 ? 6 : 10),
              share: (i + 0.5) / axis.values.length,
            },
          ]
        : [],
    );
  }
  const { kind, low, high } = axis;
  const span = high - low || 1;
  const isTime = kind === 'datetime';
  const ticks = isTime ? [low, high] : roundTicks(low, high, most);
  const text = (value: number) => (isTime ? moment(value, span) : quantity(value));
  return ticks.map((value) => ({
    text: text(value),
    share: Math.min(0.95, Math.max(isTime ? 0.1 : 0, (value - low) / span)),
  }));
}

function shorten(name: string, longest: number): string {
  const letters = [...name];
  return letters.length <= longest ? name : `${letters.slice(0, longest - 1).join('')}…`;
}
