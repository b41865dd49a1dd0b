/** From the options of a call to the requests for its rows: conditions, a table to resemble, classes to balance, a prompt. */
import { TabletalkError } from '../../errors/errors.ts';
import { noColumn } from '../../errors/suggest.ts';
import { everyValue, hasCell, onlyCell } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';
import { wordsOf } from '../../serialize/sentence/quoting.ts';
import { cellText, parseSentence, phraseOf } from '../../serialize/sentence/sentence.ts';
import { castLeniently, type Unfit } from '../../table/cast.ts';
import { type Value, valueAt } from '../../table/cells.ts';
import { type Column, isCoded, type Schema } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { both, type ColumnCondition, columnIndex, readWhere } from '../conditions/where.ts';
import type { Notice, RequestOptions } from '../options.ts';
import { type RowRequest, requestOf } from './row-request.ts';

/** An array, or one whose items are made when they are asked for. */
export interface Requests {
  readonly length: number;
  at(index: number): RowRequest | undefined;
}

/** What the rows of a call must be: row r meets `requests.at(r % requests.length)`. */
export interface RowRequests {
  readonly rows: number;
  readonly requests: Requests;
  readonly notices: readonly Notice[];
}

/** Throws `option` and `input` errors before any work. */
export function readRequests(codec: Codec, options: RequestOptions): RowRequests {
  const { where, prompt, like, keep, balance } = options;
  const conditions = readWhere(codec, where);
  const first = prompt === undefined ? [] : askPrompt(codec, conditions, prompt);
  if (like !== undefined) {
    const ends = { outside: 'the nearest number taken', unseen: 'drawn anew' };
    return { rows: like.rowCount, ...likeRows(codec, conditions, first, like, keep, ends) };
  }
  const base = { sets: conditions.map((one) => one?.set), first, shown: shownOf(conditions) };
  const rows = options.rows!;
  if (balance === undefined) return { rows, requests: [requestOf(codec, base)], notices: [] };
  return { rows, requests: classRequests(codec, conditions, first, balance), notices: [] };
}

/** The requests that fill a table's missing cells. Only a column that was always missing in training stays so. */
export function requestsToImpute(codec: Codec, table: Table): RowRequests {
  const { columns } = codec.schema;
  const conditions = columns.map((column, index): ColumnCondition | undefined => {
    if (column.missing === null) return undefined;
    const set = { missing: false, present: everyValue(column) };
    return codec.restrict(index, set) && { set, shown: `where "${column.name} is not missing"` };
  });
  const ends = { outside: 'read as the nearest number, left unchanged', unseen: 'not read, left unchanged' };
  const { requests, notices } = likeRows(codec, conditions, [], table, undefined, ends);
  const unfillable = columns.flatMap((column, index) => {
    if (column.missing === null || conditions[index]) return [];
    const given = table.schema.columns.findIndex(({ name }) => name === column.name);
    const rows = Array.from({ length: table.rowCount }, (_, row) => row);
    const cells = rows.filter((row) => given < 0 || valueAt(table.columns[given]!, row) === null).length;
    const message = `column "${column.name}" was always missing in training: ${counted(cells)} left missing`;
    return cells === 0 ? [] : [{ column: column.name, cells, message }];
  });
  return { rows: table.rowCount, requests, notices: [...notices, ...unfillable] };
}

const counted = (cells: number) => `${cells} cell${cells === 1 ? '' : 's'}`;

const shownOf = (conditions: readonly (ColumnCondition | undefined)[]) =>
  conditions.flatMap((one) => (one ? [one.shown] : [])).join(' and ');

/** Adds the prompt's cells to what is asked; returns its columns in order. */
function askPrompt(codec: Codec, conditions: (ColumnCondition | undefined)[], prompt: string): readonly number[] {
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
    conditions[column] = both(codec, column, conditions[column], { set, shown });
  }
  return order;
}

/** One request for each class of the column that the conditions allow. */
function classRequests(
  codec: Codec,
  conditions: readonly (ColumnCondition | undefined)[],
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
  const codes = column.values
    .map((_, code) => code)
    .filter((code) => !conditions[index] || hasCell(conditions[index].set, code));
  if (codes.length === 0) {
    throw new TabletalkError(
      'option',
      `balance "${name}": ${conditions[index]?.shown ?? 'the column'} leaves no class`,
    );
  }
  return codes.map((code) => {
    const sets = conditions.map((one, i) => (i === index ? onlyCell(column, code) : one?.set));
    return requestOf(codec, { sets, first, shown: shownOf(conditions) });
  });
}

