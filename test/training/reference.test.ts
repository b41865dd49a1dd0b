import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { architectures } from '../../models/architectures.ts';
import { loadCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import { readSafetensors, type StoredTensor, toFloats } from '../../models/checkpoint/safetensors.ts';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { createSession, floats, ints } from '../../src/onnx/session.ts';
import { gradients } from '../../training/gradients.ts';
import { crossEntropySlopes } from '../../training/loss.ts';
import { batchInputs, predict, wholeModel } from '../../training/step-graph.ts';
import { type Batch, createTrainer } from '../../training/trainer.ts';
import { forwardLogits, largestDifference, torchReference } from '../models/tiny.ts';

const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 };
const learningRate = 1e-3;

describe('the numbers of PyTorch', () => {
  for (const name of ['gpt2', 'llama', 'llama-untied'] as const) {
    const folder = torchReference(name);

    it(`${name}: logits, loss and the gradient of every parameter`, async () => {
      const { config, weights } = await loadCheckpoint(folder);
      const golden = await readSafetensors(join(folder, 'golden.safetensors'));
      const batch = batchOf(golden);
      const logits = await forwardLogits(config, weights, batch.ids, [batch.B, batch.T]);
      expect(largestDifference(logits, numbers(golden, 'logits'))).toBeLessThan(1e-5);

      const specs = architectures[config.architecture].weights(config);
      const g = new Graph();
      const inputs = new Map(specs.map((spec) => [spec.name, g.input(spec.name, 'float32', spec.shape)]));
      const model = wholeModel(config);
      const inputsOfBatch = batchInputs(g, batch.B, batch.T);
      const predictions = predict(g, model, (parameter) => inputs.get(parameter)!, inputsOfBatch);
      const { nats, hidden, head } = crossEntropySlopes(g, predictions, true);
      const total = batch.targetWeights.reduce((a, b) => a + b, 0);
      const mean = (x: Value) => g.op('Div', [x, g.constant(total)]);
      g.output('loss', mean(nats));
      const known = [[predictions.hidden, hidden] as const, [predictions.head, head!] as const];
      for (const [i, slope] of gradients(g, known, [...inputs.values()]).entries())
        g.output(`grad.${specs[i]!.name}`, mean(slope));
      const session = await createSession(g.encode(), { threads: 1 });
      const results = await session.run({
        ...Object.fromEntries(specs.map((spec) => [spec.name, floats(weights.get(spec.name)!, spec.shape)])),
        'input_ids.0': ints(batch.ids, [batch.B, batch.T]),
        'targets.0': ints(batch.targets, [batch.B, batch.T]),
        'target_weights.0': floats(batch.targetWeights, [batch.B, batch.T]),
      });
      await session.release();
      expect(results.loss!.data[0]).toBeCloseTo(numbers(golden, 'loss')[0]!, 5);
      for (const { name: parameter } of specs) {
        const expected = numbers(golden, `grad.${parameter}`);
        const difference = largestDifference(results[`grad.${parameter}`]!.data as Float32Array, expected);
        expect(difference / Math.max(...expected.map(Math.abs)), parameter).toBeLessThan(1e-5);
      }
    });

    it(`${name}: ten AdamW steps`, async () => {
      const { config, weights } = await loadCheckpoint(folder);
      const golden = await readSafetensors(join(folder, 'golden.safetensors'));
      const { losses, grad_norms } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
      const trainer = createTrainer(config, weights, { optimizer, threads: 1 });
      for (let step = 0; step < 10; step++) {
        const { loss, gradNorm } = await trainer.step([batchOf(golden)], learningRate);
        expect(loss).toBeCloseTo(losses[step], 5);
        expect(gradNorm).toBeCloseTo(grad_norms[step], 5);
      }
      for (const [parameter, data] of trainer.weights) {
        const expected = numbers(golden, `after10.${parameter}`);
        const C = config.nEmbd;
        // Softmax does not see the bias of the keys: its gradient is rounding noise (1e-11), which Adam magnifies.
        const isNoise = (i: number) => parameter.endsWith('c_attn.bias') && i >= C && i < 2 * C;
        const difference = (noise: boolean) =>
          largestDifference(data.filter(keep(noise)), expected.filter(keep(noise)));
        const keep = (noise: boolean) => (_: number, i: number) => isNoise(i) === noise;
        expect(difference(false), parameter).toBeLessThan(1e-5);
        expect(difference(true), `key bias of ${parameter}`).toBeLessThan(1e-4);
      }
      await trainer.release();
    });
  }
});

function numbers(golden: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
  return toFloats(golden.get(name)!)!;
}

/** As transformers does: the target of each place is the label of the next, and -100 does not count. */
function batchOf(golden: ReadonlyMap<string, StoredTensor>): Batch {
  const [B, T] = golden.get('input_ids')!.shape as [number, number];
  const whole = (name: string) =>
    Int32Array.from(new BigInt64Array(golden.get(name)!.bytes.buffer as ArrayBuffer), Number);
  const labels = whole('labels');
  const next = labels.map((_, i) => (i % T < T - 1 ? labels[i + 1]! : -100));
  return {
    B,
    T,
    ids: whole('input_ids'),
    targets: next.map((label) => Math.max(label, 0)),
    targetWeights: Float32Array.from(next, (label) => (label === -100 ? 0 : 1)),
  };
}
