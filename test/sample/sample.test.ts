import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import type { Where } from '../../src/sample/conditions/where.ts';
import { blockRows, planner } from '../../src/sample/decode/block.ts';
import { completeRows } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { type SampleOptions, sampleOptions } from '../../src/sample/options.ts';
import { readRequests } from '../../src/sample/requests/row-requests.ts';
import { sampleRows } from '../../src/sample/sample.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { tableRows } from '../../src/table/rows.ts';
import type { Cell } from '../../src/table/table.ts';
import { checkCells } from '../../src/validate/validate.ts';
import { peopleTable, untrained } from '../model/tiny-table.ts';
import { fakeDecoder, uniform } from './fake-decoder.ts';

const table = peopleTable(40);
const { schema } = table;
const workIndex = 2;
const richIndex = 3;

/** By block, the rows as JavaScript sees them. */
async function sampled(options: SampleOptions, model = untrained(table)): Promise<Row[][]> {
  const blocks: Row[][] = [];
  // More threads need the built package: the command line's tests have them.
  const { rows, where, like, keep, balance, prompt, ...decoding } = sampleOptions.parse({ workers: 1, ...options });
  const { codec } = model;
  const asking = readRequests(codec, { rows, where, like, keep, balance, prompt });
  for await (const { rowCount, columns } of sampleRows(model, asking, decoding)) {
    const drawn = { schema: codec.schema, rowCount, columns };
    checkCells(drawn);
    blocks.push(tableRows(drawn));
  }
  return blocks;
}

type Row = Record<string, Cell>;

/** The sentences of rows under a condition, drawn from a model that knows nothing. */
async function sentences(count: number, where: Where, target: number, isCanonical = false): Promise<string[]> {
  const { codec } = untrained(table);
  const { requests } = readRequests(codec, sampleOptions.parse({ rows: count, where }));
  const draw = createTokenSampler(samplerOptions.parse({}));
  const plan = planner(codec, target, draw, requests.at(0)!, isCanonical);
  const plans = Array.from({ length: count }, (_, i) => plan(createRandom(1, i)));
  const { rows } = await completeRows(codec, fakeDecoder(codec.vocabSize, 8, codec.longest, uniform), plans, draw);
  return rows.map((row) => codec.text(row!.tokens));
}

describe('rows from a model', () => {
  it.each([0, 1, 3, 65, blockRows, blockRows + 1])('are exactly %d, all of them legal', async (rows) => {
    const blocks = await sampled({ rows });
    expect(blocks.map(({ length }) => length)).toEqual([
      ...Array(Math.floor(rows / blockRows)).fill(blockRows),
      ...(rows % blockRows > 0 ? [rows % blockRows] : []),
    ]);
    expect(blocks.flat()).toHaveLength(rows);
  });

  it('are the same for the same seed and others for another', async () => {
    const once = await sampled({ rows: 40, seed: 7 });
    expect(await sampled({ rows: 40, seed: 7 })).toEqual(once);
    const other = await sampled({ rows: 40, seed: 8 });
    expect(common(other.flat(), once.flat())).toEqual([]);
  });

  it('of a block do not depend on how many blocks follow', async () => {
    const [first] = await sampled({ rows: blockRows, seed: 3 });
    const [again, second] = await sampled({ rows: blockRows + 40, seed: 3 });
    expect(again).toEqual(first);
    expect(common(second!, first!)).toEqual([]);
  });

  it('have the others in the canonical order where the model is said to have learned it', async () => {
    const ordersOf = async (where: Where, target: number) =>
      new Set((await sentences(30, where, target, true)).map((row) => parseSentence(schema, row).order.join()));
    expect(await ordersOf({}, -1)).toEqual(new Set(['0,1,2,3,4']));
    expect(await ordersOf({}, 1)).toEqual(new Set(['0,2,3,4,1']));
    expect(await ordersOf({ work: null }, richIndex)).toEqual(new Set(['2,0,1,4,3']));
    const rows = async (isCanonical: boolean) => sampled({ rows: 40, seed: 7 }, { ...untrained(table), isCanonical });
    expect(await rows(true)).not.toEqual(await rows(false));
  });

  it('begin with the given cells, end with the label, and order the others at random', async () => {
    const orders = (await sentences(60, { work: null }, richIndex)).map(
      (sentence) => parseSentence(schema, sentence).order,
    );
    expect(new Set(orders.map((order) => order[0]))).toEqual(new Set([workIndex]));
    expect(new Set(orders.map((order) => order.at(-1)))).toEqual(new Set([richIndex]));
    expect(new Set(orders.map((order) => order.join())).size).toBe(6);
  });

  it('have a given label first, like any given cell', async () => {
    for (const sentence of await sentences(10, { rich: true }, richIndex)) expect(sentence).toMatch(/^rich is true, /);
  });

  it('are all alike at temperature 0 where there is one column', async () => {
    const single = {
      ...table,
      schema: { ...schema, columns: schema.columns.slice(0, 1) },
      columns: table.columns.slice(0, 1),
    };
    const [block] = await sampled({ rows: 20, temperature: 0 }, untrained(single));
    expect(new Set(block!.map((row) => JSON.stringify(row))).size).toBe(1);
  });
});

const common = (some: readonly Row[], others: readonly Row[]) => {
  const known = new Set(others.map((row) => JSON.stringify(row)));
  return some.filter((row) => known.has(JSON.stringify(row)));
};

describe('options', () => {
  it.each([
    [{}, 'rows'],
    [{ rows: -1 }, 'rows'],
    [{ rows: 1.5 }, 'rows'],
    [{ rows: 1, temperature: -0.1 }, 'temperature'],
    [{ rows: 1, topK: 0 }, 'topK'],
    [{ rows: 1, topP: 0 }, 'topP'],
    [{ rows: 1, topP: 1.1 }, 'topP'],
    [{ rows: 1, seed: -1 }, 'seed'],
    [{ rows: 1, workers: 0 }, 'workers'],
    [{ rows: 1, where: { a: [1] } }, 'where.a'],
  ])('%j', (options, place) => {
    const { error } = sampleOptions.safeParse(options);
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([place]);
  });
});
