import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchSource,
  batchesByLength,
  bucketLength,
  lengthGroups,
  makeBatch,
  meanTargetWeight,
  stratifiedSteps,
} from '../../src/finetune/batches.ts';
import { columnOrders } from '../../src/finetune/column-orders.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { createCodec, learnGrammar, special } from '../../src/serialize/codec/codec.ts';
import { encodeTable } from '../../src/serialize/codec/encoded-table.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { valueAt } from '../../src/table/cells.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { isNumeric } from '../../src/table/schema.ts';
import type { Table } from '../../src/table/table.ts';
import { anyTable } from '../serialize/any-table.ts';

const weights = { phrase: 0.25, value: 1, digit: 0.5, lastTarget: 8 };

function sourceOf(table: Table, target = -1): BatchSource {
  const codec = createCodec(table.schema, learnGrammar(table));
  return { codec, encoded: encodeTable(codec, table), orders: columnOrders(table.schema, target, 0.5), weights };
}

describe('the steps of an epoch', () => {
  const cases = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 70 }), fc.nat());
  const lengthOf = (row: number) => 5 + ((row * 7919) % 41) ** 2;

  it('have every row once, and places for as many as were asked for', () => {
    fc.assert(
      fc.property(cases, ([count, batchSize, seed]) => {
        const rows = Int32Array.from({ length: count }, (_, i) => 3 * i);
        const steps = stratifiedSteps(rows, batchSize, lengthOf, createRandom(seed));
        expect(steps.flatMap((step) => [...step].filter((row) => row >= 0)).sort((a, b) => a - b)).toEqual([...rows]);
        expect(steps).toHaveLength(Math.ceil(count / batchSize));
        for (const step of steps) expect(step).toHaveLength(batchSize);
      }),
    );
  });

  it('have rows of all lengths, in the proportions of the table', () => {
    // Half of the rows is short: so is half of every step.
    const rows = Int32Array.from({ length: 1024 }, (_, i) => i);
    const steps = stratifiedSteps(rows, 32, (row) => (row % 2 ? 10 : 90), createRandom(4));
    for (const step of steps) {
      const short = step.filter((row) => row >= 0 && row % 2 === 1).length;
      const long = step.filter((row) => row >= 0 && row % 2 === 0).length;
      expect([short, long]).toEqual([16, 16]);
    }
  });

  it('fit their groups of one length, in every epoch', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 9 }), ([count, batchSize, seed], atOnce) => {
        const rows = Int32Array.from({ length: count }, (_, i) => i);
        const lengths = rows.map(lengthOf).sort();
        const groups = lengthGroups(lengths, batchSize, 2000, () => atOnce, 96);
        expect(groups.map(({ from }) => from)).toEqual([0, ...groups.slice(0, -1).map(({ to }) => to)]);
        expect(groups.at(-1)!.to).toBe(batchSize);
        for (const { from, to, size, parts } of groups) {
          expect(size).toBeGreaterThanOrEqual(to - from);
          expect([size % parts, size / parts <= atOnce]).toEqual([0, true]);
        }
        const random = createRandom(seed);
        for (const _ of [1, 2, 3]) {
          for (const step of stratifiedSteps(rows, batchSize, lengthOf, random)) {
            for (const { from, to, T } of groups) {
              for (const row of step.subarray(from, to)) if (row >= 0) expect(lengthOf(row) - 1).toBeLessThanOrEqual(T);
            }
          }
        }
      }),
    );
  });

  it('are cut into groups where that saves more padding than a group costs', () => {
    const groupsOf = (lengths: number[]) => lengthGroups(Int32Array.from(lengths).sort(), 64, 4096, () => 64, 96);
    expect(groupsOf(new Array(640).fill(40))).toHaveLength(1);
    expect(groupsOf(Array.from({ length: 640 }, (_, i) => 40 + (i % 2)))).toHaveLength(1);
    const two = groupsOf(Array.from({ length: 640 }, (_, i) => (i % 2 ? 10 : 200)));
    expect(two.map(({ from, to, T }) => [from, to, T])).toEqual([
      [0, 32, 9],
      [32, 64, 199],
    ]);
  });

  it('leave the rows that were given alone, and differ from the next', () => {
    const rows = Int32Array.from({ length: 60 }, (_, i) => i);
    const random = createRandom(3);
    const epochs = [1, 2].map(() => stratifiedSteps(rows, 60, () => 1, random).flatMap((step) => [...step]));
    expect([...rows]).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
  });
});

