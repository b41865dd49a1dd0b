import { expect, it } from 'vitest';
import { chooseDevice } from '../../src/onnx/devices.ts';
import { createSession, devices } from '../../src/onnx/session.ts';

it('the CPU is always there, and auto finds a device that is', async () => {
  expect(await chooseDevice('cpu', true)).toBe('cpu');
  expect(devices).toContain(await chooseDevice('auto', true));
});

const noCuda = await createSession(new Uint8Array(), { device: 'cuda' }).then(
  () => false,
  (error: Error) => error.message.includes('CUDA library is not installed'),
);

it.skipIf(!noCuda)('a device that cannot be had is one error that lists those that can', async () => {
  await expect(chooseDevice('cuda', false)).rejects.toMatchObject({
    code: 'option',
    message: expect.stringMatching(
      /^device "cuda" cannot be used here \(onnxruntime-node's CUDA library is not installed\); available: cpu(, webgpu)?$/,
    ),
  });
});
