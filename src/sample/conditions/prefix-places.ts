/** The places of a conditional prefix: what conditions and checks allow of each cell, given those before it. */

import { isEnding, oneOf, onlyPath, type State } from '../../serialize/codec/automaton.ts';
import { commonCells, hasCell } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';

import { wordsOf } from '../../serialize/sentence/quoting.ts';
import { parseSentence, phraseOf } from '../../serialize/sentence/sentence.ts';
import type { Value } from '../../table/cells.ts';
import type { Schema } from '../../table/schema.ts';
import type { TokenSampler } from '../decode/token-sampler.ts';
import type { RowRequest } from '../requests/row-request.ts';
import { type ConditionalPrefix, createConditionalPrefix, type Place } from './conditional-prefix.ts';
import type { Known, Rules } from './rules.ts';

/** The values of a row's cells so far, those the model has no words for included; undefined where not yet written. */
export function knownCells(codec: Codec, tokens: Int32Array, { aside }: RowRequest): Known {
  const cells = [...parseSentence(codec.schema, codec.text(tokens)).cells];
  for (const [column, value] of asideValues(codec.schema, aside)) cells[column] = value;
  return cells;
}

function asideValues(schema: Schema, aside: RowRequest['aside']): [number, Value | null | undefined][] {
  return aside.map(({ column, text }) => {
    const sentence = phraseOf(schema.columns[column]!, true, wordsOf(schema.template)) + text;
    return [column, parseSentence(schema, sentence).cells[column]];
  });
}

/** A cell to be written as it is, or what it may be among all that the grammar admits. */
type Cell = Int32Array | { readonly allowed: State; readonly admitted: State };

interface CellPlace extends Place {
  readonly order: readonly number[];
  /** Cells before this column's, where checks want to know them. */
  readonly known: Known;
  /** Where in `tokens` the cell begins that is being written. */
  readonly from: number;
}

/** @param orders of the same columns, each as likely as any other; those that are given before any is drawn come first. */
export function prefixOf(
  codec: Codec,
  draw: TokenSampler,
  orders: readonly (readonly number[])[],
  { given, sets, aside, shown }: RowRequest,
  rules: Rules | undefined,
): ConditionalPrefix {
  const { endings } = codec;
  const firstDrawn = orders[0]!.findIndex((column) => !given[column]);
  const end = orders[0]!.length - 1;
  const free = (column: number, position: number): Cell => {
    const admitted = codec.start(column);
    const tokens = given[column];
    if (tokens)
      return position < firstDrawn ? tokens : { allowed: oneOf([tokens], { free: admitted, endings }), admitted };
    const set = sets[column];
    return { allowed: (set && codec.restrict(column, set)) ?? admitted, admitted };
  };
  /** The cell under the checks, too; undefined when they leave nothing. */
  const cellAt = (column: number, position: number, known: Known): Cell | undefined => {
    const rule = rules?.allowed(column, known);
    if (!rule) return free(column, position);
    const tokens = given[column];
    if (tokens) return hasCell(rule.set, codec.value(column, tokens)) ? free(column, position) : undefined;
    const set = sets[column];
    const allowed = codec.restrict(column, set ? commonCells(set, rule.set) : rule.set);
    const only = allowed && rule.isSet && !set ? onlyPath(allowed, endings) : undefined;
    return only ?? (allowed && { allowed, admitted: codec.start(column) });
  };
  const learn = (known: Known, column: number, tokens: Int32Array): Known =>
    rules ? known.with(column, codec.value(column, tokens)) : known;
  /** Writes what needs no drawing, from the column at position `first` on. */
  const enter = (
    order: readonly number[],
    first: number,
    before: Iterable<number>,
    knownBefore: Known,
  ): CellPlace | undefined => {
    const tokens = [...before];
    let known = knownBefore;
    for (let position = first; position <= end; position++) {
      const column = order[position]!;
      tokens.push(...codec.phrase(column, position === 0));
      const cell = cellAt(column, position, known);
      if (!cell) return undefined;
      if (!(cell instanceof Int32Array)) {
        const from = tokens.length;
        return { ...cell, tokens: Int32Array.from(tokens), order, from, position, known, isEnd: false };
      }
      tokens.push(...cell);
      known = learn(known, column, cell);
    }
    const said = Int32Array.from(tokens);
    return { tokens: said, order, from: 0, position: end, known, allowed: undefined, admitted: undefined, isEnd: true };
  };
  const unknown: Known = codec.schema.columns.map(() => undefined);
  const beside = asideValues(codec.schema, aside).reduce(
    (known, [column, value]) => known.with(column, value),
    unknown,
  );
  return createConditionalPrefix<CellPlace>({
    starts: orders.map((order) => enter(order, 0, [codec.bos], beside)),
    next(place, token, allowed, admitted) {
      const { order, position, from, known } = place;
      const tokens = isEnding(token, allowed, endings) ? place.tokens : Int32Array.of(...place.tokens, token);
      if (allowed.tokens.length > 0) {
        return { ...place, tokens, allowed, admitted, isEnd: position === end && allowed === admitted };
      }
      return enter(order, position + 1, tokens, learn(known, order[position]!, tokens.subarray(from)));
    },
    draw,
    shown: shown || 'the checks',
  });
}
