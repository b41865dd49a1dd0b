/** Where new rows come from: a fitted model, asked for labels in exact counts. */
import { optionError } from '../errors/errors.ts';
import type { Model } from '../model/model.ts';
import { createRandom } from '../numeric/random.ts';
import { type CodedColumn, type Column, isCoded, isNumeric, type Schema } from '../table/schema.ts';
import { concatTables, takeRows } from '../table/select.ts';
import type { ColumnData, Table } from '../table/table.ts';
import type { Wanted } from './class-counts.ts';

export interface Generator {
  /** New rows under any schema with the real table's columns: as many of each class, or in all, as wanted. */
  draw(wanted: Wanted, seed: number): Promise<Table>;
}

/** @throws {TabletalkError} `option`, for a model of other columns, or one that lacks a class that is wanted. */
export function checkModel({ schema: own }: Model, { columns }: Schema, { target, classes }: Wanted): void {
  const refuse = (why: string) => optionError('augment', 'model', why);
  for (const column of columns) {
    const learned = own.columns.find(({ name }) => name === column.name);
    if (!learned) throw refuse(`it has no column "${column.name}"`);
    if (learned.kind !== column.kind) {
      throw refuse(`"${column.name}" is ${learned.kind} there and ${column.kind} in the table`);
    }
  }
  const label = own.columns.find(({ name }) => name === columns[target]!.name)!;
  const known = isCoded(label) ? label.values : [];
  const unknown = classes?.find((each) => each.wanted > 0 && !known.includes(each.label));
  if (unknown) throw refuse(`it never saw "${unknown.label}" as "${label.name}"`);
}

/**
 * Labels that come as often as among real rows are drawn with their rows, last as the model was taught to, and only what is
 * then short of a class is asked for; all others are asked for.
 *
 * @param schema the real table's, for the name and the classes of the label.
 */
export function modelGenerator(model: Model, schema: Schema): Generator {
  const asked = askedGenerator(model, schema);
  return {
    async draw(wanted, seed) {
      const { rows, classes, proportional } = wanted;
      if (classes === null) return model.sample({ rows, seed });
      if (!proportional) return asked.draw(wanted, seed);
      const drawn = await model.sample({ rows, seed });
      const { kept, short } = sorted(drawn, schema, wanted);
      const part = takeRows(drawn, kept);
      return short.rows === 0 ? part : concatTables([part, await asked.draw(short, seed + 1)]);
    },
  };
}

/** Asks for every label. */
export function askedGenerator(model: Model, schema: Schema): Generator {
  return { draw: (wanted, seed) => model.sample({ like: labelsOnly(schema, wanted, seed), seed }) };
}

/** The first rows of each class, as many as are wanted, and what is then still wanted. */
function sorted(drawn: Table, schema: Schema, wanted: Wanted): { kept: number[]; short: Wanted } {
  const { name } = schema.columns[wanted.target]!;
  const index = drawn.schema.columns.findIndex((column) => column.name === name);
  const { values } = drawn.schema.columns[index] as CodedColumn;
  const left = new Map(wanted.classes!.map((each) => [each.label, each.wanted]));
  const kept: number[] = [];
  (drawn.columns[index] as Int32Array).forEach((code, row) => {
    const label = values[code] ?? '';
    const open = left.get(label) ?? 0;
    if (code < 0 || open === 0) return;
    left.set(label, open - 1);
    kept.push(row);
  });
  const classes = wanted.classes!.map((each) => ({ ...each, wanted: left.get(each.label)! }));
  return { kept, short: { ...wanted, classes, rows: wanted.rows - kept.length } };
}

/** A table of the label's column alone, in random order: every row of it asks for one new row. */
function labelsOnly(schema: Schema, { target, classes }: Wanted, seed: number): Table {
  const column = schema.columns[target]!;
  const codes = Int32Array.from(classes!.flatMap(({ code, wanted }) => new Array<number>(wanted).fill(code)));
  createRandom(seed, 21).shuffle(codes);
  return { schema: { version: 1, columns: [column] }, rowCount: codes.length, columns: [codes] };
}

/** The rows with the columns of a schema, widened where a cell would not fit: by categories, by range, by missing cells. */
export function under(schema: Schema, table: Table): Table {
  const parts = schema.columns.map((column) => {
    const index = table.schema.columns.findIndex(({ name }) => name === column.name);
    return widened(column, table.schema.columns[index]!, table.columns[index]!);
  });
  return {
    schema: { ...schema, columns: parts.map(({ column }) => column) },
    rowCount: table.rowCount,
    columns: parts.map(({ data }) => data),
  };
}

function widened(column: Column, own: Column, data: ColumnData): { column: Column; data: ColumnData } {
  const missing = column.missing ?? own.missing;
  if (isNumeric(column) && isNumeric(own)) {
    const [min, max] = [Math.min(column.min, own.min), Math.max(column.max, own.max)];
    return { column: { ...column, missing, min, max }, data };
  }
  if (!isCoded(column) || !isCoded(own)) return { column: { ...column, missing }, data };
  const values = [...column.values, ...own.values.filter((value) => !column.values.includes(value))];
  const codes = own.values.map((value) => values.indexOf(value));
  const mapped = (data as Int32Array).map((code) => (code < 0 ? -1 : codes[code]!));
  return { column: { ...column, missing, values } as Column, data: mapped };
}
