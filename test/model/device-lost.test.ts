/**
 * A device that is lost, or has too little memory, in the middle of a fit. The runtime's package is told to run on the CPU what a fit
 * gives to WebGPU, and to fail when asked to: so the layout and the path are the device's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { fit } from '../../src/model/fit.ts';
import { peopleTable } from './tiny-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-lost-'));
const { create } = InferenceSession;

/** Runs of training steps until the device is lost, and what the runtime then says. */
let left = Number.POSITIVE_INFINITY;
const lost =
  '/onnxruntime_src/webgpu_context.cc:700 bool Wait() status was false. A valid external Instance reference no longer exists.\n\n';

beforeAll(() => {
  const onCpu = async (model: Uint8Array, given: InferenceSession.SessionOptions) => {
    const names = given.executionProviders?.map((provider) =>
      typeof provider === 'string' ? provider : provider.name,
    );
    const isDevice = names?.includes('webgpu') ?? false;
    const { preferredOutputLocation: _, ...options } = given;
    const session = await create.call(InferenceSession, model, { ...options, executionProviders: ['cpu'] });
    const run = session.run.bind(session);
    const isStep = isDevice && session.outputNames.includes('gradNorm');
    session.run = ((...args: Parameters<typeof run>) => {
      if (isStep && left-- <= 0) return Promise.reject(new Error(lost));
      return run(...args);
    }) as typeof run;
    return session;
  };
  Object.assign(InferenceSession, { create: onCpu });
});
afterAll(() => {
  Object.assign(InferenceSession, { create });
  rmSync(home, { recursive: true });
});
beforeEach(() => {
  left = Number.POSITIVE_INFINITY;
});

const table = peopleTable(60);
const options = { epochs: 4, batchSize: 9, seed: 8, target: 'rich', threads: 1, device: 'webgpu' } as const;

it('is one error, after which the fit goes on from its checkpoint: there, elsewhere, or in smaller parts', async () => {
  const whole = await fit(table, options);
  for (const [name, other] of [
    ['there', {}],
    ['elsewhere', { device: 'cpu' }],
    ['smaller', { microBatchSize: 2 }],
  ] as const) {
    const checkpoint = join(home, name);
    left = 15;
    await expect(fit(table, { ...options, checkpoint })).rejects.toMatchObject({
      code: 'failed',
      message:
        'the device webgpu failed after step 15 (A valid external Instance reference no longer exists.); "resume" goes on from the last checkpoint, also with a smaller "microBatchSize" or the "device" cpu',
    });
    left = Number.POSITIVE_INFINITY;
    const model = await fit(table, { ...options, ...other, checkpoint, resume: true });
    expect(model.file.options).toMatchObject({ device: 'device' in other ? 'cpu' : 'webgpu' });
    const losses = ({ file }: typeof model) => file.curve.map(({ validationLoss }) => validationLoss!);
    expect(losses(model)).toHaveLength(4);
    for (const [i, loss] of losses(whole).entries()) expect(losses(model)[i]).toBeCloseTo(loss, 3);
  }
});

it('with other options than where and in which parts it is computed, a fit still is another one', async () => {
  const checkpoint = join(home, 'other');
  left = 15;
  await expect(fit(table, { ...options, checkpoint })).rejects.toMatchObject({ code: 'failed' });
  await expect(fit(table, { ...options, batchSize: 12, checkpoint, resume: true })).rejects.toMatchObject({
    code: 'option',
    message: expect.stringContaining('option "batchSize" was 9, is 12'),
  });
});

it('without a checkpoint promises none, and what a caller’s function throws is not the device’s', async () => {
  left = 15;
  await expect(fit(table, options)).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringMatching(/after step 15 \(.*\); try a smaller "microBatchSize" or the "device" cpu$/),
  });
  left = Number.POSITIVE_INFINITY;
  const own = new Error('no disk');
  const onProgress = () => {
    throw own;
  };
  await expect(fit(table, { ...options, onProgress })).rejects.toBe(own);
});
