/** From the options of a call to the requests for its rows: conditions, a table to resemble, classes to balance, a prompt. It knows no model. */
import { TabletalkError } from '../../errors/errors.ts';
import { everyValue, hasCell, onlyCell } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/codec.ts';
import { wordsOf } from '../../serialize/sentence/quoting.ts';
import { cellText } from '../../serialize/sentence/sentence.ts';
import { recast } from '../../table/cast.ts';
import type { Value } from '../../table/cells.ts';
import { isCoded } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { type Asked, both, columnIndex, readWhere } from '../conditions/where.ts';
import type { AskingOptions } from '../options.ts';
import { readPrompt } from './prompt.ts';
import { type RowRequest, requestOf } from './row-request.ts';

/** What the rows of a call are asked to be: row r asks for `requests[r % requests.length]`. */
export interface Asking {
  readonly rows: number;
  readonly requests: readonly RowRequest[];
}

/** Throws `option` and `input` errors before any work. */
export function readAsking(codec: Codec, options: AskingOptions): Asking {
  const { where, prompt, like, keep, balance } = options;
  const asked = readWhere(codec, where);
  const first = prompt === undefined ? [] : askPrompt(codec, asked, prompt);
  if (like !== undefined) return { rows: like.rowCount, requests: likeRows(codec, asked, first, like, keep) };
  const base = { sets: asked.map((one) => one?.set), first, shown: shownOf(asked) };
  const rows = options.rows!;
  if (balance === undefined) return { rows, requests: [requestOf(codec, base)] };
  return { rows, requests: classRequests(codec, asked, first, balance) };
}

/** The requests that fill a table's missing cells, none of which stays missing. */
export function imputeAsking(codec: Codec, table: Table): Asking {
  const asked = codec.schema.columns.map((column, index): Asked | undefined => {
    if (column.missing === null) return undefined;
    const set = { missing: false, present: everyValue(column) };
    return codec.restrict(index, set) && { set, shown: `where "${column.name} is not missing"` };
  });
  const requests = likeRows(codec, asked, [], table, undefined);
  for (const [index, column] of codec.schema.columns.entries()) {
    const onlyEverMissing = column.missing !== null && !asked[index];
    if (
      onlyEverMissing &&
      requests.some(({ given, aside }) => !given[index] && !aside.some((a) => a.column === index))
    ) {
      throw new TabletalkError('option', `impute: "${column.name}" was always missing in training`);
    }
  }
  return { rows: table.rowCount, requests };
}

const shownOf = (asked: readonly (Asked | undefined)[]) =>
  asked.flatMap((one) => (one ? [one.shown] : [])).join(' and ');

/** Adds the prompt's cells to what is asked; returns its columns in order. */
function askPrompt(codec: Codec, asked: (Asked | undefined)[], prompt: string): readonly number[] {
  const { order, cells } = readPrompt(codec.schema, prompt);
  for (const column of order) {
    const cell = cells[column];
    if (cell === undefined) continue;
    const shown = `prompt ${JSON.stringify(prompt)}`;
    const set = onlyCell(codec.schema.columns[column]!, cell);
    if (!codec.restrict(column, set)) {
      const text = cellText(codec.schema.columns[column]!, cell, wordsOf(codec.schema.template));
      throw new TabletalkError(
        'option',
        `${shown}: "${codec.schema.columns[column]!.name}" was never ${text} in training`,
      );
    }
    asked[column] = both(codec, column, asked[column], { set, shown });
  }
  return order;
}

/** One request for each class of the column that the conditions allow. */
function classRequests(
  codec: Codec,
  asked: readonly (Asked | undefined)[],
  first: readonly number[],
  name: string,
): RowRequest[] {
  const index = columnIndex(codec.schema.columns, name, `balance "${name}"`);
  const column = codec.schema.columns[index]!;
  if (!isCoded(column)) {
    throw new TabletalkError(
      'option',
      `balance "${name}": expected a boolean or category column, "${name}" is ${column.kind}`,
    );
  }
  const codes = column.values.map((_, code) => code).filter((code) => !asked[index] || hasCell(asked[index].set, code));
  if (codes.length === 0) {
    throw new TabletalkError('option', `balance "${name}": ${asked[index]?.shown ?? 'the column'} leaves no class`);
  }
  return codes.map((code) => {
    const sets = asked.map((one, i) => (i === index ? onlyCell(column, code) : one?.set));
    return requestOf(codec, { sets, first, shown: shownOf(asked) });
  });
}

/** One request a row: its cells that are there are given, those of `keep` only where it is named; conditions are on the others. */
function likeRows(
  codec: Codec,
  asked: readonly (Asked | undefined)[],
  first: readonly number[],
  like: Table,
  keep: readonly string[] | undefined,
): RowRequest[] {
  const { columns } = codec.schema;
  const kept = keep?.map((name) => columnIndex(columns, name, `keep "${name}"`));
  const data = recast(like, codec.schema);
  const lacking = kept?.find((column) => !data[column]);
  if (lacking !== undefined) {
    throw new TabletalkError('option', `keep "${columns[lacking]!.name}": the table has no such column`);
  }
  const base = requestOf(codec, { sets: asked.map((one) => one?.set), first, shown: shownOf(asked) });
  return Array.from({ length: like.rowCount }, (_, row) => {
    const given = [...base.given];
    const sets = [...base.sets];
    const aside: { column: number; text: string }[] = [];
    for (const [column, cells] of data.entries()) {
      const cell = cells?.[row] ?? null;
      if (cell === null || (kept && !kept.includes(column))) continue;
      checkKept(asked[column], cell, row);
      if (codec.canSay(column, cell)) given[column] = codec.encode(column, cell);
      else aside.push({ column, text: cellText(columns[column]!, cell, wordsOf(codec.schema.template)) });
      sets[column] = undefined;
    }
    return { ...base, given, sets, aside };
  });
}

function checkKept(asked: Asked | undefined, cell: Value, row: number): void {
  if (!asked || hasCell(asked.set, cell)) return;
  throw new TabletalkError(
    'option',
    `cannot satisfy ${asked.shown}: row ${row + 1} of the table to resemble has another cell`,
  );
}
