/** The report's figures: one card a headline, beside those of the real test rows and of the baselines; its table of columns, and how each is spread. */
import type { Distribution, Figure, PerTable, Pillar } from '../figure-schema.ts';
import { goodness, type Headline, headlines } from '../headlines.ts';
import { moment, percent, quantity } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { scoreTone } from '../verdict/rating.ts';
import { at, binsSpan, histogramChart, roundTicks, scoreLine, tableKey, twinBars } from './charts.ts';
import { showAll } from './contents.ts';
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

// The report's table of columns, furthest off first.

const columnsShown = 20;

interface ColumnRow {
  readonly column: string;
  readonly kind: string;
  readonly shape: Figure | null;
  readonly validity: Figure | null;
  readonly missing: ReportData['missingValues']['columns'][number];
}

export function columnTable(report: ReportData): Markup {
  const rows = columnRows(report);
  const lowest = Math.min(0.9, ...rows.flatMap(({ shape }) => [shape?.value ?? 1, shape?.reference ?? 1]));
  const floor = Math.floor(lowest * 10) / 10;
  const tested = report.rows.test !== null;
  const ends = html`<div class="ends"><span>${percent(floor).replace('.0', '')}</span><span>100 %</span></div>`;
  const reference = tested ? html`<th scope="col" class="number">real test rows</th>` : null;
  return html`<section>
<h2>Columns, furthest off first</h2>
<p class="soft">How alike each column is to training, the share of its cells that training allows, and its missing cells.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Columns">
<table>
<thead><tr><th scope="col">column</th><th scope="col" class="wide">${ends}</th><th scope="col" class="number">shape</th>${reference}
<th scope="col" class="number">valid</th><th scope="col" class="number">missing</th><th scope="col" class="number">in training</th></tr></thead>
<tbody>
${rows.map((row, i) => tableRow(row, floor, i < columnsShown, report))}</tbody>
</table>
</div>
${showAll(rows.length, columnsShown, 'columns')}
</section>`;
}

/** Columns without a shape (text, or nothing to compare) come last. */
function columnRows(report: ReportData): ColumnRow[] {
  const shapes = new Map(report.columnShapes.columns.map((each) => [each.column, each]));
  const validities = new Map(report.validity.columns.map((each) => [each.column, each]));
  const rows = report.missingValues.columns.map((missing, i) => ({
    column: missing.column,
    kind: report.distributions[i]!.kind,
    shape: shapes.get(missing.column) ?? null,
    validity: validities.get(missing.column) ?? null,
    missing,
  }));
  return rows.sort((a, b) => (a.shape?.value ?? 2) - (b.shape?.value ?? 2));
}

function tableRow(
  { column, kind, shape, validity, missing }: ColumnRow,
  floor: number,
  isShown: boolean,
  { rows, target }: ReportData,
): Markup {
  const tested = rows.test !== null;
  const value = shape?.value ?? null;
  const line = value === null ? null : scoreLine(value, shape!.reference, floor);
  const reference = tested ? html`<td class="number reference">${percent(shape?.reference ?? null)}</td>` : null;
  const tone = shape === null ? 'note' : scoreTone(shape, rows);
  const mark = column === target?.column ? html` <span class="label">target</span>` : null;
  return html`<tr data-column="${column}"${isShown ? null : html` class="more"`}><th scope="row">${column} <span class="kind">${kind}</span>${mark}</th><td class="wide">${line}</td>
<td class="number"><span class="tone-${tone}">${percent(value)}</span></td>${reference}<td class="number">${percent(validity?.value ?? null)}</td>
<td class="number">${percent(missing.synthetic)}</td><td class="number reference">${percent(missing.train)}</td></tr>\n`;
}

// The report's small multiples: how each column is spread in training and in the synthetic table.

type Histogram = Extract<Distribution, { type: 'histogram' }>;
type Categories = Extract<Distribution, { type: 'categories' }>;

const figuresShown = 12;

/** In the order of the table of columns. A column without a distribution has no figure. */
export function distributionFigures(report: ReportData): Markup | null {
  const rows = columnRows(report);
  const byName = new Map(report.distributions.map((each) => [each.column, each]));
  const figures = rows.flatMap(({ column, shape, missing }, i) => {
    const distribution = byName.get(column)!;
    if (distribution.type === 'none') return [];
    const chart = distribution.type === 'histogram' ? histogram(distribution) : categoryBars(distribution);
    const folded = i < figuresShown ? null : html` class="more"`;
    return html`<figure data-column="${column}"${folded}>
<div class="title"><h3>${column}</h3><b>${percent(shape?.value ?? null)}</b></div>
<figcaption>${distribution.kind}${missingNote(missing)}</figcaption>
${chart}
${numbers(distribution)}
</figure>\n`;
  });
  if (figures.length === 0) return null;
  return html`<section>
<h2>Distributions</h2>
${tableKey}
<div class="figures">
${figures}</div>
${showAll(figures.length, figuresShown, 'columns')}
</section>`;
}