/** One request a row: its cells that are there are given, those of `keep` only where it is named; conditions are on the others. */
function likeRows(
  codec: Codec,
  conditions: readonly (ColumnCondition | undefined)[],
  first: readonly number[],
  like: Table,
  keep: readonly string[] | undefined,
  ends: Record<Unfit['is'], string>,
): Pick<RowRequests, 'requests' | 'notices'> {
  const { columns } = codec.schema;
  const kept = keep?.map((name) => columnIndex(columns, name, `keep "${name}"`));
  const { columns: data, unfit } = castLeniently(like, codec.schema);
  const lacking = kept?.find((column) => !data[column]);
  if (lacking !== undefined) {
    throw new TabletalkError('option', `keep "${columns[lacking]!.name}": the table has no such column`);
  }
  const base = requestOf(codec, { sets: conditions.map((one) => one?.set), first, shown: shownOf(conditions) });
  const isKept = (column: number) => !kept || kept.includes(column);
  for (const [column, cells] of data.entries()) {
    if (!conditions[column] || !cells || !isKept(column)) continue;
    for (const [row, cell] of cells.entries()) if (cell !== null) checkKept(conditions[column], cell, row);
  }
  // Made when they are asked for: of a million rows they would take gigabytes.
  const at = (row: number): RowRequest => {
    const given = [...base.given];
    const sets = [...base.sets];
    const aside: { column: number; value: Value }[] = [];
    for (const [column, cells] of data.entries()) {
      const cell = cells?.[row] ?? null;
      if (cell === null || !isKept(column)) continue;
      if (codec.canSay(column, cell)) given[column] = codec.encode(column, cell);
      else aside.push({ column, value: cell });
      sets[column] = undefined;
    }
    return { ...base, given, sets, aside, isLenient: true };
  };
  const requests = { length: like.rowCount, at };
  const notices = unfit
    .filter(({ column }) => isKept(column))
    .map((found) => ({
      column: columns[found.column]!.name,
      cells: found.cells,
      message: toldOf(columns, found, ends),
    }));
  return { requests, notices };
}

function toldOf(columns: readonly Column[], found: Unfit, ends: Record<Unfit['is'], string>): string {
  const example = `${found.cells === 1 ? '' : 'such as '}${JSON.stringify(found.text)}`;
  return `column "${columns[found.column]!.name}": ${counted(found.cells)} unlike training (${example}): ${ends[found.is]}`;
}

function checkKept(condition: ColumnCondition, cell: Value, row: number): void {
  if (hasCell(condition.set, cell)) return;
  throw new TabletalkError(
    'option',
    `cannot satisfy ${condition.shown}: row ${row + 1} of the table to resemble has another cell`,
  );
}

// Parses a prompt, the beginning of a sentence: the cells it gives and the column it ends with.

interface Prompt {
  /** The columns it names, in its order. */
  readonly order: readonly number[];
  /** By column, undefined where the prompt gives no cell. */
  readonly cells: readonly (Value | null | undefined)[];
}

/** Reads `age is 39, sex is`: whole cells, then perhaps a column whose cell is to be drawn. Throws `option` errors. */
function readPrompt(schema: Schema, prompt: string): Prompt {
  const open = openColumn(schema, prompt);
  const { separator } = wordsOf(schema.template);
  const before = prompt.slice(0, open?.from ?? prompt.length);
  const ending = [separator, separator.trimEnd()].find((words) => words !== '' && before.endsWith(words)) ?? '';
  const sentence = before.slice(0, before.length - ending.length);
  const { cells, issues, order } = parseSentence(schema, sentence);
  const issue =
    unknownColumn(schema, prompt, open !== undefined) ??
    issues[0]?.message ??
    (open && order.includes(open.column) ? 'a column is said twice' : undefined);
  if (issue !== undefined) throw new TabletalkError('option', `prompt ${JSON.stringify(prompt)}: ${issue}`);
  return { cells, order: open ? [...order, open.column] : order };
}

/** A name before the last " is" that no column has. */
function unknownColumn({ columns, template }: Schema, prompt: string, isKnown: boolean): string | undefined {
  const { before, between, separator } = wordsOf(template);
  const [said, word] = [prompt.trimEnd(), between.trimEnd()];
  const clause = isKnown || word === '' || !said.endsWith(word) ? undefined : said.split(separator).at(-1)!;
  const rest = clause?.startsWith(before) ? clause.slice(before.length, clause.length - word.length) : '';
  const name = rest === '' || rest.includes('"') ? undefined : rest;
  return name === undefined
    ? undefined
    : noColumn(
        name,
        columns.map((column) => column.name),
      );
}

/** The column whose phrase ends the prompt, and where that begins; the longest, for a name may end like another. */
function openColumn(schema: Schema, prompt: string): { column: number; from: number } | undefined {
  const words = wordsOf(schema.template);
  // The space at a prompt's end may be left out.
  const text = prompt.trimEnd() + (/\s*$/.exec(words.between)?.[0] ?? '');
  const found = schema.columns.flatMap((column, index) => {
    const [first, later] = [phraseOf(column, true, words), phraseOf(column, false, words)];
    if (text === first) return [{ column: index, from: 0 }];
    return text.endsWith(later) ? [{ column: index, from: text.length - later.length }] : [];
  });
  return found.sort((a, b) => a.from - b.from)[0];
}
