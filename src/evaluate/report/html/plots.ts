/** The pairs furthest off as scatter plots of counts: training beside the synthetic rows, dots as large as their share. */
import { moment, percent, quantity } from '../number-text.ts';
import type { PairPlot } from '../report.ts';
import { at } from './charts.ts';
import { html, type Markup } from './markup.ts';
import { roundTicks } from './ticks.ts';

export function pairPlots(plots: readonly PairPlot[], scoreOf: (plot: PairPlot) => number | null): Markup {
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
