/** Where a command's table comes from, and what is said of its schema beforehand. */
import type { Command } from 'commander';
import { TabletalkError } from '../errors/errors.ts';
import { checkJson, readJson } from '../files/json-file.ts';
import { duckdbScheme } from '../table/duckdb.ts';
import { type SchemaOverrides, schemaOverrides } from '../table/infer/schema-overrides.ts';
import { repeated } from './arguments.ts';

/** The path of a table: as given, or a query's. */
export function tablePath(path: string | undefined, sql: string | undefined): string {
  if (path !== undefined && sql !== undefined) throw new TabletalkError('option', 'give a table or --sql, not both');
  if (sql !== undefined) return duckdbScheme + sql;
  if (path === undefined) throw new TabletalkError('option', "missing required argument 'table'");
  return path;
}

/** What a command says of columns instead of a schema file. */
export interface ColumnArguments {
  readonly schema?: string;
  readonly drop?: string[];
  readonly categorical?: string[];
  readonly numeric?: string[];
  readonly text?: string[];
}

export function withColumnOptions(command: Command): Command {
  return command
    .option('--schema <schema.json>', 'overrides what was inferred, column by column')
    .option('--drop <columns>', 'columns to leave out, with commas between them; may be repeated', repeated)
    .option('--categorical <columns>', 'columns whose values are classes, also where they are numbers', repeated)
    .option('--numeric <columns>', 'columns of numbers; a cell that is none is taken as missing', repeated)
    .option('--text <columns>', 'columns of free text, also where values repeat', repeated);
}

export async function readOverrides({
  schema,
  drop,
  categorical,
  numeric,
  text,
}: ColumnArguments): Promise<SchemaOverrides> {
  const given = schema === undefined ? {} : checkJson(schemaOverrides, await readJson(schema), schema);
  return {
    ...given,
    ...(drop && { drop }),
    ...(categorical && { categorical }),
    ...(numeric && { numeric }),
    ...(text && { text }),
  };
}
