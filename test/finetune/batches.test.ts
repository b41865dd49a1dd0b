import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchSource,
  batchRows,
  bucketLength,
  drawOrder,
  makeBatch,
  runsOf,
  sequenceLength,
} from '../../src/finetune/batches.ts';
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
  return { codec, encoded: encodeTable(codec, table), target, weights };
}

describe('runs of batches', () => {
  it('put neighbours of one length together, at most so many, in their order', () => {
    fc.assert(
      fc.property(anyTable, fc.integer({ min: 1, max: 4 }), fc.nat(), ({ table }, most, seed) => {
        const source = sourceOf(table);
        const rows = Int32Array.from({ length: table.rowCount }, (_, i) => i);
        const batches = batchRows(rows, 2, source.encoded.length, createRandom(seed));
        const runs = runsOf(source, batches, most);
        expect(runs.flat()).toEqual(batches);
        for (const [i, run] of runs.entries()) {
          const lengths = new Set(run.map((batch) => sequenceLength(source, batch)));
          expect(run.length).toBeLessThanOrEqual(most);
          expect(lengths.size).toBe(1);
          const next = runs[i + 1]?.[0];
          if (next && run.length < most) expect(lengths).not.toContain(sequenceLength(source, next));
        }
      }),
    );
  });
});

describe('an epoch', () => {
  it('has every row once, in batches of the size asked for, only one of them smaller', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.integer({ min: 1, max: 9 }), fc.nat(), (count, batchSize, seed) => {
        const rows = Int32Array.from({ length: count }, (_, i) => 3 * i);
        const batches = batchRows(rows, batchSize, (row) => row % 7, createRandom(seed));
        expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual([...rows]);
        expect(batches).toHaveLength(Math.ceil(count / batchSize));
        expect(batches.filter(({ length }) => length < batchSize).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('puts rows of like length together, and the batches in random order', () => {
    const rows = Int32Array.from({ length: 64 }, (_, i) => i);
    const batches = batchRows(rows, 8, (row) => row % 8, createRandom(2)).map((batch) =>
      [...batch].map((row) => row % 8),
    );
    for (const lengths of batches) expect(new Set(lengths).size).toBe(1);
    const order = batches.map(([length]) => length);
    expect(order).not.toEqual([...order].sort());
  });

  it('leaves the rows it was given alone, and differs from the next', () => {
    const rows = Int32Array.from({ length: 60 }, (_, i) => i);
    const random = createRandom(3);
    const epochs = [1, 2].map(() => batchRows(rows, 60, () => 1, random).flatMap((batch) => [...batch]));
    expect([...rows]).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
  });
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
    const batch = makeBatch(source, rows, rows.length + spare, createRandom(seed, 1));
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

describe('an order of columns', () => {
  it('has every column once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(), fc.nat(), (columns, nth, seed) => {
        const order = drawOrder(columns, (nth % (columns + 1)) - 1, createRandom(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: columns }, (_, i) => i));
      }),
    );
  });

  it('puts the label last in a half and wherever chance has it otherwise, and the others anywhere', () => {
    const random = createRandom(5);
    const orders = Array.from({ length: 4000 }, () => drawOrder(4, 2, random));
    const share = (column: number, place: number) => orders.filter((order) => order[place] === column).length / 4000;
    expect(share(2, 3)).toBeCloseTo(0.5 + 0.5 / 4, 1);
    expect(Math.abs(share(2, 3) - 0.625)).toBeLessThan(0.03);
    for (const place of [0, 1, 2]) expect(Math.abs(share(2, place) - 0.125)).toBeLessThan(0.03);
    for (const column of [0, 1, 3]) expect(Math.abs(share(column, 0) - 0.875 / 3)).toBeLessThan(0.03);
  });

  it('is all chance without a label', () => {
    const random = createRandom(6);
    const seen = new Set(Array.from({ length: 300 }, () => drawOrder(3, -1, random).join()));
    expect(seen.size).toBe(6);
  });
});

it('a batch of a wide table is no longer than the model’s longest sentence', () => {
  const names = Array.from({ length: 70 }, (_, i) => `c${i}`);
  const table = tableFromRows([0, 1, 2].map((row) => Object.fromEntries(names.map((name) => [name, `v${row}`]))));
  const source = sourceOf(table);
  const batch = makeBatch(source, Int32Array.of(0, 1, 2), 3, createRandom(1));
  expect([bucketLength(source.encoded.length(0) - 1) > source.codec.longest, batch.T]).toEqual([
    true,
    source.codec.longest,
  ]);
});
