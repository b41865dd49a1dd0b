/** A fit that is kept in a folder while it goes on, as the library has it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Progress } from '../../src/finetune/progress.ts';
import { type FitOptions, fit } from '../../src/model/fit.ts';
import { loadModel } from '../../src/model/model.ts';
import type { Table } from '../../src/table/table.ts';
import { peopleTable, textTable } from './tiny-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-kept-'));
afterAll(() => rmSync(home, { recursive: true }));

const table = peopleTable(60);
const options = { epochs: 3, batchSize: 9, seed: 8, target: 'rich', threads: 1 };

/** Fits until that step and stops. */
async function interrupted(learned: Table, given: FitOptions, step: number): Promise<void> {
  const stop = new AbortController();
  const onProgress = (event: Progress) => event.step === step && stop.abort();
  const ended = fit(learned, { ...given, signal: stop.signal, onProgress });
  await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());

it('goes on within an epoch, through the folder, to the bytes of an uninterrupted fit', async () => {
  const checkpoint = join(home, 'kept');
  const whole = join(home, 'whole');
  await (await fit(table, options)).save(whole);
  for (const [step, resume] of [
    [1, false],
    [4, true],
    [8, true],
    [11, true],
  ] as const) {
    await interrupted(table, { ...options, checkpoint, resume }, step);
    expect((await loadModel(checkpoint)).file.bestEpoch).toBeLessThanOrEqual(Math.floor((step - 1) / 6));
  }
  const model = await fit(table, { checkpoint, resume: true });
  expect(readdirSync(checkpoint).sort()).toEqual(readdirSync(whole).sort());
  for (const name of ['model.safetensors', 'onnx/model.onnx']) {
    expect(readFileSync(join(checkpoint, name)).equals(readFileSync(join(whole, name))), name).toBe(true);
  }
  const again = await fit(table, { ...options, checkpoint, resume: true });
  expect(again.file).toEqual(JSON.parse(JSON.stringify(model.file)));
});

it('holds no row while it goes on, nor when it is over', async () => {
  const notes = Array.from({ length: 20 }, (_, i) => `row ${i} is nobody's business ${i * 7919}`);
  const checkpoint = join(home, 'secret');
  const secrets = textTable(notes);
  const holdARow = () => filesOf(checkpoint).filter((path) => notes.some((note) => readFileSync(path).includes(note)));
  await interrupted(secrets, { epochs: 2, batchSize: 9, threads: 1, checkpoint }, 2);
  expect(filesOf(checkpoint)).toContain(join(checkpoint, 'training.safetensors'));
  expect(holdARow()).toEqual([]);
  await fit(secrets, { checkpoint, resume: true });
  expect(filesOf(checkpoint)).not.toContain(join(checkpoint, 'training.safetensors'));
  expect(holdARow()).toEqual([]);
});

it('needs a folder that it may write to', async () => {
  await expect(fit(table, { resume: true })).rejects.toMatchObject({
    code: 'option',
    message: 'fit: "resume": needs "checkpoint", the folder to go on from',
  });
  await expect(fit(table, { checkpoint: home })).rejects.toMatchObject({
    code: 'option',
    message: `${home}: exists already and is not a model folder`,
  });
  await expect(fit(table, { signal: 'stop' } as object)).rejects.toThrow('fit: "signal": must be an AbortSignal');
});
