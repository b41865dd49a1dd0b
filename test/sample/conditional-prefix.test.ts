import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { readWhere, type Where } from '../../src/sample/conditions/where.ts';
import { planner } from '../../src/sample/decode/block.ts';
import { completeRows, type RowPlan } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { requestOf } from '../../src/sample/requests/row-request.ts';
import { everyValue } from '../../src/serialize/codec/cell-set.ts';
import { createCodec, learnGrammar, special } from '../../src/serialize/codec/codec.ts';
import type { Codec } from '../../src/serialize/codec/grammar.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { cellValueOf, type Value } from '../../src/table/cells.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Cell } from '../../src/table/table.ts';
import { pathsFrom } from '../serialize/paths.ts';
import { chiSquareDeviation } from './chi-square.ts';
import { fakeDecoder, type NextLogits } from './fake-decoder.ts';

/** Three columns of which one is spelled digit by digit, and a model whose every choice hangs on all before it. */
const rows = Array.from({ length: 90 }, (_, i) => ({
  size: ['S', 'M', 'L'][i % 3]!,
  n: 100 + ((i * 37) % 90),
  color: i % 7 === 0 ? null : ['red', 'green', 'blue', 'black'][i % 4]!,
}));
const table = tableFromRows(rows);
const codec = createCodec(table.schema, learnGrammar(table));
const draw = createTokenSampler(samplerOptions.parse({}));

const logitOf = (history: readonly number[], token: number) => {
  let hash = 17;
  for (const before of history) hash = (Math.imul(hash, 31) + before) | 0;
  return 1.6 * Math.sin(hash + token * 1.7);
};
const known: NextLogits = (history, into) => {
  for (let token = 0; token < into.length; token++) into[token] = logitOf(history, token);
};

function plansFor(where: Where, count: number): RowPlan[] {
  const sets = readWhere(codec, where).map((one) => one?.set);
  const plan = planner(codec, -1, draw, requestOf(codec, { sets, first: [], shown: 'it' }));
  return Array.from({ length: count }, (_, i) => plan(createRandom(5, i)));
}

/** The probability of each sentence in one column order, by the model and the whole grammar; all of them, in a tree walk. */
function jointOf(by: Codec, order: Iterable<number>): Map<string, number> {
  let found: { tokens: number[]; probability: number }[] = [{ tokens: [special.bos], probability: 1 }];
  for (const [position, column] of [...order].entries()) {
    found = found.flatMap(({ tokens, probability }) => {
      const before = [...tokens, ...by.phrase(column, position === 0)];
      return [...pathsFrom(by.start(column))].map((path) => ({
        tokens: [...before, ...path],
        probability: probability * pathProbability(by, column, before, path),
      }));
    });
  }
  return new Map(found.map(({ tokens, probability }) => [by.text(tokens), probability]));
}

function pathProbability(by: Codec, column: number, before: readonly number[], path: readonly number[]): number {
  let probability = 1;
  let state = by.start(column);
  const history = [...before];
  for (const token of path) {
    const odds = Array.from(state.tokens, (other) => Math.exp(logitOf(history, other)));
    const index = state.tokens.indexOf(token);
    probability *= odds[index]! / odds.reduce((sum, odd) => sum + odd, 0);
    state = state.next(index);
    history.push(token);
  }
  return probability;
}

type Row = Record<string, Cell>;

function rowOf(sentence: string): Row {
  const { cells } = parseSentence(table.schema, sentence);
  return Object.fromEntries(
    table.schema.columns.map((column, c) => [column.name, cellValueOf(column, cells[c] as Value | null)]),
  );
}

/** What conditional samples should be: the joint of their orders, cut to the rows that meet the conditions. */
function expectedShares(plans: readonly RowPlan[], meets: (row: Row) => boolean) {
  const orders = new Map<string, number>();
  for (const { order } of plans) orders.set([...order].join(), (orders.get([...order].join()) ?? 0) + 1);
  const shares = new Map<string, number>();
  for (const [order, count] of orders) {
    const joint = [...jointOf(codec, order.split(',').map(Number))].filter(([sentence]) => meets(rowOf(sentence)));
    const mass = joint.reduce((sum, [, probability]) => sum + probability, 0);
    for (const [sentence, probability] of joint) {
      shares.set(sentence, (shares.get(sentence) ?? 0) + ((probability / mass) * count) / plans.length);
    }
  }
  return shares;
}

