import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { finetuneOptions } from '../../src/finetune/options.ts';
import { type RunWeights, runWeightParts } from '../../src/finetune/run.ts';
import { readTrainingState, trainingStatePieces } from '../../src/model/checkpoint/checkpointed-fit.ts';
import { trainingStateName } from '../../src/model/manifest.ts';
import { peopleTable } from './tiny-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'tabletalk-state-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a stored state gives back its numbers, and is refused by another model', async () => {
  const data = Float32Array.of(1, -2, 0.5);
  const weights = Object.fromEntries(
    runWeightParts.map((part) => [part, new Map([['w', data]])]),
  ) as unknown as RunWeights;
  const position = {
    step: 3,
    epoch: 1,
    batches: 3,
    lossSum: 2.5,
    epochRandom: [1, 2, 3, 4],
    random: [5, 6, 7, 8],
    schedule: { peak: 1, warmupSteps: 1, fallFrom: 7, maxSteps: 9, finalShare: 0 },
    hurried: false,
    slowed: true,
    curve: [],
    best: { epoch: 0, loss: null },
    seconds: 1,
  };
  const origin = {
    schema: peopleTable(2).schema,
    options: finetuneOptions.parse({}),
    provenance: { rows: 2, columns: 1, contentHash: 'x' },
  };
  writeFileSync(
    join(folder, trainingStateName),
    Buffer.concat([...trainingStatePieces(origin, { position, weights })]),
  );
  const state = (await readTrainingState(folder))!;
  expect(state.run.position).toEqual(position);
  const w = { name: 'w', shape: [3], init: { constant: 0 } };
  const other = { ...w, shape: [2, 2] };
  const back = await state.run.weights({ trained: [w], adaptive: [w] });
  for (const part of runWeightParts) expect([...back[part].get('w')!]).toEqual([...data]);
  await expect(state.run.weights({ trained: [other], adaptive: [other] })).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('of another model: expected 4 numbers for "live/w", got 3'),
  });
});
