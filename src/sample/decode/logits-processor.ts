/** The grammar of rows for another runtime's generation: forbids every token that no row continues with. */

import { z } from 'zod';
import { TabletalkError } from '../../errors/errors.ts';
import { after, createState, done, followedBy, type State } from '../../serialize/codec/automaton.ts';
import type { CellSet } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';

import { whereSchema } from '../conditions/where.ts';

export const processorOptions = z.strictObject({
  /** Conditions that every row meets, by column name. */
  where: whereSchema.default({}),
  /** The columns in the order in which rows name them; some may be left out. */
  order: z.array(z.string()).min(1).optional(),
});
export type ProcessorOptions = z.input<typeof processorOptions>;

/**
 * Called before every token: `inputIds` are the sequences so far, each with the prompt it began with; `logits`
 * [batch, vocabSize] are changed in place and returned.
 */
export type LogitsProcessor = <Logits extends { readonly data: ArrayLike<number>; readonly dims: readonly number[] }>(
  inputIds: readonly (readonly (bigint | number)[])[],
  logits: Logits,
) => Logits;

/** A whole sentence as one automaton: the phrase and cell of each column in order, then the end. */
export function sentenceState(codec: Codec, order: readonly number[], sets: readonly (CellSet | undefined)[]): State {
  const said = (tokens: Int32Array, next: () => State): State =>
    tokens.length === 0 ? next() : createState([{ token: tokens[0]!, leadsTo: () => said(tokens.subarray(1), next) }]);
  const from = (position: number): State => {
    const column = order[position];
    if (column === undefined) return said(Int32Array.of(codec.eos), () => done);
    const set = sets[column];
    const cell = () => (set && codec.restrict(column, set)) ?? codec.start(column);
    return said(codec.phrase(column, position === 0), () =>
      followedBy(cell(), () => from(position + 1), codec.endings),
    );
  };
  return from(0);
}

/**
 * Holds every sequence to `start`, whose end is `eos` and which begins after the first token (the model's begin of a sentence), so that a prompt
 * is part of the row. After a complete row only the end is left. Throws when a sequence is no row's beginning.
 */
export function grammarProcessor(start: State, eos: number): LogitsProcessor {
  return (inputIds, logits) => {
    const data = logits.data as Float32Array;
    const vocabSize = data.length / inputIds.length;
    for (const [b, ids] of inputIds.entries()) {
      let state: State | undefined = start;
      for (let at = 1; at < ids.length && state && state.tokens.length > 0; at++) state = after(state, Number(ids[at]));
      if (!state)
        throw new TabletalkError('option', 'the prompt is not the beginning of a row that meets the conditions');
      const allowed = new Set(state.tokens.length > 0 ? state.tokens : [eos]);
      for (let token = 0; token < vocabSize; token++) {
        if (!allowed.has(token)) data[b * vocabSize + token] = Number.NEGATIVE_INFINITY;
      }
    }
    return logits;
  };
}
