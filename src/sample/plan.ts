/**
 * From what a row is asked to be to the order in which its columns are written, and the head in which conditions hold.
 * It knows codec and requests, nothing of models.
 *
 * What is sampled: the model is one distribution over rows for every order of the columns. Columns that conditions bear
 * on come first: those given, in random order, or in the schema's where other conditions follow; then those with several
 * allowed cells, the most restricted first. The others follow in random order, the label last. A row is drawn from the
 * model's distribution under its order given that the conditions hold: mixed over the orders of the columns after.
 */
import type { Random } from '../random.ts';
import { oneOf, type State } from '../serialize/automaton.ts';
import { type Codec, special } from '../serialize/codec.ts';
import type { Draw } from './draw.ts';
import { createHead, type Head, type Place } from './head.ts';
import type { RowRequest } from './request.ts';
import type { RowPlan } from './rows.ts';

/** Plans rows that all ask for the same. @param target index of the label, -1 for none. */
export function planner(codec: Codec, target: number, draw: Draw, request: RowRequest): (random: Random) => RowPlan {
  const { given, sets, aside } = request;
  const left = new Set(aside.map(({ column }) => column));
  const first = request.first.filter((column) => !left.has(column));
  const columns = codec.schema.columns.map((_, column) => column).filter((column) => !left.has(column));
  const givenAfter = columns.filter((column) => given[column] && !first.includes(column));
  const restricted = columns
    .filter((column) => sets[column] && !first.includes(column))
    .map((column) => ({ column, share: allowedShare(codec, column, request) }))
    .sort((a, b) => a.share - b.share)
    .map(({ column }) => column);
  const leading = [...first, ...givenAfter, ...restricted];
  const others = columns.filter((column) => !leading.includes(column) && column !== target);
  const last = columns.includes(target) && !leading.includes(target) ? [target] : [];
  const length = headLength(leading, request);
  const head = length > 0 ? headOf(codec, draw, leading.slice(0, length), request) : undefined;
  return (random) => {
    const begin = head ? leading : [...first, ...random.shuffle([...givenAfter])];
    const order = Int32Array.from([...begin, ...random.shuffle([...others]), ...last]);
    return { order, given, random, head };
  };
}

/** The share of a column's first tokens that is allowed: a column's ranges have about equal weight. */
function allowedShare(codec: Codec, column: number, { sets }: RowRequest): number {
  const allowed = codec.restrict(column, sets[column]!);
  return (allowed?.tokens.length ?? 0) / codec.start(column).tokens.length;
}

/** Up to the last column whose cell is restricted, or given after another was drawn. */
function headLength(leading: readonly number[], { given, sets }: RowRequest): number {
  const firstDrawn = leading.findIndex((column) => !given[column]);
  return 1 + leading.findLastIndex((column, i) => sets[column] || (given[column] && firstDrawn >= 0 && i > firstDrawn));
}

/** A cell to be written as it is, or what it may be among all that the grammar admits. */
type Cell = Int32Array | { readonly allowed: State; readonly admitted: State };

function headOf(codec: Codec, draw: Draw, order: readonly number[], { given, sets, shown }: RowRequest): Head {
  const firstDrawn = order.findIndex((column) => !given[column]);
  const cells = order.map((column, position): Cell => {
    const admitted = codec.start(column);
    const tokens = given[column];
    if (tokens) return position < firstDrawn ? tokens : { allowed: oneOf([tokens]), admitted };
    const set = sets[column];
    return { allowed: (set && codec.restrict(column, set)) ?? admitted, admitted };
  });
  const end = order.length - 1;
  /** Writes what needs no drawing, from the column at `position` on. */
  const enter = (from: number, before: Iterable<number>): Place => {
    const tokens = [...before];
    for (let position = from; position <= end; position++) {
      tokens.push(codec.phrase(order[position]!, position === 0));
      const cell = cells[position]!;
      if (!(cell instanceof Int32Array)) return { ...cell, tokens: Int32Array.from(tokens), position, isEnd: false };
      tokens.push(...cell);
    }
    return { tokens: Int32Array.from(tokens), position: end, allowed: undefined, admitted: undefined, isEnd: true };
  };
  return createHead({
    start: enter(0, [special.bos]),
    next({ position, tokens }, token, allowed, admitted) {
      const said = Int32Array.of(...tokens, token);
      if (allowed.tokens.length === 0) return enter(position + 1, said);
      return { tokens: said, position, allowed, admitted, isEnd: position === end && allowed === admitted };
    },
    draw,
    shown,
  });
}
