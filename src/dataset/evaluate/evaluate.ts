/** Judges new families beside the data set that they imitate, beside families that were held out, and beside independent children. */
import { z } from 'zod';
import { parseOptions } from '../../errors/check-options.ts';
import { optionError } from '../../errors/errors.ts';
import { html, Markup } from '../../evaluate/report/html/markup.ts';
import { reportStyle } from '../../evaluate/report/html/style.ts';
import { meanOfDefined } from '../../numeric/mean.ts';
import { createRandom } from '../../numeric/random.ts';
import { takeRows } from '../../table/select.ts';
import { parseChecks } from '../checks.ts';
import type { Dataset, LinkedTable } from '../dataset.ts';
import { columnNames } from '../fit.ts';
import { type Figure, type Measured, measure } from './measure.ts';

const dataset = z.custom<Dataset>((value) => typeof value === 'object' && value !== null && 'structure' in value, {
  error: 'must be a data set that readDataset read',
});
const evaluateOptions = z.strictObject({
  train: dataset,
  /** Read with `like: train`. */
  synthetic: dataset,
  /** Families that were not learned from, read like `train`. */
  test: dataset.optional(),
  baselines: z.boolean().default(true),
  seed: z.int().min(0).default(0),
});
export type EvaluateDatasetOptions = z.input<typeof evaluateOptions>;

export interface DatasetReport extends DatasetReportData {
  /** A few aligned lines for a terminal. */
  toText(): string;
  /** One page that needs no network. */
  toHtml(): string;
}

export function evaluateDataset(given: EvaluateDatasetOptions): DatasetReport {
  const { train, synthetic, test, baselines, seed } = parseOptions('evaluateDataset', evaluateOptions, given);
  for (const [option, other] of Object.entries({ synthetic, test })) {
    const lacking = other && [...train.tables.keys()].find((name) => !other.tables.has(name));
    if (lacking !== undefined) throw optionError('evaluateDataset', option, `has no table "${lacking}"`);
  }
  const checks = parseChecks(train.description, train.structure, columnNames(train), 'dataset');
  const rowsOf = (name: string, of: Dataset) => of.tables.get(name)!.table.rowCount;
  const data: DatasetReportData = {
    version: 1,
    tables: train.structure.order.map((name) => ({
      name,
      lookup: train.description.tables[name]!.lookup,
      parents: train.description.tables[name]!.parents.map(({ table, column }) => ({ table, column })),
      rows: { train: rowsOf(name, train), synthetic: rowsOf(name, synthetic), test: test ? rowsOf(name, test) : null },
    })),
    synthetic: measure(train, synthetic, checks, seed),
    test: test ? measure(train, test, checks, seed) : null,
    independent: baselines ? measure(train, independentChildren(train, seed), checks, seed) : null,
    seed,
  };
  return { ...data, toText: () => reportText(data), toHtml: () => reportPage(data) };
}

function reportText({ tables, synthetic, test, independent }: DatasetReportData): string {
  const sides = [
    ['synthetic', synthetic],
    ...(test ? [['held out', test] as const] : []),
    ...(independent ? [['independent', independent] as const] : []),
  ] as const;
  const rows = Object.entries(figureNames).flatMap(([key, name]) => {
    const { label, as } = name;
    const values = sides.map(([, side]) => meanFigure(side[key as keyof Measured]));
    return values[0] === null ? [] : [[label, ...values.map((value) => shown(value, as)), bestOf(name)]];
  });
  const sizes = tables.filter(({ lookup }) => !lookup).map(({ name, rows }) => `${name} ${rows.synthetic}`);
  const all = [['', ...sides.map(([name]) => name), 'best'], ...rows];
  const widths = all[0]!.map((_, i) => all.reduce((most, row) => Math.max(most, row[i]!.length), 0));
  const lines = all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return [`rows: ${sizes.join(', ')}`, '', ...lines].join('\n');
}

// The baseline: children that know nothing of their parents, in the right numbers.

/** Every table with an owner gets rows of its own at random, below owners as they are. */
function independentChildren(dataset: Dataset, seed: number): Dataset {
  const tables = new Map<string, LinkedTable>();
  for (const [index, name] of dataset.structure.order.entries()) {
    const linked = dataset.tables.get(name)!;
    const owner = dataset.structure.owners.get(name);
    if (!owner) {
      tables.set(name, linked);
      continue;
    }
    const random = createRandom(seed, 31, index);
    const rows = Int32Array.from({ length: linked.table.rowCount }, () => random.int(linked.table.rowCount));
    const parentRows = [...linked.parentRows].map(([column, parents]): [string, Int32Array] => [
      column,
      column === owner.column ? parents : rows.map((row) => parents[row]!),
    ]);
    tables.set(name, { ...linked, table: takeRows(linked.table, rows), parentRows: new Map(parentRows) });
  }
  return { ...dataset, tables };
}

