/** Tables from plain JavaScript rows and back. It knows what a JavaScript value may be, nothing of files. */
import { TabletalkError } from '../errors.ts';
import { cellText, cellValue, decimalsIn, plainNumber } from './cells.ts';
import { type SchemaChoice, tableFromText } from './fit.ts';
import { type ProblemList, problemList } from './problems.ts';
import type { Schema } from './schema.ts';
import type { Cell, Table } from './table.ts';
import { type Holds, type TextCells, type TextTable, textCellsBuilder } from './text-table.ts';

/** A row; a column that a row lacks, or that is undefined in it, is missing. */
export type Row = Readonly<Record<string, Cell | undefined>>;

/**
 * Types are kept: 5 makes an integer column, "5" a category or text, true a boolean. With `schema` every cell must fit
 * it, and text is read as a file's would be: "39" is 39 in an integer column.
 */
export function tableFromRows(rows: readonly Row[], schema?: Schema): Table {
  return tableFromCells(rows, { schema }, { source: 'rows', place: (row) => `rows[${row}]` });
}

export function tableRows(table: Table): Record<string, Cell>[] {
  const { columns } = table.schema;
  return Array.from({ length: table.rowCount }, (_, row) =>
    // fromEntries, so that a column may be called "__proto__".
    Object.fromEntries(columns.map((column, i) => [column.name, cellValue(column, table.columns[i]!, row)])),
  );
}

/** `tableFromRows` for any source of rows; `where` names it in messages. Rows may hold anything at all. */
export function tableFromCells(
  rows: readonly Readonly<Record<string, unknown>>[],
  choice: SchemaChoice,
  where: Pick<TextTable, 'source' | 'place'>,
): Table {
  const given = choice.schema ?? choice.like;
  const names = columnNames(rows, given);
  if (names.length === 0) throw new TabletalkError('input', `${where.source}: no rows with columns`);
  const problems = problemList(where.place);
  const columns = names.map((name) => textCells(rows, name, given, problems));
  problems.throwIfAny();
  return tableFromText({ columns, rowCount: rows.length, ...where }, choice);
}

/** In order of first appearance. A given schema's columns are always there, for a row may leave out what is missing. */
function columnNames(rows: readonly Readonly<Record<string, unknown>>[], given: Schema | undefined): string[] {
  const names = new Set(given?.columns.map((column) => column.name));
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

function textCells(
  rows: readonly Readonly<Record<string, unknown>>[],
  name: string,
  given: Schema | undefined,
  problems: ProblemList,
): TextCells {
  const column = given?.columns.find((candidate) => candidate.name === name);
  const cells = textCellsBuilder(name);
  let holds: Holds = 'strings';
  let seen: Holds | undefined;
  rows.forEach((row, index) => {
    const cell = Object.hasOwn(row, name) ? (row[name] ?? null) : null;
    const problem = cellProblem(cell, seen);
    if (problem) problems.add(index, () => `column "${name}": ${problem}`);
    cells.add(problem ? null : cellText(column, cell as Cell));
    // A given column decides for itself what fits; without one, the first cell that is there sets the type.
    if (cell !== null && !problem && !column) holds = seen ??= holdsOf(cell as Cell);
  });
  return cells.build(holds);
}

function holdsOf(cell: Cell): Holds {
  if (typeof cell === 'number') return 'numbers';
  return typeof cell === 'boolean' ? 'booleans' : 'strings';
}

const nouns: Record<Holds, string> = {
  text: 'a string',
  numbers: 'a number',
  booleans: 'true or false',
  strings: 'a string',
};

function cellProblem(cell: unknown, seen: Holds | undefined): string | undefined {
  if (cell === null) return undefined;
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) return `expected a finite number, got ${cell}`;
    if (Number.isInteger(cell) && !Number.isSafeInteger(cell)) return `expected a number below 2^53, got ${cell}`;
    if (decimalsIn(plainNumber(cell)) > 20) return `expected a number with at most 20 decimals, got ${cell}`;
  } else if (typeof cell === 'string') {
    // Half of a surrogate pair has no UTF-8 form: it would be written as another character.
    if (/\p{Surrogate}/u.test(cell)) return `expected well-formed text, got ${JSON.stringify(cell)}`;
  } else if (typeof cell !== 'boolean') {
    return `expected a number, a string, true, false or null, got ${Array.isArray(cell) ? 'an array' : `an ${typeof cell}`}`;
  }
  if (seen === undefined || holdsOf(cell) === seen) return undefined;
  return `expected ${nouns[seen]} as in the rows before, got ${JSON.stringify(cell)}`;
}