it('the mean target weight of a row is what batches have on average', () => {
  fc.assert(
    fc.property(anyTable, fc.nat(), ({ table }, nth) => {
      const source = sourceOf(table, (nth % (table.columns.length + 1)) - 1);
      const rows = Int32Array.from({ length: table.rowCount }, (_, row) => row);
      const random = createRandom(nth);
      const T = source.codec.longest;
      const draws = 400;
      let sum = 0;
      for (let i = 0; i < draws; i++) {
        sum += makeBatch(source, rows, { size: rows.length, T }, random).targetWeights.reduce((a, b) => a + b, 0);
      }
      const mean = sum / draws / rows.length;
      // The label's place is chance: each draw adds at most 8 - 1 to a row.
      const error = 7 / Math.sqrt(draws * rows.length);
      expect(Math.abs(meanTargetWeight(source, rows) - mean)).toBeLessThan(4 * error + 1e-3);
    }),
    { numRuns: 20 },
  );
});

it('lengths are rounded up, by an eighth at most, to few different ones', () => {
  const lengths = Array.from({ length: 2000 }, (_, i) => i + 1);
  for (const length of lengths) {
    expect(bucketLength(length)).toBeGreaterThanOrEqual(length);
    expect(bucketLength(length)).toBeLessThanOrEqual(Math.max(length + 2, length * 1.13));
    expect(bucketLength(bucketLength(length))).toBe(bucketLength(length));
  }
  expect(new Set(lengths.map(bucketLength)).size).toBeLessThan(80);
});

describe('a batch', () => {
  const batches = fc.tuple(anyTable, fc.nat(), fc.nat(3), fc.nat()).map(([{ table }, nth, spare, seed]) => {
    const target = (nth % (table.columns.length + 1)) - 1;
    const source = sourceOf(table, target);
    const rows = createRandom(seed).shuffle(Int32Array.from({ length: table.rowCount }, (_, row) => row));
    const T = Math.max(...[...rows].map(source.encoded.length)) - 1;
    const batch = makeBatch(source, rows, { size: rows.length + spare, T }, createRandom(seed, 1));
    return { table, target, source, rows, batch };
  });

  it('says each of its rows in turn, each token the target of the one before', () => {
    fc.assert(
      fc.property(batches, ({ table, source: { codec, encoded }, rows, batch: { B, T, ids, targets } }) => {
        expect([ids.length, targets.length]).toEqual([B * T, B * T]);
        expect(T).toBeLessThanOrEqual(codec.longest);
        for (const [i, row] of rows.entries()) {
          const length = encoded.length(row) - 1;
          const [seen, next] = [ids, targets].map((tokens) => tokens.slice(i * T, i * T + length));
          expect(seen![0]).toBe(special.bos);
          expect(next!.at(-1)).toBe(special.eos);
          expect([...seen!.slice(1)]).toEqual([...next!.slice(0, -1)]);
          const { cells, issues } = parseSentence(table.schema, codec.text(next!));
          expect(issues).toEqual([]);
          expect(cells).toEqual(table.columns.map((data) => valueAt(data, row)));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('weighs padding nothing, phrases and digits less, values fully, and the label most where it is last', () => {
    fc.assert(
      fc.property(batches, ({ table, target, source: { codec, encoded }, rows, batch }) => {
        const { B, T, targets, targetWeights } = batch;
        const phrases = new Map(
          table.columns.flatMap((_, c) => [true, false].map((first) => [codec.phrase(c, first)[0]!, c] as const)),
        );
        for (let i = 0; i < B; i++) {
          const row = rows[i];
          const length = row === undefined ? 0 : encoded.length(row) - 1;
          const own = [...targetWeights.subarray(i * T, (i + 1) * T)];
          expect(own.slice(length).every((weight) => weight === 0)).toBe(true);
          if (row === undefined) continue;
          const said = targets.subarray(i * T, i * T + length);
          const lastPhrase = said.findLastIndex((token) => phrases.has(token));
          const labelIsLast = target >= 0 && said[lastPhrase] === codec.phrase(target, lastPhrase === 0)[0];
          for (let t = 0; t < length; t++) {
            const isPhrase = t === length - 1 || phrases.has(said[t]!);
            const columnBefore = phrases.get(said[t - 1]!);
            const column = phrases.get(said.subarray(0, t).findLast((token) => phrases.has(token))!)!;
            const isDigit = columnBefore === undefined && !isPhrase && isNumeric(table.schema.columns[column]!);
            const isLabel = labelIsLast && t === lastPhrase + 1;
            const value = isLabel ? weights.lastTarget : weights.value;
            const expected = isPhrase ? weights.phrase : isDigit ? weights.digit : value;
            expect(own[t]).toBe(expected);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

it('a batch of a wide table is no longer than the model’s longest sentence', () => {
  const names = Array.from({ length: 70 }, (_, i) => `c${i}`);
  const table = tableFromRows([0, 1, 2].map((row) => Object.fromEntries(names.map((name) => [name, `v${row}`]))));
  const source = sourceOf(table);
  const [batch] = batchesByLength(source, Int32Array.of(0, 1, 2), 3);
  expect([bucketLength(source.encoded.length(0) - 1) > source.codec.longest, batch!.shape.T]).toEqual([
    true,
    source.codec.longest,
  ]);
});
