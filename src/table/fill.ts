/** A table whose missing cells are taken from another's. It knows columns and cells, nothing of where the others come from. */
import { formatCell, formatValue, parseCell } from './cells.ts';
import { tableFromText } from './fit.ts';
import { inferColumn } from './infer.ts';
import type { Column } from './schema.ts';
import type { Table } from './table.ts';
import { textCellsBuilder } from './text-table.ts';

/**
 * `table` with each missing cell as `others` has it in the same row and the column of the same name, which it must have.
 * Every cell keeps its spelling: a column is that of `others` where that spells all of them so, else one that does.
 */
export function fillMissing(table: Table, others: Table): Table {
  const columns = table.schema.columns.map((column, index) => {
    const other = others.schema.columns.findIndex(({ name }) => name === column.name);
    const cells = textCellsBuilder(column.name);
    for (let row = 0; row < table.rowCount; row++) {
      const own = ownText(column, others.schema.columns[other]!, table, index, row);
      cells.add(own ?? formatCell(others.schema.columns[other]!, others.columns[other]!, row));
    }
    const text = cells.build('text');
    const fits = text.distinct.every((cell) => spells(others.schema.columns[other]!, cell));
    return { text, column: fits ? others.schema.columns[other]! : inferColumn(text) };
  });
  return tableFromText(
    {
      columns: columns.map(({ text }) => text),
      rowCount: table.rowCount,
      source: 'table',
      place: (row) => `row ${row + 1}`,
    },
    { schema: { version: 1, columns: columns.map(({ column }) => column) } },
  );
}

/** The cell's own text, null where either column's schema says that it is missing. */
function ownText(column: Column, other: Column, table: Table, index: number, row: number): string | null {
  const text = formatCell(column, table.columns[index]!, row);
  return text === other.missing ? null : text;
}

function spells(column: Column, text: string): boolean {
  const value = parseCell(column, text);
  return value !== undefined && formatValue(column, value) === text;
}