const count = 100_000;

async function deviation(by: Codec, plans: readonly RowPlan[], shares: ReadonlyMap<string, number>): Promise<number> {
  const decoder = fakeDecoder(codec.pieces.length, 64, codec.longest, known);
  const counts = new Map<string, number>([...shares.keys()].map((sentence) => [sentence, 0]));
  for (const row of (await completeRows(by, decoder, plans, draw)).rows) {
    const sentence = codec.text(row!.tokens);
    expect(counts.has(sentence)).toBe(true);
    counts.set(sentence, counts.get(sentence)! + 1);
  }
  // Rare sentences are counted together: the statistic wants some of each.
  const often = [...shares.keys()].filter((sentence) => shares.get(sentence)! * plans.length >= 10);
  const rest = [...shares.keys()].filter((sentence) => !often.includes(sentence));
  const sum = (of: ReadonlyMap<string, number>) => rest.reduce((total, sentence) => total + of.get(sentence)!, 0);
  return chiSquareDeviation(
    [...often.map((sentence) => counts.get(sentence)!), sum(counts)],
    [...often.map((sentence) => shares.get(sentence)!), sum(shares)],
  );
}

/** A codec whose whole grammar is what the conditions allow: forbidden tokens are masked, and nothing is done about it. */
function masking(where: Where): Codec {
  const asked = readWhere(codec, where);
  return { ...codec, start: (column) => codec.restrict(column, asked[column]?.set ?? whole(column))! };
}

const whole = (column: number) => ({ missing: true, present: everyValue(table.schema.columns[column]!) });

describe(`${count} rows under conditions`, () => {
  it.each<[string, Where, (row: Row) => boolean]>([
    ['a range of digits', { n: { gte: 117, lt: 164 } }, ({ n }) => Number(n) >= 117 && Number(n) < 164],
    [
      'two columns',
      { size: { ne: 'S' }, color: { in: ['red', 'blue'] } },
      ({ size, color }) => size !== 'S' && (color === 'red' || color === 'blue'),
    ],
    [
      'three columns, one of them given',
      { size: 'M', n: [{ lte: 130 }, { ne: 111 }], color: { missing: false } },
      ({ size, n, color }) => size === 'M' && Number(n) <= 130 && n !== 111 && color !== null,
    ],
  ])('on %s follow the model given that they hold, and masking alone does not', async (_, where, meets) => {
    const plans = plansFor(where, count);
    const shares = expectedShares(plans, meets);
    expect(Math.abs(await deviation(codec, plans, shares))).toBeLessThan(5);
    const uncorrected = plansFor(where, count).map((plan) => ({ ...plan, prefix: undefined }));
    expect(await deviation(masking(where), uncorrected, shares)).toBeGreaterThan(50);
  });
});

it('a condition that the model excludes ends in an error that names it', async () => {
  const [plan] = plansFor({ size: { ne: 'S' }, color: { in: ['red', 'blue'] } }, 1);
  const certain = new Set(['S', 'green'].map((piece) => codec.pieces.indexOf(piece)));
  const stubborn: NextLogits = (_, into) => into.set(into.map((_zero, token) => (certain.has(token) ? 0 : -2000)));
  const decoder = fakeDecoder(codec.pieces.length, 1, codec.longest, stubborn);
  await expect(completeRows(codec, decoder, [plan!], draw)).rejects.toThrow(
    new TabletalkError('failed', 'cannot satisfy it: its probability under the model is 0'),
  );
});

it('at temperature 0 the likeliest of what is allowed is taken', async () => {
  const greedy = createTokenSampler(samplerOptions.parse({ temperature: 0 }));
  const sets = readWhere(codec, { color: { in: ['red', 'blue'] } }).map((one) => one?.set);
  const plan = planner(codec, -1, greedy, requestOf(codec, { sets, first: [], shown: 'it' }))(createRandom(1));
  const decoder = fakeDecoder(codec.pieces.length, 1, codec.longest, known);
  const {
    rows: [row],
  } = await completeRows(codec, decoder, [plan], greedy);
  const history = [special.bos, ...codec.phrase(2, true)];
  const [blue, red] = ['blue', 'red'].map((piece) => codec.pieces.indexOf(piece)) as [number, number];
  expect(row!.tokens[2]).toBe(logitOf(history, blue) > logitOf(history, red) ? blue : red);
});
