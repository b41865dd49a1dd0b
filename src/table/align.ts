/** Brings tables that were read apart onto one schema, so that every metric can compare cells by number. */
import { TabletalkError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import { type CodedColumn, type Column, isCoded, type Kind, type Schema } from './schema.ts';
import type { ColumnData, Table } from './table.ts';

/** A table and what to call it in a message, such as "the synthetic table". */
export interface NamedTable {
  readonly name: string;
  readonly table: Table;
}

/** Kinds that can be compared: whole numbers with decimals, booleans with categories, datetimes and text with their own. */
const comparableAs: Record<Kind, 'number' | 'datetime' | 'category' | 'text'> = {
  integer: 'number',
  decimal: 'number',
  datetime: 'datetime',
  boolean: 'category',
  category: 'category',
  text: 'text',
};

/**
 * The tables with the columns of `train`, in its order, all sharing one `schema` object. A coded column's list of
 * values starts with training's own and is extended by what the others hold; a value that training only spells otherwise
 * (True, 38.0) is training's.
 *
 * @throws {TabletalkError} `input`, when a column is missing, not in training, or of a kind that cannot be compared.
 */
export function alignTables(train: NamedTable, others: readonly NamedTable[]): Table[] {
  for (const other of others) requireSameColumns(train, other);
  // Keys and invented persons are nobody's likeness: there is nothing to compare.
  const compared = train.table.schema.columns.filter(({ replaced }) => !replaced);
  const columns = compared.map((column) => {
    const twins = others.map(({ table }) => table.schema.columns.find(({ name }) => name === column.name)!);
    return isCoded(column) ? withSharedValues(column, twins.filter(isCoded)) : column;
  });
  const schema: Schema = { version: 1, columns };
  return [train, ...others].map(({ table }) => ({
    schema,
    rowCount: table.rowCount,
    columns: columns.map((column) => alignedCells(column, train.table, table)),
  }));
}

function requireSameColumns(train: NamedTable, other: NamedTable): void {
  const names = train.table.schema.columns.map(({ name }) => name);
  for (const column of train.table.schema.columns) {
    const twin = other.table.schema.columns.find(({ name }) => name === column.name);
    if (!twin) {
      const others = other.table.schema.columns.map(({ name }) => name);
      throw new TabletalkError(
        'input',
        `${other.name} has no column "${column.name}", which ${train.name} has${didYouMean(column.name, others)}`,
      );
    }
    if (comparableAs[twin.kind] !== comparableAs[column.kind]) {
      throw new TabletalkError(
        'input',
        `column "${column.name}": ${column.kind} in ${train.name}, ${twin.kind} in ${other.name}; ` +
          `read both with one schema: readTable(path, { like: train.schema })`,
      );
    }
  }
  const extra = other.table.schema.columns.find(({ name }) => !names.includes(name));
  if (extra) {
    throw new TabletalkError(
      'input',
      `${other.name} has a column "${extra.name}" that ${train.name} lacks${didYouMean(extra.name, names)}; ` +
        'drop it, or evaluate against a training table that has it',
    );
  }
}

/** A boolean that meets a third value becomes a category: the metrics treat both alike. */
function withSharedValues(column: CodedColumn, twins: readonly CodedColumn[]): Column {
  const asTraining = spellingOf(column);
  const values = [...new Set([column, ...twins].flatMap((each) => each.values.map(asTraining)))];
  if (values.length === column.values.length) return column;
  return { name: column.name, kind: 'category', missing: column.missing, values };
}

function alignedCells(column: Column, train: Table, table: Table): ColumnData {
  const indexIn = ({ schema }: Table) => schema.columns.findIndex(({ name }) => name === column.name);
  const own = table.schema.columns[indexIn(table)]!;
  const cells = table.columns[indexIn(table)]!;
  if (!isCoded(column) || !isCoded(own)) return cells;
  const asTraining = spellingOf(train.schema.columns[indexIn(train)] as CodedColumn);
  const codeOf = new Map(column.values.map((value, code) => [value, code]));
  const shared = own.values.map((value) => codeOf.get(asTraining(value))!);
  return (cells as Int32Array).map((code) => (code < 0 ? -1 : shared[code]!));
}

/** A value as training spells it, where exactly one of training's is the same word or number; else the value itself. */
function spellingOf({ values }: CodedColumn): (value: string) => string {
  const known = new Set(values);
  const byMeaning = new Map<string, string | null>();
  for (const value of values) byMeaning.set(meaningOf(value), byMeaning.has(meaningOf(value)) ? null : value);
  return (value) => (known.has(value) ? value : (byMeaning.get(meaningOf(value)) ?? value));
}

const plainNumber = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/;
const truths: Record<string, string> = { true: '1', false: '0' };

/** Case and blanks aside, and numbers by their value. Leading zeros are a code's own: "007" is not 7. */
function meaningOf(value: string): string {
  const word = value.trim().toLowerCase();
  return plainNumber.test(word) ? String(Number(word)) : (truths[word] ?? word);
}
