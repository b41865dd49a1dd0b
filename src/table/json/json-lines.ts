/** JSON Lines: one object a line, to rows and back. */

import { TabletalkError } from '../../errors/errors.ts';
import { growingInts } from '../../numeric/growing-arrays.ts';
import { formatCell, writtenCell } from '../cells.ts';
import { longestRecord } from '../limits.ts';
import { isNumberText } from '../numbers/number-format.ts';
import { problemList } from '../problems.ts';
import { createReservoir, type RowLimit } from '../reservoir.ts';
import type { RowEncoder } from '../row-encoder.ts';
import { createRowsBuilder, NumberText } from '../rows.ts';
import { type Column, isPlain, type PlainColumn, type Schema } from '../schema.ts';
import type { ColumnData, Table } from '../table.ts';
import type { TextTable } from '../text/text-table.ts';

const rowsPerChunk = 4096;

export interface JsonLinesReader {
  /** Whole characters. */
  push(chunk: Buffer): void;
  /** Throws what is wrong with the text, all rows counted. */
  end(): TextTable;
}

/** `source` names the text in messages. Empty lines are nothing. */
export function createJsonLinesReader(source: string, given: Schema | undefined, limit: RowLimit): JsonLinesReader {
  const problems = problemList((line) => `${source}:${line}`);
  const lineOfRow = growingInts();
  const place = (row: number) => `${source}:${lineOfRow.at(row)}`;
  const builder = createRowsBuilder(given, { source, place });
  const reservoir = createReservoir<Record<string, unknown>>(limit, (row) => row, addRow);
  let rest = '';
  let line = 0;

  function addRow(row: Record<string, unknown>, line: number): void {
    lineOfRow.push(line);
    builder.add(row);
  }

  const readLine = (text: string) => {
    line++;
    if (text.trim() === '') return;
    const row = parseObject(text);
    if (typeof row === 'string') problems.add(line, () => row);
    else reservoir.add(row, line);
  };

  return {
    push(chunk) {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop()!;
      if (rest.length > longestRecord) {
        throw new TabletalkError('input', `${source}:${line + lines.length + 1}: no end of this line within 16 MB`);
      }
      if (line === 0 && lines.length > 0) lines[0] = lines[0]!.replace(/^\uFEFF/, '');
      for (const each of lines) readLine(each);
    },
    end() {
      readLine(line === 0 ? rest.replace(/^\uFEFF/, '') : rest);
      problems.throwIfAny();
      const rowsSeen = reservoir.end();
      return { ...builder.build(), rowsSeen };
    },
  };
}

/** The object, or what is wrong. */
function parseObject(line: string): Record<string, unknown> | string {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return `expected a JSON object like {"age": 39}, got ${Array.isArray(value) ? 'an array' : JSON.stringify(value)}`;
}

/** A string, or a number of so many digits that a double may be another one. */
const longNumbers = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;
/** A key that stands for such a number while it is parsed; a file has no reason to have it. */
const numberKey = '\u0000number';

/** `JSON.parse`, but for numbers that a double does not hold: those are their own text. */
function parseJson(line: string): unknown {
  if (!/\d[\d.]{15}/.test(line)) return JSON.parse(line);
  const marked = line.replace(longNumbers, (token) =>
    token.startsWith('"') || String(Number(token)) === token ? token : `{${JSON.stringify(numberKey)}:"${token}"}`,
  );
  // What is no JSON must be told by its own text.
  JSON.parse(line);
  return JSON.parse(marked, (_, value: unknown) => {
    const text =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[numberKey] : undefined;
    return typeof text === 'string' ? new NumberText(text) : value;
  });
}

/** Numbers keep the spelling of their column (12.50 is JSON too, $12.50 a string); missing is null. */
export function createJsonLinesEncoder(schema: Schema): RowEncoder {
  const keys = schema.columns.map(({ name }, i) => `${i > 0 ? ',' : ''}${JSON.stringify(name)}:`);
  return {
    *rows(table) {
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
    },
    end: () => [],
  };
}

function jsonCell(table: Table, index: number, row: number): string {
  const column = table.schema.columns[index]!;
  const data = table.columns[index]!;
  if (isPlain(column) && (!column.style || isNumberText(column.style))) return jsonNumber(column, data, row);
  const text = writtenCell(table, index, row);
  if (text === null) return 'null';
  if (isNumberOf(column, text)) return text;
  return column.kind === 'boolean' ? String(data[row] === 1) : JSON.stringify(text);
}

/** With its column's decimals and exponent; JSON has no plus before a number, and a digit before the point. */
function jsonNumber(column: PlainColumn, data: ColumnData, row: number): string {
  const text = formatCell(column, data, row);
  if (text === null || !column.style) return text ?? 'null';
  return text.replace(/^\+/, '').replace(/^(-?)\./, '$10.');
}

/** Classes and days that were numbers where they came from. */
function isNumberOf({ stored }: Column, text: string): boolean {
  const isNumber = stored?.as === 'number' || stored?.as === 'integer' || stored?.as === 'float';
  return isNumber && text.length < 400 && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text);
}