// The report on a data set as one HTML page: its tables as a diagram, every figure beside held-out families, and
// figures by place.

const heldOutName = 'held-out families';

function reportPage(report: DatasetReportData): string {
  const sides = [
    { name: 'synthetic', figures: report.synthetic },
    ...(report.test ? [{ name: heldOutName, figures: report.test }] : []),
    ...(report.independent ? [{ name: 'independent children', figures: report.independent }] : []),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>tabletalk report: linked tables</title>
<style>${new Markup(reportStyle)}
.even th[scope="row"] { width: 32%; } details { margin: 14px 0; } summary { cursor: pointer; }</style>
</head>
<body>
<main>
<h1>How close are the new families to the real ones?</h1>
<p class="soft">A family is a row with all rows below it. Figures are means over tables and references; held-out families are real ones that
the model did not learn from, in the place of the synthetic ones.${report.test ? html` ${verdict(report.synthetic, report.test)}` : null}</p>
<h2>Tables</h2>
${diagram(report)}
<h2>Figures</h2>
${figureTable(sides)}
${Object.entries(figureNames).map(([key, name]) => placeTable(sides, key as keyof Measured, name))}
</main>
</body>
</html>
`;
  return page.text;
}

/** How many figures are as good as the held-out families'. */
function verdict(synthetic: Measured, test: Measured): Markup {
  const found = Object.entries(figureNames).flatMap(([key, name]) => {
    const [ours, theirs] = [synthetic, test].map((side) => meanFigure(side[key as keyof Measured]));
    return nearness(ours!, theirs!, name) ?? [];
  });
  const good = found.filter((near) => near === 'good').length;
  return html`<b>${good} of ${found.length} figures are within 2 points of theirs (0.05 where no share is meant), or better.</b>`;
}

interface Side {
  readonly name: string;
  readonly figures: Measured;
}

function figureTable(sides: readonly Side[]): Markup {
  const rows = Object.entries(figureNames).flatMap(([key, name]) => {
    const values = sides.map(({ figures }) => meanFigure(figures[key as keyof Measured]));
    if (values[0] === null) return [];
    const cells = cellsOf(sides, values, name);
    return [
      html`<tr><th scope="row">${name.label}</th>${cells}<td class="number reference">${bestOf(name)}</td></tr>\n`,
    ];
  });
  return html`<div class="scroll"><table class="even">
<thead><tr><th></th>${headsOf(sides)}<th class="number">best</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

const headsOf = (sides: readonly Side[]) => sides.map(({ name }) => html`<th class="number">${name}</th>`);

/** The synthetic families' figure is coloured by how near it is to the held-out ones'. */
function cellsOf(sides: readonly Side[], values: readonly (number | null)[], name: FigureName): Markup[] {
  const heldOut = values[sides.findIndex((side) => side.name === heldOutName)] ?? null;
  return values.map((value, i) => {
    const near = i === 0 ? nearness(value, heldOut, name) : null;
    return html`<td class="number ${near === null ? '' : `tone-${near}`}">${shown(value, name.as)}</td>`;
  });
}

/** One figure place by place, where there are several. */
function placeTable(sides: readonly Side[], key: keyof Measured, name: FigureName): Markup | null {
  const [first] = sides;
  const tells = first!.figures[key].some(({ telling }) => telling);
  if (first!.figures[key].length < 2 && !tells) return null;
  const rows = first!.figures[key].map(({ place, telling = [] }, i) => {
    const cells = cellsOf(
      sides,
      sides.map(({ figures }) => figures[key][i]?.value ?? null),
      name,
    );
    const columns = telling
      .filter(({ lost }) => lost >= leastLost)
      .map(({ column, lost }) => `${column} ${lost.toFixed(3)}`)
      .join(', ');
    return html`<tr><th scope="row">${place}</th>${cells}${tells ? html`<td class="soft">${columns}</td>` : null}</tr>\n`;
  });
  return html`<details><summary>${name.label}, place by place</summary><div class="scroll"><table class="even">
<thead><tr><th></th>${headsOf(sides)}${tells ? html`<th>what tells, and the AUC that it is worth</th>` : null}</tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}

/** Less is chance. */
const leastLost = 0.005;

const [boxWidth, boxHeight, gapX, gapY] = [168, 46, 28, 44];

/** Tables in rows, each below those that it refers to; lookup tables with a dashed edge. */
function diagram({ tables }: DatasetReportData): Markup {
  const depths = new Map<string, number>();
  for (const { name, parents } of tables) {
    const above = parents.filter(({ table }) => table !== name).map(({ table }) => depths.get(table) ?? 0);
    depths.set(name, above.length === 0 ? 0 : 1 + Math.max(...above));
  }
  const places = new Map<string, { x: number; y: number }>();
  const filled: number[] = [];
  for (const { name } of tables) {
    const depth = depths.get(name)!;
    const column = filled[depth] ?? 0;
    filled[depth] = column + 1;
    places.set(name, { x: column * (boxWidth + gapX) + 2, y: depth * (boxHeight + gapY) + 2 });
  }
  const width = Math.max(...filled) * (boxWidth + gapX);
  const height = filled.length * (boxHeight + gapY) - gapY + 4;
  const lines = tables.flatMap(({ name, parents }) =>
    parents.map(({ table }) => {
      const [from, to] = [places.get(table)!, places.get(name)!];
      const [x1, y1, x2, y2] = [from.x + boxWidth / 2, from.y + boxHeight, to.x + boxWidth / 2, to.y];
      return html`<path d="M${x1} ${y1} C${x1} ${y1 + gapY / 2} ${x2} ${y2 - gapY / 2} ${x2} ${y2}" fill="none" stroke="var(--soft)"/>`;
    }),
  );
  const boxes = tables.map(({ name, lookup, rows }) => {
    const { x, y } = places.get(name)!;
    const dashes = lookup ? '4 3' : 'none';
    const count = lookup ? `${rows.train} rows, kept` : `${rows.train} rows, ${rows.synthetic} new`;
    return html`<rect x="${x}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="6" fill="var(--panel)" stroke="var(--rule)" stroke-dasharray="${dashes}"/>
<text x="${x + 12}" y="${y + 20}" fill="var(--ink)" font-weight="600">${name}</text><text x="${x + 12}" y="${y + 36}" fill="var(--soft)" font-size="12">${count}</text>`;
  });
  return html`<div class="scroll"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="13.5" role="img" aria-label="The tables and their references">${lines}${boxes}</svg></div>`;
}

// What a report on a data set holds, and how its figures are shown.

interface FigureName {
  readonly label: string;
  /** The best that a figure may be, and how it is shown. */
  readonly best: number;
  readonly as: 'share' | 'number';
}

const share = (label: string): FigureName => ({ label, best: 1, as: 'share' });
const number = (label: string, best = 0): FigureName => ({ label, best, as: 'number' });

/** The figures of a report, in its order. */
const figureNames: Readonly<Record<keyof Measured, FigureName>> = {
  shapes: share('Column shapes'),
  cardinality: share('Children per parent'),
  hop1: share('Pair trends, 1 hop'),
  hop2: share('Pair trends, 2 hops'),
  hop3: share('Pair trends, 3 hops'),
  withinSequence: share('Trends from row to row'),
  autocorrelation: number('Autocorrelation off by'),
  gaps: number('Steps in time off by'),
  lengths: number('Lengths off by'),
  c2stAgg: number('C2ST of aggregates (AUC)', 0.5),
  keys: share('Keys valid'),
  checks: share('Checks held'),
};

const bestOf = ({ best, as }: FigureName): string => (as === 'share' ? `${100 * best} %` : `${best}`);

interface DatasetReportData {
  readonly version: 1;
  /** By table: rows of each data set, and the table that its rows hang below. */
  readonly tables: readonly {
    readonly name: string;
    readonly lookup: boolean;
    readonly parents: readonly { readonly table: string; readonly column: string }[];
    readonly rows: { readonly train: number; readonly synthetic: number; readonly test: number | null };
  }[];
  readonly synthetic: Measured;
  /** Held-out families in the place of the synthetic ones. */
  readonly test: Measured | null;
  /** Children drawn independently of their parents. */
  readonly independent: Measured | null;
  readonly seed: number;
}

/** The mean over the places of one figure; null where there is none. */
function meanFigure(figures: readonly Figure[]): number | null {
  const mean = meanOfDefined(figures.map(({ value }) => value ?? Number.NaN));
  return Number.isNaN(mean) ? null : mean;
}

/** Whether a figure is as good as held-out families', by so much or twice as much: 2 points of a share, 0.05 of a number. */
function nearness(
  value: number | null,
  heldOut: number | null,
  { as, best }: FigureName,
): 'good' | 'fair' | 'poor' | null {
  if (value === null || heldOut === null) return null;
  const behind = (Math.abs(value - best) - Math.abs(heldOut - best)) / (as === 'share' ? 0.02 : 0.05);
  return behind <= 1 ? 'good' : behind <= 2 ? 'fair' : 'poor';
}

function shown(value: number | null, as: 'share' | 'number'): string {
  if (value === null) return '-';
  return as === 'share' ? `${(100 * value).toFixed(1)} %` : value.toFixed(3);
}