function missingNote({ train, synthetic }: PerTable<number>): string {
  if (train === 0 && synthetic === 0) return '';
  return `, missing: ${percent(synthetic)}, in training ${percent(train)}`;
}

function histogram({ column, kind, edges, shares }: Histogram): Markup {
  const text = edgeText(kind, edges);
  const whole = kind === 'integer' && edges.length > 1 ? 0.5 : 0;
  const ends = [edges[0]! + whole, edges.at(-1)! - whole].map(text);
  const labels = new Map(
    binLabels({ column, kind, type: 'histogram', edges, shares }).map((bin) => [bin.index, bin.label]),
  );
  const tip = (slot: number) =>
    `${labels.get(slot) ?? 'neither'}: synthetic ${percent(shares.synthetic[slot]!)}, training ${percent(shares.train[slot]!)}`;
  return html`${histogramChart(shares.train, shares.synthetic, `Distribution of ${column}`, tip)}
${kind === 'datetime' ? html`<div class="axis"><span>${ends[0]!}</span><span>${ends[1]!}</span></div>` : roundAxis(edges, shares)}${outsideNote(shares)}`;
}

/** Round numbers below the bins, which lie between slots for what is outside, where there are any (charts.ts). */
function roundAxis(edges: readonly number[], shares: PerTable<readonly number[]>): Markup {
  const [low, high] = [edges[0]!, edges.at(-1)!];
  const { left, width } = binsSpan(shares.train, shares.synthetic);
  const ticks = roundTicks(low, high, 6).map((value) => {
    const place = left + ((value - low) / (high - low)) * width;
    return html`<span style="left:${at(place * 100)}%">${quantity(value)}</span>`;
  });
  return html`<div class="ticks">${ticks}</div>`;
}

function outsideNote({ train, synthetic }: PerTable<readonly number[]>): Markup | null {
  const outside = (shares: readonly number[]) => shares[0]! + shares.at(-1)!;
  if (outside(train) === 0 && outside(synthetic) === 0) return null;
  const text = `beyond these ends: ${percent(outside(synthetic))}, in training ${percent(outside(train))}`;
  return html`<div class="soft outside">${text}</div>`;
}

function categoryBars(distribution: Categories): Markup {
  const { shares } = distribution;
  const top = Math.max(...shares.train, ...shares.synthetic);
  const bars = slots(distribution).map(
    ({ label, rest, index }) =>
      html`<span${rest ? html` class="rest"` : null} title="${label}">${label}</span>${twinBars(shares.train[index]!, shares.synthetic[index]!, top)}<span class="number">${percent(shares.synthetic[index]!)}</span><span class="number soft">${percent(shares.train[index]!)}</span>\n`,
  );
  return html`<div class="bars">${bars}</div>`;
}

/** The categories, then what is left over, where there is any. */
function slots({ values, shares }: Categories): { label: string; rest: boolean; index: number }[] {
  const all = [
    ...values.map((label) => ({ label: label === '' ? '(empty)' : label, rest: label === '' })),
    { label: 'other categories', rest: true },
    { label: 'not in training', rest: true },
  ].map((slot, index) => ({ ...slot, index }));
  return all.filter(({ index }) => index < values.length || shares.train[index]! > 0 || shares.synthetic[index]! > 0);
}

/** The chart once more as numbers: for screen readers, and for whoever wants to know exactly. */
function numbers(distribution: Distribution): Markup | null {
  if (distribution.type === 'none') return null;
  const { shares } = distribution;
  const rows = distribution.type === 'histogram' ? binLabels(distribution) : slots(distribution);
  const test = shares.test;
  return html`<details><summary>Numbers</summary><table>
<tr><th></th><th class="number">synthetic</th><th class="number">training</th>${test && html`<th class="number">real test rows</th>`}</tr>
${rows.map(({ label, index }) => html`<tr><td>${label}</td><td class="number">${percent(shares.synthetic[index]!)}</td><td class="number">${percent(shares.train[index]!)}</td>${test && html`<td class="number">${percent(test[index]!)}</td>`}</tr>\n`)}</table></details>`;
}

function binLabels({ kind, edges, shares }: Histogram): { label: string; index: number }[] {
  const text = edgeText(kind, edges);
  const label = (index: number) => {
    if (index === 0) return `below ${text(edges[0]!)}`;
    if (index === edges.length) return `above ${text(edges.at(-1)!)}`;
    const [from, to] = [edges[index - 1]!, edges[index]!];
    if (kind !== 'integer') return `${text(from)} to ${text(to)}`;
    return to - from === 1 ? text(from + 0.5) : `${text(from + 0.5)} to ${text(to - 0.5)}`;
  };
  return shares.train
    .map((_, index) => ({ label: label(index), index }))
    .filter(({ index }) => shares.train[index]! > 0 || shares.synthetic[index]! > 0);
}

function edgeText(kind: string, edges: readonly number[]): (x: number) => string {
  const span = edges.at(-1)! - edges[0]!;
  return kind === 'datetime' ? (x) => moment(x, span) : quantity;
}
