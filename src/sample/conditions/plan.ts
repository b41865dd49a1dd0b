/**
 * From what a row is asked to be to the order in which its columns are written, and the head in which conditions hold.
 * It knows codec and requests, nothing of models.
 *
 * What is sampled: the model is one distribution over rows for every order of the columns. Columns that conditions bear
 * on come first: those given, in random order, or in the schema's where other conditions follow; then those with several
 * allowed cells, the most restricted first; then those that the schema's checks name. The others follow in random order,
 * the label last. A row is drawn from the model's distribution under its order given that conditions and checks hold,
 * mixed over the orders of the columns after. A number that an equation gives is set, whatever the model thinks of it.
 */
import type { Random } from '../../numeric/random.ts';
import { after, isEnding, oneOf, onlyPath, type State } from '../../serialize/codec/automaton.ts';
import { commonCells, hasCell } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/codec.ts';
import { wordsOf } from '../../serialize/sentence/quoting.ts';
import { parseSentence, phraseOf } from '../../serialize/sentence/sentence.ts';
import type { Value } from '../../table/cells.ts';
import type { Schema } from '../../table/schema.ts';
import type { RowPlan } from '../decode/decode.ts';
import type { Draw } from '../decode/token-sampler.ts';
import type { RowRequest } from '../requests/row-request.ts';
import { createHead, type Head, type Place } from './conditional-prefix.ts';
import { createRules, type Known, type Rules } from './rules.ts';

/** Plans rows that all ask for the same. @param target index of the label, -1 for none. */
export function planner(codec: Codec, target: number, draw: Draw, request: RowRequest): (random: Random) => RowPlan {
  const { given, sets, aside } = request;
  const left = new Set(aside.map(({ column }) => column));
  const isGiven = (column: number) => given[column] !== undefined || left.has(column);
  const rules = createRules(codec.schema, codec.grammar.combinations ?? [], (column) => !isGiven(column));
  const first = request.first.filter((column) => !left.has(column));
  const columns = codec.schema.columns.map((_, column) => column).filter((column) => !left.has(column));
  const givenAfter = columns.filter((column) => given[column] && !first.includes(column));
  const restricted = columns
    .filter((column) => sets[column] && !first.includes(column))
    .map((column) => ({ column, share: allowedShare(codec, column, request) }))
    .sort((a, b) => a.share - b.share)
    .map(({ column }) => column);
  const ruled = (rules?.columns ?? []).filter((column) => !left.has(column));
  const leading = [...new Set([...first, ...givenAfter, ...restricted, ...ruled])];
  const others = columns.filter((column) => !leading.includes(column) && column !== target);
  const last = columns.includes(target) && !leading.includes(target) ? [target] : [];
  const length = headLength(leading, request, rules);
  const head = length > 0 ? headOf(codec, draw, leading.slice(0, length), request, rules) : undefined;
  const accepts = rules && ((tokens: Int32Array) => rules.accept(cellsOf(codec, tokens, request)));
  return (random) => {
    const begin = head ? leading : [...first, ...random.shuffle([...givenAfter])];
    const order = Int32Array.from([...begin, ...random.shuffle([...others]), ...last]);
    return { order, given, random, head, accepts };
  };
}

/** The share of a column's cells that is allowed, were all that the grammar admits equally likely. */
function allowedShare(codec: Codec, column: number, { sets }: RowRequest): number {
  const allowed = codec.restrict(column, sets[column]!);
  return allowed ? shareOf(allowed, codec.start(column), new Map()) : 0;
}

function shareOf(allowed: State, admitted: State | undefined, known: Map<State, number>): number {
  if (allowed === admitted || allowed.tokens.length === 0) return 1;
  let share = known.get(allowed);
  if (share === undefined) {
    share = 0;
    for (const [i, token] of allowed.tokens.entries()) {
      share += shareOf(allowed.next(i), admitted && after(admitted, token), known);
    }
    share /= Math.max(admitted?.tokens.length ?? 0, allowed.tokens.length);
    known.set(allowed, share);
  }
  return share;
}

/** Up to the last column whose cell is restricted, or given after another was drawn. */
function headLength(leading: readonly number[], { given, sets }: RowRequest, rules: Rules | undefined): number {
  const firstDrawn = leading.findIndex((column) => !given[column]);
  const isBound = (column: number, i: number) =>
    sets[column] || rules?.columns.includes(column) || (given[column] && firstDrawn >= 0 && i > firstDrawn);
  return firstDrawn < 0 ? 0 : 1 + leading.findLastIndex(isBound);
}

