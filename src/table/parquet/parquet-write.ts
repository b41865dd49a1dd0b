/** Tables to a Parquet file, row group by row group. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { formatValue, type Value, valueAt } from '../cells.ts';
import { microsOf } from '../datetime/calendar.ts';
import { digitFormats, granularityOf, hasDate, hasTime, isUtc } from '../datetime/datetime-formats.ts';
import { isNumberText } from '../numbers/number-format.ts';
import type { RowEncoder } from '../row-encoder.ts';
import { type Column, isPlain, type Schema, styleOf } from '../schema.ts';
import { concatTables } from '../select.ts';
import type { StoredType } from '../stored-type.ts';
import type { Table } from '../table.ts';
import { type Element, elementOfType } from './parquet-types.ts';

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
        ...(typeOf(column).as === 'float' && { encoding: 'PLAIN' as const }),
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
  const stored = typeOf(column);
  return { name: column.name, repetition_type: 'OPTIONAL', ...elementOfType(stored) };
}

type WrittenType = Exclude<StoredType, { as: 'number' }>;

/** The type that the column had in its own file where its cells are still such values, else that of its kind. */
function typeOf(column: Column): WrittenType {
  const { stored } = column;
  const type = stored?.as === 'number' ? wholeNumber : stored;
  if (type && canBe(column, type)) return type;
  return styleOf(column) && !isNumberText(styleOf(column)!) ? { as: 'string' } : typeOfKind(column);
}

const wholeNumber: WrittenType = { as: 'integer', bits: 64, signed: true, physical: 64 };

/** The kinds of column that a type can hold. */
function canBe(column: Column, stored: WrittenType): boolean {
  switch (stored.as) {
    case 'integer':
      if (column.kind === 'integer') return true;
      if (column.kind === 'category') return column.values.every((value) => /^-?\d{1,19}$/.test(value));
      return column.kind === 'datetime' && digitFormats.includes(column.format);
    case 'float':
    case 'decimal':
      return isPlain(column);
    case 'date':
    case 'timestamp':
      return column.kind === 'datetime' && hasDate(column.format);
    case 'time':
      return column.kind === 'datetime' && !hasDate(column.format);
    case 'boolean':
      return column.kind === 'boolean';
    case 'uuid':
      return column.replaced?.by === 'pattern' && (column.replaced.pattern ?? '').startsWith('[0-9a-f]{8}-');
    case 'string':
      return column.kind !== 'boolean';
  }
}

function typeOfKind(column: Column): WrittenType {
  switch (column.kind) {
    case 'integer':
      return wholeNumber;
    case 'decimal':
      return { as: 'float', bits: 64 };
    case 'boolean':
      return { as: 'boolean' };
    case 'category':
    case 'text':
      return { as: 'string' };
    case 'datetime': {
      const unit = granularityOf(column.format).toLowerCase().endsWith('microsecond') ? 'MICROS' : 'MILLIS';
      if (!hasDate(column.format)) return { as: 'time', unit, utc: true };
      if (!hasTime(column.format)) return { as: 'date' };
      return { as: 'timestamp', unit, utc: isUtc(column.format) };
    }
  }
}

function cellsOf(column: Column, { columns, rowCount }: Table, index: number): unknown[] {
  const parquetCell = converter(column, typeOf(column));
  return Array.from({ length: rowCount }, (_, row) => {
    const value = valueAt(columns[index]!, row);
    return value === null ? null : parquetCell(value);
  });
}

function converter(column: Column, stored: WrittenType): (value: Value) => unknown {
  switch (stored.as) {
    case 'boolean':
      return (value) => value === 1;
    case 'float':
      return (value) => value;
    case 'integer': {
      const text = (value: Value) => (column.kind === 'integer' ? String(value) : formatValue(column, value));
      return stored.physical === 32 ? (value) => Number(text(value)) : (value) => BigInt(text(value));
    }
    case 'decimal':
      return (value) => unitsOf(value as number, stored.scale);
    case 'date':
      return (value) => Math.floor((value as number) / 86_400_000);
    case 'time':
      return stored.unit === 'MILLIS'
        ? (value) => Math.floor(value as number)
        : (value) => unitsOfTime(value as number, stored.unit);
    case 'timestamp':
      return (value) => unitsOfTime(value as number, stored.unit);
    case 'uuid':
    case 'string':
      return (value) => formatValue(column, value);
  }
}

/** 12.34 with a scale of 2 is 1234: the digits of its text, for a product of doubles would round. */
function unitsOf(value: number, scale: number): bigint {
  const text = Math.abs(value) < 1e21 ? value.toFixed(scale) : `${BigInt(value)}.${'0'.repeat(scale)}`;
  return BigInt(text.replace('.', ''));
}

function unitsOfTime(time: number, unit: 'MILLIS' | 'MICROS' | 'NANOS'): bigint {
  const millis = BigInt(Math.floor(time));
  if (unit === 'MILLIS') return millis;
  const micros = millis * 1000n + BigInt(microsOf(time));
  return unit === 'MICROS' ? micros : micros * 1000n;
}
