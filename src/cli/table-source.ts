/** Where a command's table comes from, and what is said of its schema beforehand. It knows options, no table's insides. */
import { TabletalkError } from '../errors/errors.ts';
import { checkJson, readJson } from '../files/json-file.ts';
import { duckdbScheme } from '../table/duckdb.ts';
import { type SchemaOverrides, schemaOverrides } from '../table/infer/schema-overrides.ts';

/** The path of a table: as given, or a query's. */
export function tablePath(path: string | undefined, sql: string | undefined): string {
  if (path !== undefined && sql !== undefined) throw new TabletalkError('option', 'give a table or --sql, not both');
  if (sql !== undefined) return duckdbScheme + sql;
  if (path === undefined) throw new TabletalkError('option', "missing required argument 'table'");
  return path;
}

export async function readOverrides(path: string | undefined): Promise<SchemaOverrides | undefined> {
  return path === undefined ? undefined : checkJson(schemaOverrides, await readJson(path), path);
}
