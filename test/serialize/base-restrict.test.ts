import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after, isEnding, type State } from '../../src/serialize/codec/automaton.ts';
import { hasCell } from '../../src/serialize/codec/cell-set.ts';
import { createCodec, learnBaseGrammar } from '../../src/serialize/codec/codec.ts';
import { anySet } from './any-set.ts';
import { anyTable } from './any-table.ts';
import { baseTokenizers } from './base-tokenizers.ts';

const anyRestriction = anyTable.chain(({ table: { schema, ...data }, rows }) =>
  fc.nat(data.columns.length - 1).chain((column) => {
    const cells = rows.map((row) => row[column]!);
    // Some tokenizers have no token for what a template may hold.
    const { template: _, ...plain } = schema;
    return anySet(plain.columns[column]!, cells).map((set) => ({ table: { schema: plain, ...data }, column, set }));
  }),
);

describe.each(Object.entries(baseTokenizers))('a set of cells in the tokens of %s', (_, base) => {
  it('is said in cells of the set only, in tokens that the column admits', () => {
    fc.assert(
      fc.property(
        anyRestriction,
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 60, maxLength: 60 }),
        ({ table, column, set }, shares) => {
          const codec = createCodec(table.schema, learnBaseGrammar(table, base));
          let state = codec.restrict(column, set);
          fc.pre(state !== undefined);
          let free: State | undefined = codec.start(column);
          const said: number[] = [];
          for (let i = 0; state.tokens.length > 0; i++) {
            expect(said.length).toBeLessThanOrEqual(codec.cellLengths[column]!);
            const index = Math.floor(shares[i % shares.length]! * state.tokens.length);
            const token = state.tokens[index]!;
            free = free && after(free, token);
            state = state.next(index);
            if (!isEnding(token, state, codec.endings)) said.push(token);
          }
          expect(hasCell(set, codec.decode(column, Int32Array.from(said)))).toBe(true);
          if (set.present.is !== 'texts') expect(free?.tokens.length).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
