/** Tables from plain JavaScript rows and back. */
import { TabletalkError } from '../errors/errors.ts';
import { tableFromText } from './apply-schema.ts';
import { cellText, cellValue, writtenCell } from './cells.ts';
import { checkColumnCount } from './limits.ts';
import { problemList } from './problems.ts';
import type { Column, Schema } from './schema.ts';
import type { Cell, Table } from './table.ts';
import { type Holds, type TextCells, type TextTable, textCellsBuilder } from './text/text-table.ts';

/** A number as a file wrote it, where a double would not be the same. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** A row; a column that a row lacks, or that is undefined in it, is missing. */
export type Row = Readonly<Record<string, Cell | undefined>>;

/**
 * Types are kept: 5 makes an integer column, "5" a category or text, true a boolean. With `schema` every cell must fit
 * it, and text is read as a file's would be: "39" is 39 in an integer column.
 */
export function tableFromRows(rows: readonly Row[], schema?: Schema): Table {
  const builder = createRowsBuilder(schema, { source: 'rows', place: (row) => `rows[${row}]` });
  for (const row of rows) builder.add(row);
  return tableFromText({ ...builder.build(), rowsSeen: rows.length }, { schema });
}

/** One object per row, by column name; a missing cell is null, a datetime its text. */
export function tableRows(table: Table): Record<string, Cell>[] {
  const { columns } = table.schema;
  return Array.from({ length: table.rowCount }, (_, row) =>
    // fromEntries, so that a column may be called "__proto__".
    Object.fromEntries(columns.map((column, i) => [column.name, jsValue(column, table, i, row)])),
  );
}

function jsValue(column: Column, table: Table, index: number, row: number): Cell {
  const value = cellValue(column, table.columns[index]!, row);
  return column.kind === 'datetime' && value !== null ? writtenCell(table, index, row) : value;
}

export interface RowsBuilder {
  add(row: Readonly<Record<string, unknown>>): void;
  /** Throws what is wrong with the rows, all counted. */
  build(): Omit<TextTable, 'rowsSeen'>;
}

/**
 * Rows to text cells, one row at a time. Columns come in order of first appearance; those of a `given` schema are always
 * there, for a row may leave out what is missing.
 */
export function createRowsBuilder(given: Schema | undefined, where: Pick<TextTable, 'source' | 'place'>): RowsBuilder {
  const problems = problemList(where.place);
  const columns = new Map<string, ColumnBuilder>();
  let rowCount = 0;
  const open = (name: string): ColumnBuilder => {
    const column = columnBuilder(name, given);
    columns.set(name, column);
    checkColumnCount(columns.size, where.place(rowCount));
    return column;
  };
  for (const { name } of given?.columns ?? []) open(name);
  return {
    add(row) {
      for (const name of Object.keys(row)) {
        const problem = (columns.get(name) ?? open(name)).add(rowCount, row[name] ?? null);
        if (problem) problems.add(rowCount, () => `column "${name}": ${problem}`);
      }
      rowCount++;
    },
    build() {
      if (columns.size === 0) throw new TabletalkError('input', `${where.source}: no rows with columns`);
      problems.throwIfAny();
      return { columns: [...columns.values()].map((column) => column.build(rowCount)), rowCount, ...where };
    },
  };
}

interface ColumnBuilder {
  /** What is wrong with the cell, if anything is. Rows that were left out since the last one are missing. */
  add(row: number, cell: unknown): string | undefined;
  build(rowCount: number): TextCells;
}

function columnBuilder(name: string, given: Schema | undefined): ColumnBuilder {
  const column = given?.columns.find((candidate) => candidate.name === name);
  const cells = textCellsBuilder(name);
  let seen: Holds | undefined;
  let length = 0;
  const skipTo = (row: number) => {
    for (; length < row; length++) cells.add(null);
  };
  return {
    add(row, cell) {
      skipTo(row);
      length++;
      const problem = cellProblem(cell, seen);
      cells.add(problem ? null : cell instanceof NumberText ? cell.text : cellText(column, cell as Cell));
      // A given column decides for itself what fits; without one, the first cell that is there sets the type.
      if (cell !== null && !problem && !column) seen ??= holdsOf(cell as Cell | NumberText);
      return problem;
    },
    build(rowCount) {
      skipTo(rowCount);
      return cells.build(seen ?? 'strings');
    },
  };
}

function holdsOf(cell: Cell | NumberText): Holds {
  if (typeof cell === 'number' || cell instanceof NumberText) return 'numbers';
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
    // It is most likely another one, rounded; what is written with an exponent never was a whole number.
    if (Number.isInteger(cell) && !Number.isSafeInteger(cell) && Math.abs(cell) < 1e21) {
      return `expected a number below 2^53, got ${cell}`;
    }
  } else if (typeof cell === 'string') {
    // Half of a surrogate pair has no UTF-8 form: it would be written as another character.
    if (/\p{Surrogate}/u.test(cell)) return `expected well-formed text, got ${JSON.stringify(cell)}`;
  } else if (typeof cell !== 'boolean' && !(cell instanceof NumberText)) {
    return `expected a number, a string, true, false or null, got ${Array.isArray(cell) ? 'an array' : `an ${typeof cell}`}`;
  }
  if (seen === undefined || holdsOf(cell) === seen) return undefined;
  return `expected ${nouns[seen]} as in the rows before, got ${cell instanceof NumberText ? cell.text : JSON.stringify(cell)}`;
}
