import { describe, expect, it } from 'vitest';
import { blockRows } from '../../src/sample/decode/block.ts';
import { type SampleOptions, sampleOptions } from '../../src/sample/options.ts';
import { readRequests } from '../../src/sample/requests/row-requests.ts';
import { sampleSentences } from '../../src/sample/sample.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { peopleTable, untrained } from '../model/tiny-table.ts';

const table = peopleTable(40);
const { schema } = table;
const workIndex = 2;
const richIndex = 3;

async function sampled(options: SampleOptions, model = untrained(table)): Promise<string[][]> {
  const blocks: string[][] = [];
  // More threads need the built package: the command line's tests have them.
  const { rows, where, like, keep, balance, prompt, ...decoding } = sampleOptions.parse({ workers: 1, ...options });
  const { codec } = model;
  const asking = readRequests(codec, { rows, where, like, keep, balance, prompt });
  for await (const { sentences } of sampleSentences(model, asking, decoding)) blocks.push([...sentences]);
  return blocks;
}

describe('sentences from a model', () => {
  it.each([0, 1, 3, 65, blockRows, blockRows + 1])('are exactly %d, all of them legal', async (rows) => {
    const blocks = await sampled({ rows });
    expect(blocks.map(({ length }) => length)).toEqual([
      ...Array(Math.floor(rows / blockRows)).fill(blockRows),
      ...(rows % blockRows > 0 ? [rows % blockRows] : []),
    ]);
    const { rejections, table: valid } = createValidator(schema).validate(blocks.flat());
    expect([rejections, valid.rowCount]).toEqual([[], rows]);
  });

  it('are the same for the same seed and others for another', async () => {
    const once = await sampled({ rows: 40, seed: 7 });
    expect(await sampled({ rows: 40, seed: 7 })).toEqual(once);
    const other = await sampled({ rows: 40, seed: 8 });
    expect(other.flat().filter((sentence) => once.flat().includes(sentence))).toEqual([]);
  });

  it('of a block do not depend on how many blocks follow', async () => {
    const [first] = await sampled({ rows: blockRows, seed: 3 });
    const [again, second] = await sampled({ rows: blockRows + 40, seed: 3 });
    expect(again).toEqual(first);
    expect(second!.filter((sentence) => first!.includes(sentence))).toEqual([]);
  });

  it('begin with the given cells, end with the label, and order the others at random', async () => {
    const model = untrained(table, richIndex);
    const [block] = await sampled({ rows: 60, where: { work: null } }, model);
    const orders = block!.map((sentence) => parseSentence(schema, sentence).order);
    expect(new Set(orders.map((order) => order[0]))).toEqual(new Set([workIndex]));
    expect(new Set(orders.map((order) => order.at(-1)))).toEqual(new Set([richIndex]));
    expect(new Set(orders.map((order) => order.join())).size).toBe(6);
  });

  it('have a given label first, like any given cell', async () => {
    const [block] = await sampled({ rows: 10, where: { rich: true } }, untrained(table, richIndex));
    for (const sentence of block!) expect(sentence).toMatch(/^rich is true, /);
  });

  it('at temperature 0 differ only by the order of their columns', async () => {
    const single = {
      ...table,
      schema: { ...schema, columns: schema.columns.slice(0, 1) },
      columns: table.columns.slice(0, 1),
    };
    const [block] = await sampled({ rows: 20, temperature: 0 }, untrained(single));
    expect(new Set(block).size).toBe(1);
  });
});

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
