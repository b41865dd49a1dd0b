/** JSON Lines: one object a line, to rows and back. It knows nothing of kinds or files. */
import { formatCell } from './cells.ts';
import { problemList } from './problems.ts';
import type { Table } from './table.ts';

const rowsPerChunk = 4096;

export interface JsonRows {
  readonly rows: Record<string, unknown>[];
  readonly place: (row: number) => string;
}

/** `source` names the text in messages. Empty lines are nothing. */
export function parseJsonLines(content: string, source: string): JsonRows {
  const rows: Record<string, unknown>[] = [];
  const lineOfRow: number[] = [];
  const problems = problemList((line) => `${source}:${line}`);
  content
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((line, i) => {
      if (line.trim() === '') return;
      const row = parseObject(line);
      if (typeof row === 'string') problems.add(i + 1, () => row);
      else {
        rows.push(row);
        lineOfRow.push(i + 1);
      }
    });
  problems.throwIfAny();
  return { rows, place: (row) => `${source}:${lineOfRow[row]}` };
}

/** The object, or what is wrong. */
function parseObject(line: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return `expected a JSON object like {"age": 39}, got ${Array.isArray(value) ? 'an array' : JSON.stringify(value)}`;
}

/** Numbers keep the spelling of their column (12.50 is JSON too); missing is null. */
export function* jsonLinesChunks(table: Table): Generator<string> {
  const keys = table.schema.columns.map(({ name }, i) => `${i > 0 ? ',' : ''}${JSON.stringify(name)}:`);
  let chunk = '';
  for (let row = 0; row < table.rowCount; row++) {
    chunk += '{';
    for (let i = 0; i < keys.length; i++) chunk += keys[i]! + jsonCell(table, i, row);
    chunk += '}\n';
    if (row % rowsPerChunk === rowsPerChunk - 1) {
      yield chunk;
      chunk = '';
    }
  }
  yield chunk;
}

function jsonCell(table: Table, index: number, row: number): string {
  const column = table.schema.columns[index]!;
  const data = table.columns[index]!;
  const text = formatCell(column, data, row);
  if (text === null) return 'null';
  if (column.kind === 'integer' || column.kind === 'decimal') return text;
  return column.kind === 'boolean' ? String(data[row] === 1) : JSON.stringify(text);
}
