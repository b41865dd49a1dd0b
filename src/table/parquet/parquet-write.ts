/** Tables to a Parquet file, row group by row group. It knows which Parquet type each kind of column has. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { formatValue, type Value, valueAt } from '../cells.ts';
import { hasDate, hasTime, isUtc } from '../datetime/datetime-formats.ts';
import type { RowEncoder } from '../row-encoder.ts';
import { type Column, type Schema, styleOf } from '../schema.ts';
import { concatTables } from '../select.ts';
import type { Table } from '../table.ts';

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** Rows in a group: many enough to compress well, few enough to hold in memory. */
const groupRows = 65_536;

export function createParquetEncoder(schema: Schema): RowEncoder {
  const writer = new ByteWriter();
  const elements = schema.columns.map(elementOf);
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'schema', num_children: elements.length }, ...elements],
    createdBy: 'tabletalk',
  });
  const waiting: Table[] = [];

  const taken = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  const flush = (): Uint8Array => {
    const [first, ...others] = waiting.splice(0);
    if (first) {
      const table = concatTables([first, ...others]);
      const columnData = schema.columns.map((column, i) => ({
        name: column.name,
        data: cellsOf(column, table, i),
        // A dictionary would take -0 for 0.
        ...(column.kind === 'decimal' && !column.style && { encoding: 'PLAIN' as const }),
      }));
      parquet.write({ columnData, rowGroupSize: groupRows });
    }
    return taken();
  };

  return {
    *rows(table) {
      waiting.push(table);
      if (waiting.reduce((sum, { rowCount }) => sum + rowCount, 0) >= groupRows) yield flush();
    },
    *end() {
      yield flush();
      parquet.finish();
      yield taken();
    },
  };
}

/** Any cell may be missing, whatever the schema has seen. */
function elementOf(column: Column): Element {
  return { name: column.name, repetition_type: 'OPTIONAL', ...typeOf(column) };
}

function typeOf(column: Column): Omit<Element, 'name'> {
  if (styleOf(column)) return { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  switch (column.kind) {
    case 'integer':
      return { type: 'INT64' };
    case 'decimal':
      return { type: 'DOUBLE' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'category':
    case 'text':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
    case 'datetime': {
      if (!hasDate(column.format)) return { type: 'INT32', converted_type: 'TIME_MILLIS' };
      if (!hasTime(column.format)) return { type: 'INT32', converted_type: 'DATE' };
      const isAdjustedToUTC = isUtc(column.format);
      return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MILLIS' } };
    }
  }
}

function cellsOf(column: Column, { columns, rowCount }: Table, index: number): unknown[] {
  const parquetCell = converter(column);
  return Array.from({ length: rowCount }, (_, row) => {
    const value = valueAt(columns[index]!, row);
    return value === null ? null : parquetCell(value);
  });
}

function converter(column: Column): (value: Value) => unknown {
  if (styleOf(column)) return (value) => formatValue(column, value);
  switch (column.kind) {
    case 'integer':
      return (value) => BigInt(value);
    case 'decimal':
      return (value) => value;
    case 'boolean':
      return (value) => value === 1;
    case 'category':
    case 'text':
      return (value) => formatValue(column, value);
    case 'datetime': {
      if (!hasDate(column.format)) return (value) => value;
      return hasTime(column.format) ? (value) => BigInt(value) : (value) => (value as number) / 86_400_000;
    }
  }
}
