/** The report's table of columns, furthest off first. It knows the report, not how its figures came about. */

import type { Figure } from '../figure-schema.ts';
import { percent } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { scoreTone } from '../verdict/rating.ts';
import { scoreLine } from './charts.ts';
import { showAll } from './contents.ts';
import { html, type Markup } from './markup.ts';

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
export function columnRows(report: ReportData): ColumnRow[] {
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
