import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { type QualityRequest, rowsAboveQuality } from '../../src/model/sample-above-quality.ts';
import { sampleOptions } from '../../src/sample/options.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';

/** Draws numbers 0, 1, 2, ... for one column, and scores x by (x mod 10) / 10. */
function request(given: Partial<QualityRequest>) {
  const calls: { rows: number; seed: number }[] = [];
  const all: QualityRequest = {
    rows: 100,
    minQuality: 0.8,
    seed: 1,
    maxSeconds: undefined,
    draw: async (rows, { seed }) => {
      calls.push({ rows, seed });
      return tableFromRows(Array.from({ length: rows }, (_, x) => ({ x })));
    },
    scorer: {
      score: async ({ columns }) => ({ total: (columns[0] as Float64Array).map((x) => (x % 10) / 10), absent: {} }),
    },
    onProgress: undefined,
    ...given,
  };
  return { all, calls };
}

async function collect(tables: AsyncIterable<Table>): Promise<number[]> {
  const found: number[] = [];
  for await (const { columns } of tables) found.push(...(columns[0] as Float64Array));
  return found;
}

describe('good rows', () => {
  it.each([1, 100, 101, 3000])('are exactly %d, all good', async (rows) => {
    const found = await collect(rowsAboveQuality(request({ rows }).all));
    expect(found).toHaveLength(rows);
    expect(found.every((x) => x % 10 >= 8)).toBe(true);
  });

  it('are drawn with another seed each round, about as many as the share so far promises', async () => {
    const { all, calls } = request({ rows: 3000 });
    await collect(rowsAboveQuality(all));
    expect(new Set(calls.map(({ seed }) => seed)).size).toBe(calls.length);
    expect(calls[0]!.rows).toBe(3300);
    expect(calls[1]!.rows).toBeGreaterThan(2340 * 5);
    expect(calls.length).toBeLessThan(4);
  });

  it('are counted as they come', async () => {
    const seen: number[][] = [];
    await collect(rowsAboveQuality(request({ onProgress: ({ rows, redrawn }) => seen.push([rows, redrawn]) }).all));
    // Of the 500 rows that are drawn at once, the hundredth good one is row 499; of ten, the tenth is row 49.
    expect(seen).toEqual([[100, 400]]);
    seen.length = 0;
    await collect(
      rowsAboveQuality(request({ rows: 10, onProgress: ({ rows, redrawn }) => seen.push([rows, redrawn]) }).all),
    );
    expect(seen).toEqual([[10, 40]]);
  });

  it('that do not come are an error with the share that passed', async () => {
    const error = await collect(rowsAboveQuality(request({ minQuality: 0.95 }).all)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TabletalkError);
    expect((error as TabletalkError).code).toBe('failed');
    expect((error as TabletalkError).message).toMatch(
      /^0 of \d+ rows \(0\.00 %\) reached minQuality 0\.95, and 100 were asked for; the best had 0\.900$/,
    );
  });

  it('of any range are those of the whole', async () => {
    const draw: QualityRequest['draw'] = async (rows, { seed }) =>
      tableFromRows(Array.from({ length: rows }, (_, i) => ({ x: (seed % 100_000) * 100_000 + i })));
    const whole = await collect(rowsAboveQuality(request({ rows: 9000, draw }).all));
    expect(new Set(whole).size).toBe(9000);
    const ends = [0, 1, 4095, 4097, 8192, 8200, 9000];
    for (const [i, from] of ends.slice(0, -1).entries()) {
      const range = { from, to: ends[i + 1]! };
      expect(await collect(rowsAboveQuality(request({ rows: 9000, range, draw }).all))).toEqual(
        whole.slice(range.from, range.to),
      );
    }
  });

  it('are fewer when time is up', async () => {
    const draw: QualityRequest['draw'] = async () => tableFromRows(Array.from({ length: 50 }, (_, x) => ({ x })));
    expect(await collect(rowsAboveQuality(request({ draw, maxSeconds: 1 }).all))).toHaveLength(10);
  });
});

it.each([
  [{ rows: 3, minQuality: 2 }, 'minQuality'],
  [{ rows: 3, real: tableFromRows([{ x: 1 }]) }, 'needs "minQuality"'],
  [{ like: tableFromRows([{ x: 1 }]), minQuality: 0.5 }, 'cannot be given with "like"'],
  [{ rows: 3, balance: 'x', minQuality: 0.5 }, 'cannot be given with "balance"'],
])('a call %# is refused', (options, message) => {
  expect(JSON.stringify(sampleOptions.safeParse(options).error?.issues)).toContain(message.replaceAll('"', '\\"'));
});