/** The values of a complete row. */
function cellsOf(codec: Codec, tokens: Int32Array, { aside }: RowRequest): readonly (Value | null)[] {
  const cells = [...parseSentence(codec.schema, codec.text(tokens)).cells];
  for (const [column, value] of asideValues(codec.schema, aside)) cells[column] = value;
  return cells as (Value | null)[];
}

function asideValues(schema: Schema, aside: RowRequest['aside']): [number, Value | null | undefined][] {
  return aside.map(({ column, text }) => {
    const sentence = phraseOf(schema.columns[column]!, true, wordsOf(schema.template)) + text;
    return [column, parseSentence(schema, sentence).cells[column]];
  });
}

/** A cell to be written as it is, or what it may be among all that the grammar admits. */
type Cell = Int32Array | { readonly allowed: State; readonly admitted: State };

interface RulePlace extends Place {
  /** Cells before this column's, where checks want to know them. */
  readonly known: Known;
  /** Where in `tokens` the cell begins that is being written. */
  readonly from: number;
}

function headOf(
  codec: Codec,
  draw: Draw,
  order: readonly number[],
  { given, sets, aside, shown }: RowRequest,
  rules: Rules | undefined,
): Head {
  const { endings } = codec;
  const firstDrawn = order.findIndex((column) => !given[column]);
  const free = order.map((column, position): Cell => {
    const admitted = codec.start(column);
    const tokens = given[column];
    if (tokens)
      return position < firstDrawn ? tokens : { allowed: oneOf([tokens], { free: admitted, endings }), admitted };
    const set = sets[column];
    return { allowed: (set && codec.restrict(column, set)) ?? admitted, admitted };
  });
  /** The cell under the checks, too; undefined when they leave nothing. */
  const cellAt = (position: number, known: Known): Cell | undefined => {
    const column = order[position]!;
    const rule = rules?.allowed(column, known);
    if (!rule) return free[position]!;
    const tokens = given[column];
    if (tokens) return hasCell(rule.set, codec.value(column, tokens)) ? free[position]! : undefined;
    const set = sets[column];
    const allowed = codec.restrict(column, set ? commonCells(set, rule.set) : rule.set);
    const only = allowed && rule.defined && !set ? onlyPath(allowed, endings) : undefined;
    return only ?? (allowed && { allowed, admitted: codec.start(column) });
  };
  const learn = (known: Known, column: number, tokens: Int32Array): Known =>
    rules ? known.with(column, codec.value(column, tokens)) : known;
  const end = order.length - 1;
  /** Writes what needs no drawing, from the column at `position` on. */
  const enter = (first: number, before: Iterable<number>, knownBefore: Known): RulePlace | undefined => {
    const tokens = [...before];
    let known = knownBefore;
    for (let position = first; position <= end; position++) {
      const column = order[position]!;
      tokens.push(...codec.phrase(column, position === 0));
      const cell = cellAt(position, known);
      if (!cell) return undefined;
      if (!(cell instanceof Int32Array)) {
        return { ...cell, tokens: Int32Array.from(tokens), from: tokens.length, position, known, isEnd: false };
      }
      tokens.push(...cell);
      known = learn(known, column, cell);
    }
    const said = Int32Array.from(tokens);
    return { tokens: said, from: 0, position: end, known, allowed: undefined, admitted: undefined, isEnd: true };
  };
  const unknown: Known = codec.schema.columns.map(() => undefined);
  const beside = asideValues(codec.schema, aside).reduce(
    (known, [column, value]) => known.with(column, value),
    unknown,
  );
  return createHead<RulePlace>({
    start: enter(0, [codec.bos], beside),
    next(place, token, allowed, admitted) {
      const { position, from, known } = place;
      const tokens = isEnding(token, allowed, endings) ? place.tokens : Int32Array.of(...place.tokens, token);
      if (allowed.tokens.length > 0) {
        return { ...place, tokens, allowed, admitted, isEnd: position === end && allowed === admitted };
      }
      return enter(position + 1, tokens, learn(known, order[position]!, tokens.subarray(from)));
    },
    draw,
    shown: shown || 'the checks',
  });
}
