import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from '../../src/model/fit.ts';
import type { Model } from '../../src/model/model.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { rangeOf, type Shard } from '../../src/numeric/shard.ts';
import type { ImputeOptions, SampleOptions } from '../../src/sample/options.ts';
import { createReplacer } from '../../src/table/identifiers/replace.ts';
import { learnedTable } from '../../src/table/learnable.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';

/** Customers with keys, persons, gaps and a sum. */
function customers(count: number): Table {
  const random = createRandom(5);
  return tableFromRows(
    Array.from({ length: count }, (_, i) => {
      const [net, tax] = [random.int(50), random.int(9)];
      const [first, last] = [['Anna', 'Bob', 'Carl'][random.int(3)]!, ['Meyer', 'Ray', 'Zed', 'Low'][random.int(4)]!];
      return {
        code: `C-${1_000_000 + 7919 * i}`,
        name: `${first} ${last}`,
        email: i % 5 === 1 ? null : `${first}.${last}${i}@firma.de`.toLowerCase(),
        plan: random.int(3) === 0 ? null : ['basic', 'more', 'all'][random.int(3)]!,
        net,
        tax,
        total: net + tax,
      };
    }),
  );
}

const training = customers(300);
const withCheck: Table = { ...training, schema: { ...training.schema, checks: ['total = net + tax'] } };
let model: Model;

beforeAll(async () => {
  model = await fit(withCheck, { target: 'plan', epochs: 1, preset: 'tiny', seed: 1 });
});

const shards = (of: number): Shard[] => Array.from({ length: of }, (_, i) => ({ index: i + 1, of }));

it('parts are all rows in order, and no two differ by more than one row', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 1, max: 300 }), (rows, of) => {
      const ranges = shards(of).map((shard) => rangeOf(shard, rows));
      expect(ranges[0]!.from).toBe(0);
      expect(ranges.at(-1)!.to).toBe(rows);
      for (const [i, { from }] of ranges.entries()) if (i > 0) expect(from).toBe(ranges[i - 1]!.to);
      const sizes = ranges.map(({ from, to }) => to - from);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

describe('shards one after the other are the rows of one run', () => {
  const like = takeRows(
    customers(700),
    Array.from({ length: 700 }, (_, i) => i),
  );
  const cases: [string, SampleOptions, number[]][] = [
    ['drawn freely, under a check', { rows: 1300 }, [1, 2, 7]],
    ['fewer than shards', { rows: 3 }, [5]],
    ['under conditions', { rows: 700, where: { net: { gte: 10, lt: 40 }, plan: { in: ['basic', 'all'] } } }, [3]],
    ['balanced', { rows: 700, balance: 'plan' }, [3]],
    ['like others', { like, keep: ['plan', 'net'] }, [3]],
    ['with a prompt, colder', { rows: 600, prompt: 'net is 12, plan is', temperature: 0.7, topK: 5 }, [2]],
    ['above a quality', { rows: 600, minQuality: 0.3 }, [3]],
    ['above a quality, beside real rows', { rows: 600, minQuality: 0.3, real: training }, [2]],
    ['after others', { rows: 600, after: [training] }, [2]],
  ];
  it.each(cases)('%s', async (_, options, counts) => {
    const whole = tableRows(await model.sample({ ...options, seed: 4, workers: 1 }));
    for (const of of counts) {
      const parts: ReturnType<typeof tableRows> = [];
      for (const shard of shards(of)) {
        parts.push(...tableRows(await model.sample({ ...options, seed: 4, shard, workers: 1 })));
      }
      expect(parts).toEqual(whole);
    }
  });

  it.each<[string, ImputeOptions]>([
    ['imputed', {}],
    ['imputed by several draws', { draws: 3 }],
  ])('%s', async (_, options) => {
    const gaps = customers(600);
    const whole = await model.impute(gaps, { ...options, seed: 2, workers: 1 });
    const parts: ReturnType<typeof tableRows> = [];
    for (const shard of shards(3))
      parts.push(...tableRows(await model.impute(gaps, { ...options, seed: 2, workers: 1, shard })));
    expect(parts).toEqual(tableRows(whole));
    expect(parts.some(({ plan }) => plan === null)).toBe(false);
  });
});

it('a thousand shards of ten rows have identifiers and persons of their own, and none of training', async () => {
  const learned = takeRows(learnedTable(training), [...Array(10).keys()]);
  const codes = new Set<unknown>();
  const emails: unknown[] = [];
  for (const shard of shards(1000)) {
    const { from } = rangeOf(shard, 10_000);
    const replace = await createReplacer(training.schema, { seed: 3, rows: 10_000, firstRow: from });
    for (const { code, email } of tableRows(replace(learned))) {
      codes.add(code);
      if (email !== null) emails.push(email);
    }
  }
  expect(codes.size).toBe(10_000);
  expect(new Set(emails).size).toBe(emails.length);
  expect(emails.length).toBeGreaterThan(7000);
  for (const { code, email } of tableRows(training)) {
    expect(codes.has(code)).toBe(false);
    expect(emails.includes(email)).toBe(false);
  }
});

it.each([
  [{ rows: 3, shard: { index: 0, of: 4 } }, 'from 1 to their number'],
  [{ rows: 3, shard: { index: 5, of: 4 } }, 'from 1 to their number'],
  [{ rows: 3, shard: { index: 1, of: 100_000 } }, '99999'],
  [{ rows: 3, shard: { index: 1, of: 2 }, maxSeconds: 1 }, 'cannot be given with "maxSeconds"'],
])('a call %# is refused', async (options, message) => {
  await expect(model.sample(options)).rejects.toThrow(message);
});
