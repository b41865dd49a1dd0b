/** Rows under checks against the model's joint distribution over rows and column orders, and against rejection sampling. */

import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../models/decoder.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { readWhere, type Where } from '../../src/sample/conditions/where.ts';
import { planner } from '../../src/sample/decode/block.ts';
import { completeRows } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { requestOf } from '../../src/sample/requests/row-request.ts';
import type { State } from '../../src/serialize/codec/automaton.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import type { TableCodec } from '../../src/serialize/codec/grammar.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import type { Value } from '../../src/table/cells.ts';
import { type Row, tableFromRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';
import { createRowRules } from '../../src/validate/row-rules.ts';
import { untrained } from '../model/tiny-table.ts';
import { chiSquareDeviation, softmax } from './chi-square.ts';
import { fakeDecoder, hashed, type NextLogits } from './fake-decoder.ts';

const count = 20_000;
const draw = createTokenSampler(samplerOptions.parse({}));

const withChecks = (table: Table, checks: readonly string[]): Table => ({
  ...table,
  schema: { ...table.schema, ...(checks.length > 0 && { checks: [...checks] }) },
});

/** The values of a row as one string, whatever the order in which its sentence says them. */
type RowKey = string;
const keyOf = (cells: readonly (Value | null | undefined)[]): RowKey => JSON.stringify(cells);
const cellsOf = (key: RowKey) => JSON.parse(key) as (Value | null)[];

/** The probability of every row, each order of the columns as likely as any other. */
function jointOf(codec: TableCodec, next: NextLogits, orders: readonly (readonly number[])[]): Map<RowKey, number> {
  const joint = new Map<RowKey, number>();
  const logits = new Float32Array(codec.vocabSize);
  const write = (order: readonly number[], position: number, history: readonly number[], share: number) => {
    if (position === order.length) {
      const key = keyOf(parseSentence(codec.schema, codec.text(history)).cells);
      joint.set(key, (joint.get(key) ?? 0) + share);
      return;
    }
    const column = order[position]!;
    const say = (state: State, before: readonly number[], probability: number) => {
      if (state.tokens.length === 0) {
        write(order, position + 1, before, probability);
        return;
      }
      next(before, logits);
      const shares = softmax(Array.from(state.tokens, (token) => logits[token]!));
      for (const [i, token] of state.tokens.entries()) say(state.next(i), [...before, token], probability * shares[i]!);
    };
    say(codec.start(column), [...history, ...codec.phrase(column, position === 0)], share);
  };
  for (const order of orders) write(order, 0, [codec.bos], 1 / orders.length);
  return joint;
}

function permutations(columns: readonly number[]): number[][] {
  if (columns.length === 0) return [[]];
  return columns.flatMap((first) =>
    permutations(columns.filter((other) => other !== first)).map((rest) => [first, ...rest]),
  );
}

/** The joint distribution given that the checks hold, and the probability that they do. */
function given(joint: ReadonlyMap<RowKey, number>, codec: TableCodec): { shares: Map<RowKey, number>; mass: number } {
  const issues = createRowRules(codec.schema, codec.grammar.combinations);
  const kept = [...joint].filter(([key]) => issues(cellsOf(key)).length === 0);
  const mass = kept.reduce((sum, [, share]) => sum + share, 0);
  return { shares: new Map(kept.map(([key, share]) => [key, share / mass])), mass };
}

/** How far counts are from shares (chi-square.ts); rare rows are put together. */
function deviation(rows: readonly RowKey[], shares: ReadonlyMap<RowKey, number>): number {
  const counts = new Map<RowKey, number>([...shares.keys()].map((key) => [key, 0]));
  for (const row of rows) {
    expect(counts.has(row), row).toBe(true);
    counts.set(row, counts.get(row)! + 1);
  }
  const often = [...shares].filter(([, share]) => share * rows.length >= 10).map(([key]) => key);
  const rest = [...shares.keys()].filter((key) => !often.includes(key));
  const total = (of: ReadonlyMap<RowKey, number>) => rest.reduce((sum, key) => sum + of.get(key)!, 0);
  const classes = rest.length > 0 && total(shares) * rows.length >= 1;
  return chiSquareDeviation(
    [...often.map((key) => counts.get(key)!), ...(classes ? [total(counts)] : [])],
    [...often.map((key) => shares.get(key)!), ...(classes ? [total(shares)] : [])],
  );
}

async function drawn(codec: TableCodec, next: NextLogits, where: Where = {}): Promise<RowKey[]> {
  const sets = readWhere(codec, where).map((one) => one?.set);
  const plan = planner(codec, -1, draw, requestOf(codec, { sets, first: [], shown: 'it' }));
  const plans = Array.from({ length: count }, (_, i) => plan(createRandom(8, i)));
  const { rows } = await completeRows(codec, fakeDecoder(codec.vocabSize, 64, codec.longest, next, 4), plans, draw);
  return rows.map((row) => keyOf(parseSentence(codec.schema, codec.text(row!.tokens)).cells));
}

const rowsOf = (length: number, row: (i: number) => Row) => tableFromRows(Array.from({ length }, (_, i) => row(i)));
/** Of three columns with three values each; they sum to 2 in every row, as columns of which one is set do. */
const three = rowsOf(60, (i) => ({ a: i % 3, b: i % 3 === 0 ? Math.floor(i / 3) % 3 : 0, c: i % 2, u: 'xyz'[i % 3]! }));
const places = rowsOf(60, (i) => ({
  city: ['Rome', 'Oslo', 'Lima', 'Bern'][i % 4]!,
  land: i % 8 < 4 ? ['Italy', 'Norway', 'Peru', null][i % 4]! : null,
  part: i % 5 === 0 ? null : i % 4 < 2 ? 'north' : 'south',
  kind: i % 3 > 0,
}));
/** Numbers of a range and digits, and gaps. */
const spans = rowsOf(120, (i) => ({
  from: i % 5 === 0 ? null : 10 + ((i * 7) % 30),
  to: i % 7 === 0 ? null : 20 + ((i * 11) % 30),
}));
const chain = rowsOf(120, (i) => ({ low: 10 + (i % 11), mid: 10 + ((i * 3) % 13), high: 12 + ((i * 5) % 12) }));

describe(`${count} rows follow the model over all orders given that the checks hold`, () => {
  it.each<[string, Table, string[], number]>([
    ['an order of two numbers', rowsOf(60, (i) => ({ a: i % 5, b: (i * 7) % 5 })), ['a < b'], 0.1],
    ['a sum of three columns', three, ['a + b + c = 2'], 0.1],
    ['a combination of three columns with gaps, beside others', places, ['combination(city, land, part)'], 0.05],
    ['an order of wide numbers with gaps', spans, ['to >= from'], 0.3],
    ['two checks that bind three wide numbers', chain, ['low <= mid', 'mid <= high'], 0.1],
    ['what is no line in any column', three, ['a * a + b * b <= 2', 'c * c <= a + 1'], 0.1],
  ])('%s', async (_, table, checks, least) => {
    const checked = withChecks(table, checks);
    const codec = createCodec(checked.schema, learnGrammar(checked));
    const joint = jointOf(codec, hashed, permutations([...codec.schema.columns.keys()]));
    const { shares, mass } = given(joint, codec);
    expect(mass).toBeGreaterThan(least);
    expect(mass).toBeLessThan(0.9);
    expect(Math.abs(deviation(await drawn(codec, hashed), shares))).toBeLessThan(5);
  });
});

describe('where few rows meet the checks, too', () => {
  it.each<[string, Table, string[]]>([
    [
      'a combination of many values',
      rowsOf(180, (i) => ({ city: `c${i % 60}`, zip: `z${(i % 60) + (i > 150 ? 1 : 0)}` })),
      ['combination(city, zip)'],
    ],
    [
      'an equation of listed numbers',
      rowsOf(200, (i) => ({ a: i % 8, b: (i * 3) % 8, c: (i * 5) % 8 })),
      ['a + b = 2 * c', 'a < c'],
    ],
  ])('%s', async (_, table, checks) => {
    const checked = withChecks(table, checks);
    const codec = createCodec(checked.schema, learnGrammar(checked));
    const { shares, mass } = given(jointOf(codec, hashed, permutations([...codec.schema.columns.keys()])), codec);
    expect(mass).toBeLessThan(1 / 30);
    expect(Math.abs(deviation(await drawn(codec, hashed), shares))).toBeLessThan(5);
  });
});

it('rows under checks and conditions are those of rejection from the rows under the conditions', async () => {
  const checks = ['to >= from'];
  const checked = withChecks(spans, checks);
  const codec = createCodec(checked.schema, learnGrammar(checked));
  const free = createCodec(spans.schema, learnGrammar(spans));
  const where: Where = { from: { gte: 20, ne: 33 } };
  const issues = createRowRules(checked.schema);
  const kept = (await drawn(free, hashed, where)).filter((key) => issues(cellsOf(key)).length === 0);
  const rows = await drawn(codec, hashed, where);
  expect(kept.length).toBeGreaterThan(count / 10);
  expect(homogeneity(rows, kept)).toBeLessThan(5);
});

it('rows of a real model under checks are those of rejection from its rows without', async () => {
  const table = rowsOf(120, (i) => ({
    from: i % 5 === 0 ? null : 10 + ((i * 7) % 30),
    to: i % 7 === 0 ? null : 20 + ((i * 11) % 30),
    a: i % 3,
    b: (i * 5) % 4,
  }));
  const { weights, ...thin } = untrained(table);
  /** Far from its first weights, so that its choices differ and depend on each other. */
  const strong = new Map([...weights].map(([name, data]) => [name, data.map((x) => 12 * x)]));
  const rowsUnder = async (checks: readonly string[], seed: number) => {
    const codec = createCodec(withChecks(table, checks).schema, learnGrammar(table));
    const sets = codec.schema.columns.map(() => undefined);
    const plan = planner(codec, 3, draw, requestOf(codec, { sets, first: [], shown: 'it' }));
    const plans = Array.from({ length: count }, (_, i) => plan(createRandom(seed, i)));
    const options = { batchSize: 256, capacity: codec.longest, longestRun: 4, threads: 1 };
    const decoder = await createDecoder(thin.config, strong, options);
    const { rows } = await completeRows(codec, decoder, plans, draw);
    await decoder.release();
    return rows.map((row) => keyOf(parseSentence(codec.schema, codec.text(row!.tokens)).cells));
  };
  const checks = ['to >= from', 'a + b <= 3'];
  const issues = createRowRules(withChecks(table, checks).schema);
  const kept = (await rowsUnder([], 1)).filter((key) => issues(cellsOf(key)).length === 0);
  expect(kept.length).toBeGreaterThan(count / 10);
  expect(kept.length).toBeLessThan(count * 0.9);
  expect(homogeneity(await rowsUnder(checks, 2), kept)).toBeLessThan(5);
});

/** As chiSquareDeviation, of two samples: whether both may come from one distribution. */
function homogeneity(a: readonly RowKey[], b: readonly RowKey[]): number {
  const counts = new Map<RowKey, [number, number]>();
  for (const [side, rows] of [a, b].entries()) {
    for (const key of rows) {
      const both = counts.get(key) ?? [0, 0];
      both[side]! += 1;
      counts.set(key, both);
    }
  }
  const rare: [number, number] = [0, 0];
  const classes: [number, number][] = [rare];
  for (const both of counts.values()) {
    if (both[0] + both[1] >= 20) classes.push(both);
    else for (const side of [0, 1] as const) rare[side] += both[side];
  }
  const share = a.length / (a.length + b.length);
  const cells = classes.filter(([x, y]) => x + y > 0);
  const statistic = cells.reduce((sum, [x, y]) => {
    const expected = (x + y) * share;
    return sum + (x - expected) ** 2 / expected + (x - expected) ** 2 / (x + y - expected);
  }, 0);
  return (statistic - (cells.length - 1)) / Math.sqrt(2 * (cells.length - 1));
}
