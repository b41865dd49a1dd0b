/** Line charts as inline SVG, with axes, a key and slices that carry tooltips. */
import { at, roundTicks } from './charts.ts';
import { html, type Markup } from './markup.ts';

export interface Series {
  readonly name: string;
  /** Its class in the style sheet: synthetic, test, train or augmented. */
  readonly className: string;
  /** Ascending in x. */
  readonly points: readonly (readonly [number, number])[];
}

export interface CurveChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** A thin line from corner to corner, where chance would be. */
  readonly diagonal?: boolean;
}

interface Axis {
  readonly title: string;
  /** 0 unless given. */
  readonly start?: number;
  readonly end: number;
  readonly text: (value: number) => string;
}

const frame = { left: 58, top: 8, width: 280, height: 180, right: 22, bottom: 40 };
const slices = 24;

export function curveChart(series: readonly Series[], { title, x, y, diagonal }: CurveChart): Markup {
  const px = (value: number) => frame.left + shareOf(x, value) * frame.width;
  const py = (value: number) => frame.top + (1 - shareOf(y, value)) * frame.height;
  const [width, height] = [frame.left + frame.width + frame.right, frame.top + frame.height + frame.bottom];
  const rows = roundTicks(y.start ?? 0, y.end).map(
    (value) =>
      html`<path class="grid" d="M${frame.left} ${at(py(value))}h${frame.width}"/><text x="${frame.left - 6}" y="${at(py(value) + 4)}" class="end">${y.text(value)}</text>`,
  );
  const columns = roundTicks(x.start ?? 0, x.end).map(
    (value) =>
      html`<text x="${at(px(value))}" y="${frame.top + frame.height + 16}" class="middle">${x.text(value)}</text>`,
  );
  const lines = series.map(({ className, points }) => {
    const inside = points.filter(([value], i) => i === 0 || value <= x.end || points[i - 1]![0] <= x.end);
    const path = inside.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${at(px(a))} ${at(py(b))}`).join('');
    return html`<path class="curve ${className}" d="${path}"/>`;
  });
  const hits = Array.from({ length: slices }, (_, i) => {
    const value = valueOn(x, (i + 0.5) / slices);
    const parts = series.map(({ name, points }) => `${name} ${y.text(valueAt(points, value))}`);
    const tip = `${x.title} ${x.text(value)}: ${parts.join(', ')}`;
    return html`<rect class="hit" x="${at(frame.left + (i / slices) * frame.width)}" y="${frame.top}" width="${at(frame.width / slices)}" height="${frame.height}" data-tip="${tip}"/>`;
  });
  const chance = diagonal
    ? html`<path class="chance" d="M${frame.left} ${frame.top + frame.height}L${frame.left + frame.width} ${frame.top}"/>`
    : null;
  return html`<figure class="chart"><h3>${title}</h3>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${series.map(({ name }) => name).join(', ')}">${rows}${columns}
<text x="${frame.left + frame.width / 2}" y="${height - 6}" class="middle">${x.title}</text><text transform="translate(10 ${frame.top + frame.height / 2}) rotate(-90)" class="middle">${y.title}</text>
${chance}${lines}${hits}</svg>
<ul class="key">${series.map(({ name, className }) => html`<li><span class="swatch line ${className}"></span>${name}</li>`)}</ul></figure>\n`;
}

/** How far along the axis a value lies, from 0 to 1; one beyond its end lies there. */
function shareOf({ start = 0, end }: Axis, value: number): number {
  return (Math.min(value, end) - start) / (end - start);
}

function valueOn({ start = 0, end }: Axis, share: number): number {
  return start + share * (end - start);
}

/** Values at evenly spaced places from 0 to 1, as points. */
export function evenly(values: readonly number[]): [number, number][] {
  return values.map((value, i) => [i / (values.length - 1), value]);
}

/** Between the neighbouring points; beyond the ends, the end's own. */
function valueAt(points: Series['points'], x: number): number {
  const next = points.findIndex(([value]) => value > x);
  if (next < 0) return points.at(-1)![1];
  if (next === 0) return points[0]![1];
  const [[fromX, fromY], [toX, toY]] = [points[next - 1]!, points[next]!];
  return fromY + ((x - fromX) / (toX - fromX)) * (toY - fromY);
}
