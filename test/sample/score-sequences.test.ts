/** Reading in threads, which run from dist as users run them. */
import { expect, it } from 'vitest';
import { columnOrders, sequencesOf } from '../../src/sample/score/score-sequences.ts';
import { columnsOf } from '../../src/table/cast.ts';
import { peopleTable, untrained } from '../model/tiny-table.ts';

const compiled = new URL('../../dist/src/sample/score/score-threads.js', import.meta.url).href;
const { scoreSequences } = (await import(compiled)) as typeof import('../../src/sample/score/score-threads.ts');

const table = peopleTable(400);
const model = untrained(table);
const { codec } = model;
const write = () => sequencesOf(codec, columnsOf(table, table.schema), columnOrders(codec, 1, 0), false);
const enough = Number.POSITIVE_INFINITY;

it('gives the same to the last bit for any number of threads', async () => {
  const { logProbs } = await scoreSequences(model, enough, 1, write);
  expect(logProbs).toHaveLength(400);
  for (const reading of logProbs) expect(reading).toBeLessThan(0);
  for (const threads of [2, 3])
    expect((await scoreSequences(model, enough, threads, write)).logProbs).toEqual(logProbs);
});

it('ends its threads where nothing can be written', async () => {
  const refuse = () => {
    throw new Error('no sentence');
  };
  await expect(scoreSequences(model, enough, 2, refuse)).rejects.toThrow('no sentence');
});

it('reads what neighbours share once', () => {
  const { count, starts, tokens } = write();
  const sentences = Array.from({ length: count }, (_, i) => [...tokens.subarray(starts[i], starts[i + 1])]);
  const beginnings = new Set(sentences.flatMap((sentence) => sentence.map((_, i) => sentence.slice(0, i + 1).join())));
  const shared = sentences.map((sentence, i) => {
    const before = sentences[i - 1] ?? [];
    const differs = sentence.findIndex((token, at) => token !== before[at]);
    return differs < 0 ? sentence.length : differs;
  });
  const read = tokens.length - shared.reduce((sum, n) => sum + n, 0);
  expect(read).toBe(beginnings.size);
  expect(read).toBeLessThan(0.8 * tokens.length);
});
