import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marked, readProvenance } from '../../src/augment/augment.ts';
import { inProportion } from '../../src/augment/class-counts.ts';
import { bestOfAll, bestTrial } from '../../src/augment/decide.ts';
import { type Memory, remembered } from '../../src/augment/memory.ts';
import { dealt } from '../../src/augment/selection.ts';
import type { Trial } from '../../src/augment/trial.ts';
import { worldTable } from './world.ts';

const none = { synthetic: { found: 0, rows: 100 }, real: { found: 0, rows: 100 } };
const nothing: Memory = { copies: none, nearCopies: none, rareValues: none };
const chance = 1.64;

const trial = (gain: number, error: number, share = 1): Trial => ({
  share,
  pick: 'as drawn',
  rows: 10,
  score: 0.8,
  gain,
  error,
  memory: nothing,
});

describe('the best way to add rows', () => {
  it('gains most among those that gain more than their standard error', () => {
    const trials = [trial(0.03, 0.04), trial(0.01, 0.005), trial(0.02, 0.01)];
    expect(bestTrial({ trials, chance })).toEqual(trial(0.02, 0.01));
    expect(bestTrial({ trials, chance: 2.5 })).toBeUndefined();
  });

  it.each<[string, Trial[]]>([
    ['none gains', [trial(-0.01, 0.001), trial(0, 0)]],
    ['gains may be chance', [trial(0.01, 0.025)]],
    ['nothing could be measured', [trial(Number.NaN, Number.NaN)]],
    ['nothing was tried', []],
  ])('is none where %s', (_, trials) => {
    expect(bestTrial({ trials, chance })).toBeUndefined();
  });

  it('may be less certain where another measure speaks for it', () => {
    const dealtAnew: Trial = { ...trial(0.01, 0.02), pick: 'labels dealt anew' };
    expect(bestTrial({ trials: [trial(0.015, 0.02), dealtAnew], chance })).toEqual(dealtAnew);
  });

  it('under force is the best of those that add every row', () => {
    expect(bestOfAll([trial(0.05, 0.01, 0.25), trial(-0.03, 0.01), trial(-0.02, 0.01)])).toEqual(trial(-0.02, 0.01));
  });
});

describe('rows that repeat what was learned', () => {
  const found = (synthetic: number, real: number, rows = 1000): Memory['copies'] => ({
    synthetic: { found: synthetic, rows },
    real: { found: real, rows },
  });

  it.each<[Partial<Memory>, string[]]>([
    [{ copies: found(5, 0) }, []],
    [{ copies: found(60, 0) }, ['copies']],
    [{ copies: found(60, 50) }, []],
    [{ nearCopies: found(120, 50) }, []],
    [{ nearCopies: found(300, 50) }, ['nearCopies']],
    [{ rareValues: found(620, 110), copies: found(200, 10) }, ['copies', 'rareValues']],
    [{ copies: found(1, 0, 10) }, []],
  ])('%j', (some, expected) => {
    const memory = { ...nothing, ...some };
    expect(remembered(memory)).toEqual(expected);
    const gains = { ...trial(0.05, 0.01), memory };
    expect(bestTrial({ trials: [gains, trial(0.02, 0.01)], chance })).toEqual(
      expected.length > 0 ? trial(0.02, 0.01) : gains,
    );
    expect(bestOfAll([gains])).toEqual(expected.length > 0 ? undefined : gains);
  });
});

describe('labels dealt anew', () => {
  it('of classes go to the rows that are likeliest of them, in the same counts', () => {
    const p = Float64Array.of(0.1, 0.9, 0.4, 0.6, 0.2);
    const from = dealt([p.map((x) => 1 - x), p], { kind: 'class', codes: Int32Array.of(1, 0, 0, 1, 0), classes: 2 });
    const codes = [1, 0, 0, 1, 0];
    expect(Array.from(from, (row) => codes[row])).toEqual([0, 1, 0, 1, 0]);
  });

  it('of numbers rise with what is expected', () => {
    const values = Float64Array.of(5, 1, 3);
    const from = dealt([Float64Array.of(10, 30, 20)], { kind: 'number', values });
    expect(Array.from(from, (row) => values[row])).toEqual([1, 5, 3]);
  });

  it('are the same labels, whatever is expected', () => {
    const rows = fc.array(
      fc.tuple(fc.nat(2), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(rows, (drawn) => {
        const codes = Int32Array.from(drawn, ([code]) => code);
        const predictions = [0, 1, 2].map((k) => Float64Array.from(drawn, ([, p]) => p[k]!));
        const from = dealt(predictions, { kind: 'class', codes, classes: 3 });
        expect([...from].sort((a, b) => a - b)).toEqual([...codes.keys()]);
      }),
    );
  });
});

it('counts in proportion have the sum that is asked for and are off by less than one', () => {
  fc.assert(
    fc.property(
      fc.nat(10_000),
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }),
      (total, parts) => {
        const counts = inProportion(total, parts);
        const sum = parts.reduce((a, b) => a + b, 0);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(total);
        counts.forEach((count, i) => {
          expect(Math.abs(count - (total * parts[i]!) / sum)).toBeLessThan(1);
        });
      },
    ),
  );
});

it('a marked table gives back its rows', () => {
  const table = worldTable(20, 4);
  const { real, synthetic, mark } = readProvenance(marked(table, 'origin', 'synthetic'), undefined);
  expect([real.rowCount, synthetic!.columns, mark]).toEqual([0, table.columns, 'origin']);
});
