import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { planner } from '../../src/sample/decode/block.ts';
import { completeRows } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { type SampleOptions, sampleOptions } from '../../src/sample/options.ts';
import { readRequests } from '../../src/sample/requests/row-requests.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import type { Value } from '../../src/table/cells.ts';
import { holds } from '../../src/table/checks/check-values.ts';
import { parseCheck } from '../../src/table/checks/checks.ts';
import { tableFromValues } from '../../src/table/from-values.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import type { Cell, Table } from '../../src/table/table.ts';
import { fakeDecoder, hashed, type NextLogits, uniform } from './fake-decoder.ts';

const day = (n: number) => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10);
const orders = Array.from({ length: 200 }, (_, i) => {
  const [net, tax] = [((i * 37) % 90) + 1, (i * 11) % 20];
  const city = ['Rome', 'Oslo', 'Lima'][i % 3]!;
  return {
    net,
    tax: i % 17 === 0 ? null : tax,
    total: i % 17 === 0 ? net : net + tax,
    start: day(i % 50),
    end: day((i % 50) + (i % 7)),
    city,
    country: { Rome: 'Italy', Oslo: 'Norway', Lima: 'Peru' }[city]!,
  };
});
const table = tableFromRows(orders);
const checks = ['total = net + tax', 'end >= start', 'combination(city, country)'];
const withChecks = (list: readonly string[]): Table => ({ ...table, schema: { ...table.schema, checks: [...list] } });

async function sampled(list: readonly string[], options: SampleOptions, next: NextLogits) {
  const { schema } = withChecks(list);
  const codec = createCodec(schema, learnGrammar(withChecks(list)));
  const draw = createTokenSampler(samplerOptions.parse({}));
  const { rows, requests } = readRequests(codec, sampleOptions.parse(options));
  const plan = Array.from({ length: requests.length }, (_, i) => planner(codec, -1, draw, requests.at(i)!));
  const plans = Array.from({ length: rows }, (_, row) => plan[row % plan.length]!(createRandom(3, row)));
  const decoder = fakeDecoder(codec.pieces.length, 16, codec.longest, next);
  const completed = await completeRows(codec, decoder, plans, draw);
  const cells = completed.rows.map((row) => parseSentence(schema, codec.text(row!.tokens)).cells as (Value | null)[]);
  return { ...completed, cells, rows: tableRows(tableFromValues(schema, cells)) };
}

const pairs = new Set(orders.map(({ city, country }) => `${city} ${country}`));
const meets = ({ net, tax, total, start, end, city, country }: Record<string, Cell>) =>
  (tax === null || Number(total) === Number(net) + Number(tax)) &&
  String(end) >= String(start) &&
  pairs.has(`${city} ${country}`);

describe('checks hold in every row', () => {
  it.each<[string, SampleOptions]>([
    ['drawn freely', { rows: 400 }],
    ['under conditions', { rows: 200, where: { total: { lt: 40 }, country: { ne: 'Peru' } } }],
    ['whose sum is given', { rows: 100, where: { total: 50 } }],
    ['with a prompt', { rows: 100, prompt: 'end is 2024-01-20, total is' }],
    ['like others', { like: tableFromRows(orders.map(({ end, city, net }) => ({ end, city, net }))) }],
  ])('%s', async (_, options) => {
    for (const next of [uniform, hashed]) {
      const { rows } = await sampled(checks, options, next);
      expect(rows.filter((row) => !meets(row))).toEqual([]);
      expect(rows).toHaveLength(options.rows ?? 200);
    }
  });

  it('also those that are no line in any column, by drawing again what breaks them', async () => {
    const check = 'net * net >= total * total - 100';
    const { cells, redrawn } = await sampled([check], { rows: 200 }, uniform);
    const parsed = parseCheck(check, table.schema.columns) as Extract<
      ReturnType<typeof parseCheck>,
      { is: 'comparison' }
    >;
    expect(cells.every((row) => holds(parsed, row))).toBe(true);
    expect(redrawn).toBeGreaterThan(0);
  });

  it('or nothing is drawn', async () => {
    await expect(sampled(['net * net < 0'], { rows: 1 }, uniform)).rejects.toThrow(
      "none of 10000 rows in succession meets the schema's checks",
    );
    await expect(sampled(['net + total < 0'], { rows: 1 }, uniform)).rejects.toThrow(
      'cannot satisfy the checks: its probability under the model is 0',
    );
  });
});
