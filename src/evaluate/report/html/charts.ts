/**
 * The report's charts as inline SVG, coloured by classes (style.ts) so that light, dark and print share one drawing.
 */
import { html, type Markup } from './markup.ts';

/** Coordinates to a tenth of a unit: enough for the eye, a third of the bytes. */
export function at(x: number): string {
  return String(Math.round(x * 10) / 10);
}

/** Which mark is which table. */
export const tableKey = html`<ul class="key"><li><span class="swatch train"></span>training</li><li><span class="swatch synthetic"></span>synthetic</li></ul>`;

const chart = { width: 280, height: 88, gap: 6 };

/**
 * Two histograms over the same bins: `train` filled, `synthetic` as a line. The first and last share lie outside the
 * edges and get a slot of their own, set apart, when either table has any there.
 */
export function histogramChart(
  train: readonly number[],
  synthetic: readonly number[],
  label: string,
  tipOf: (slot: number) => string,
): Markup {
  const outside = [0, train.length - 1].map((i) => train[i]! > 0 || synthetic[i]! > 0);
  const { gap } = chart;
  const bins = train.length - 2;
  const slot = (binsSpan(train, synthetic).width * chart.width) / bins;
  const top = Math.max(...train, ...synthetic, 1e-9);
  const left = outside[0] ? slot + gap : 0;
  const spans = [
    ...(outside[0] ? [{ from: 0, shares: [0] }] : []),
    { from: left, shares: train.slice(1, -1).map((_, i) => i + 1) },
    ...(outside[1] ? [{ from: left + bins * slot + gap, shares: [bins + 1] }] : []),
  ];
  const outline = (table: readonly number[]) =>
    spans
      .map(({ from, shares }) => {
        const steps = shares.map((index, i) => {
          const y = at(chart.height - (table[index]! / top) * (chart.height - 3));
          return `V${y}H${at(from + (i + 1) * slot)}`;
        });
        return `M${at(from)} ${chart.height}${steps.join('')}V${chart.height}`;
      })
      .join('');
  const hits = spans.flatMap(({ from, shares }) =>
    shares.map(
      (index, i) =>
        html`<rect class="hit" x="${at(from + i * slot)}" width="${at(slot)}" height="${chart.height}" data-tip="${tipOf(index)}"/>`,
    ),
  );
  return html`<svg class="histogram" viewBox="0 0 ${chart.width} ${chart.height}" preserveAspectRatio="none" role="img" aria-label="${label}"><path class="train" d="${outline(train)}"/><path class="synthetic" d="${outline(synthetic)}"/>${hits}</svg>`;
}

/** Where the bins between the edges lie, as shares of the chart's width. */
export function binsSpan(train: readonly number[], synthetic: readonly number[]): { left: number; width: number } {
  const outside = [0, train.length - 1].map((i) => train[i]! > 0 || synthetic[i]! > 0);
  const extra = outside.filter(Boolean).length;
  const slot = (chart.width - extra * chart.gap) / (train.length - 2 + extra);
  return { left: (outside[0] ? slot + chart.gap : 0) / chart.width, width: (slot * (train.length - 2)) / chart.width };
}

/** Two bars, one above the other, on a common scale where `top` fills the width. */
export function twinBars(train: number, synthetic: number, top: number): Markup {
  const width = (share: number) => at(top === 0 ? 0 : (share / top) * 100);
  return html`<svg class="twin" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect class="train" width="${width(train)}" height="6"/><rect class="synthetic" y="7" width="${width(synthetic)}" height="5"/></svg>`;
}

/** A score as a dot on a line from `floor` to 1, with the reference, if any, as a grey tick. */
export function scoreLine(value: number, reference: number | null, floor: number): Markup {
  const x = (score: number) => at(3 + (Math.max(0, score - floor) / (1 - floor)) * 114);
  const tick = reference === null ? null : html`<path class="tick" d="M${x(reference)} 1V13"/>`;
  return html`<svg class="score" viewBox="0 0 120 14" aria-hidden="true"><path class="track" d="M3 7H117"/>${tick}<circle class="dot" cx="${x(value)}" cy="7" r="3.5"/></svg>`;
}

export interface HeatCell {
  /** Its class in the style sheet, which gives it its colour. */
  readonly className: string;
  readonly tip: string;
}

/** Cells as large as the map's room allows, and as small as can still be told apart. */
const cellSizes = { least: 12, most: 30, room: 180 };
/** Beyond this many columns a cell carries no tooltip, which would be most of the file's bytes. */
const maxTitledColumns = 40;

/** A square map of cells, `cellAt(row, column)` null where there is none. Columns' names stand above and to the left. */
export function heatMap(
  label: string,
  names: readonly string[],
  cellAt: (row: number, column: number) => HeatCell | null,
): Markup {
  const { least, most, room } = cellSizes;
  const cellSize = Math.round(Math.min(most, Math.max(least, room / names.length)));
  const labelRoom = 14 + 7.4 * Math.max(...names.map((name) => [...name].length));
  const middle = at(cellSize / 2 + 3.5);
  const side = names.length * cellSize;
  const titled = names.length <= maxTitledColumns;
  const rows = names.map((name, row) => {
    const cells = names.map((_, column) => {
      const cell = cellAt(row, column);
      if (cell === null) return null;
      const tip = titled ? html` data-tip="${cell.tip}"` : null;
      return html`<rect class="${cell.className}" x="${column * cellSize}"${tip}/>`;
    });
    return html`<g transform="translate(${labelRoom} ${labelRoom + row * cellSize})"><text x="-8" y="${middle}">${name}</text>${cells}</g>\n`;
  });
  const above = names.map((name, column) => {
    const x = labelRoom + column * cellSize + cellSize / 2 + 3.5;
    return html`<text class="above" transform="translate(${x} ${labelRoom - 8}) rotate(-90)">${name}</text>`;
  });
  const extent = labelRoom + side;
  return html`<svg class="heat" style="--cell: ${cellSize - 1}px" width="${extent}" height="${extent}" viewBox="0 0 ${extent} ${extent}" role="img" aria-label="${label}">${above}${rows}</svg>`;
}

// Round places for the ticks of an axis: 1, 2 or 5 times a power of ten apart.

/** At most `most` round numbers from `start` to `end`, ascending; the ends themselves where nothing round lies between. */
export function roundTicks(start: number, end: number, most = 6): number[] {
  const span = end - start;
  if (!(span > 0) || !Number.isFinite(span)) return [start];
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10, 20].map((times) => times * power).find((width) => span / width <= most - 1 + 1e-9) ?? span;
  const [first, last] = [Math.ceil(start / step - 1e-9), Math.floor(end / step + 1e-9)];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toFixed(Math.min(20, decimals))),
  );
  return ticks.length > 1 ? ticks : [start, end];
}
