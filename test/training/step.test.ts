import { describe, expect, it } from 'vitest';
import { architectures } from '../../models/architectures.ts';
import { initialWeights, type ModelConfig } from '../../models/config.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { createSession, floats, ints } from '../../src/onnx/session.ts';
import { packed, viewsOf } from '../../training/flat-parameters.ts';
import { type OptimizerOptions, scalarsAt } from '../../training/optimizers.ts';
import { stepGraph, wholeModel } from '../../training/step-graph.ts';
import { type Batch, createTrainer } from '../../training/trainer.ts';
import { tinyConfigs, tinyWeights } from '../models/tiny.ts';

const adamw = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 };
const optimizers: Record<string, OptimizerOptions> = { AdamW: adamw, Muon: { ...adamw, momentum: 0.95 } };
const kinds = Object.entries(tinyConfigs).flatMap(([name, config]) =>
  Object.entries(optimizers).map(([rule, optimizer]) => ({ name, rule, config, optimizer })),
);

describe.each(kinds)('a training step of $name by $rule', ({ config, optimizer }) => {
  it('brings the loss of one batch below 0.1', async () => {
    const trainer = createTrainer(config, newWeights(config, 1), { optimizer, threads: 1 });
    const batch = randomBatch(config, 1);
    for (let step = 0; step < 100; step++) await trainer.step([batch], 0.01);
    const { nats, weight } = await trainer.evaluate(batch);
    await trainer.release();
    expect(weight).toBe(batch.targetWeights.reduce((a, b) => a + b, 0));
    expect(nats / weight).toBeLessThan(0.1);
  });

  it('reports the loss that evaluate gives before it', async () => {
    const trainer = createTrainer(config, newWeights(config, 2), { optimizer, threads: 1 });
    const batch = randomBatch(config, 2);
    const { nats, weight } = await trainer.evaluate(batch);
    const { loss } = await trainer.step([batch], 0.01);
    await trainer.release();
    expect(loss).toBeCloseTo(nats / weight, 5);
  });

  it('gives bitwise the same weights for the same seed', async () => {
    const [first, second] = [await trained(config, 3, optimizer), await trained(config, 3, optimizer)];
    expect(second).toEqual(first);
    expect(await trained(config, 4, optimizer)).not.toEqual(first);
  });

  it('goes on bit for bit where another trainer stopped', async () => {
    const batches = [1, 2, 3, 4, 5].map((seed) => randomBatch(config, seed));
    const options = { optimizer, threads: 1 };
    const whole = createTrainer(config, tinyWeights(config, 5), options);
    const first = createTrainer(config, tinyWeights(config, 5), options);
    for (const batch of batches) await whole.step([batch], 0.01);
    for (const batch of batches.slice(0, 2)) await first.step([batch], 0.01);
    const second = createTrainer(config, tinyWeights(config, 5), { ...options, resume: first.state() });
    for (const batch of batches.slice(2)) await second.step([batch], 0.01);
    for (const trainer of [whole, first, second]) await trainer.release();
    expect(second.weights).toEqual(whole.weights);
    expect(second.state()).toEqual(whole.state());
    expect([first.state().step, second.state().step]).toEqual([2, 5]);
  });

  it('gives the same step whether a batch is read at once or in parts', async () => {
    const batch = randomBatch(config, 8);
    const results = [1, 2, 4].map(async (parts) => {
      const trainer = createTrainer(config, tinyWeights(config, 5), { optimizer, threads: 1 });
      const result = await trainer.step([{ ...batch, parts }], 0.01);
      await trainer.release();
      return { ...result!, weights: trainer.weights };
    });
    const [whole, ...cut] = await Promise.all(results);
    for (const { loss, gradNorm, weights } of cut) {
      expect(loss).toBeCloseTo(whole!.loss, 5);
      expect(gradNorm).toBeCloseTo(whole!.gradNorm, 4);
      // The first step of Adam is nearly the sign of the gradient: where that is noise, so is the step.
      const far = [...weights].flatMap(([name, data]) =>
        [...data].filter((x, i) => Math.abs(x - whole!.weights.get(name)![i]!) > 1e-4),
      );
      expect(far.length).toBeLessThan(0.02 * [...weights].reduce((sum, [, data]) => sum + data.length, 0));
    }
  });

  it('gives the same step whether rows stand in one batch or in groups by length', async () => {
    const batch = randomBatch(config, 9);
    const { T, ids, targets, targetWeights } = batch;
    // The last two of ten tokens count nothing, so rows may be cut there.
    const cut = (from: number, to: number, length: number): Batch => {
      const part = <A extends Int32Array | Float32Array>(x: A): A => {
        const rows = Array.from({ length: to - from }, (_, i) => [
          ...x.subarray((from + i) * T, (from + i) * T + length),
        ]);
        return new (x.constructor as new (data: number[]) => A)(rows.flat());
      };
      return { B: to - from, T: length, ids: part(ids), targets: part(targets), targetWeights: part(targetWeights) };
    };
    const steps = [[batch], [cut(0, 1, 8), cut(1, 4, 10)], [cut(0, 2, 9), { ...cut(2, 4, 8), parts: 2 }]];
    const results = steps.map(async (step) => {
      const trainer = createTrainer(config, tinyWeights(config, 5), { optimizer, threads: 1 });
      const result = await trainer.step(step, 0.01);
      await trainer.release();
      return result!;
    });
    const [whole, ...grouped] = await Promise.all(results);
    for (const { loss, gradNorm } of grouped) {
      expect(loss).toBeCloseTo(whole!.loss, 5);
      expect(gradNorm).toBeCloseTo(whole!.gradNorm, 4);
    }
  });

  it('divides every step by one normalizer, so that a batch of half the rows moves half as far', async () => {
    const batch = randomBatch(config, 9);
    const half = { ...batch, targetWeights: batch.targetWeights.map((weight, i) => (i < 20 ? weight : 0)) };
    const norm = async (step: Batch, normalizer?: number) => {
      const options = normalizer === undefined ? {} : { normalizer };
      const trainer = createTrainer(config, tinyWeights(config, 5), { optimizer, threads: 1, ...options });
      const result = await trainer.step([step], 0.01);
      await trainer.release();
      return result!.gradNorm;
    };
    expect(await norm(batch, 32)).toBeCloseTo(await norm(batch), 5);
    expect(await norm(half, 32)).toBeCloseTo((await norm(half)) / 2, 5);
  });

  it('gives bitwise the same weights written in place as written elsewhere', async () => {
    const batches = [1, 2, 3, 4].map((seed) => randomBatch(config, seed));
    const trainer = createTrainer(config, tinyWeights(config, 5), { optimizer, threads: 1 });
    for (const batch of batches) await trainer.step([batch], 0.01);
    await trainer.release();
    const elsewhere = await trainedElsewhere(config, batches, 0.01, optimizer);
    for (const [name, data] of trainer.weights) expect(data, name).toEqual(elsewhere.get(name));
  });
});

it('targets of weight 0 change nothing', async () => {
  const config = tinyConfigs.llama!;
  const batch = randomBatch(config, 6);
  const other = { ...batch, targets: batch.targets.map((id, i) => (batch.targetWeights[i] === 0 ? (id + 1) % 7 : id)) };
  const runs = [batch, other].map(async (tried) => {
    const trainer = createTrainer(config, tinyWeights(config, 6), { optimizer: adamw, threads: 1 });
    await trainer.step([tried], 0.01);
    await trainer.release();
    return trainer.weights;
  });
  expect(await runs[0]).toEqual(await runs[1]);
});

it('refuses parts that are not equal', async () => {
  const config = tinyConfigs.llama!;
  const [batch, weights] = [randomBatch(config, 1), tinyWeights(config, 1)];
  const trainer = createTrainer(config, weights, { optimizer: adamw });
  await expect(trainer.step([{ ...batch, parts: 3 }], 1)).rejects.toThrow('no 3 equal parts');
});

it('names a weight of the wrong size', () => {
  const config = tinyConfigs.llama!;
  const weights = new Map([...tinyWeights(config, 1), ['model.norm.weight', new Float32Array(3)]]);
  expect(() => createTrainer(config, weights, { optimizer: adamw })).toThrow(
    'weight model.norm.weight: expected 32 numbers, got 3',
  );
});

const newWeights = (config: ModelConfig, seed: number) =>
  initialWeights(architectures[config.architecture].weights(config), seed);

/** Four random rows of ten tokens, the last two of each row not counted. */
function randomBatch({ vocabSize }: ModelConfig, seed: number): Batch {
  const [B, T] = [4, 10];
  const random = createRandom(seed, 9);
  const rows = Int32Array.from({ length: B * (T + 1) }, () => random.int(vocabSize));
  const part = (offset: number) =>
    Int32Array.from({ length: B * T }, (_, i) => rows[Math.floor(i / T) * (T + 1) + (i % T) + offset]!);
  const targetWeights = Float32Array.from({ length: B * T }, (_, i) => (i % T < T - 2 ? 1 : 0));
  return { B, T, ids: part(0), targets: part(1), targetWeights };
}

async function trained(config: ModelConfig, seed: number, optimizer: OptimizerOptions) {
  const trainer = createTrainer(config, newWeights(config, seed), { optimizer, threads: 2 });
  for (let step = 0; step < 5; step++) await trainer.step([randomBatch(config, seed + step)], 0.01);
  await trainer.release();
  return trainer.weights;
}

/** The same steps with every output in memory of its own, fed back as the next step's input. */
async function trainedElsewhere(
  config: ModelConfig,
  batches: readonly Batch[],
  learningRate: number,
  optimizer: OptimizerOptions,
) {
  const model = wholeModel(config, optimizer.momentum === undefined ? 'adamw' : 'muon');
  const { packs } = model;
  const start = tinyWeights(config, 5);
  const flat = (data: Float32Array) => floats(data, [data.length]);
  let state = Object.fromEntries(
    packs.flatMap((pack, i) => [
      [`weight.${i}`, flat(packed(pack, start))] as const,
      [`firstMoment.${i}`, flat(new Float32Array(pack.size))] as const,
      ...(pack.rule === 'adamw' ? [[`secondMoment.${i}`, flat(new Float32Array(pack.size))] as const] : []),
    ]),
  );
  const [{ B, T }] = batches as [Batch];
  const session = await createSession(stepGraph(model, [{ parts: 1, B, T }], optimizer).encode(), {
    threads: 1,
  });
  for (const [index, { ids, targets, targetWeights }] of batches.entries()) {
    const scalars = Object.entries(scalarsAt(index + 1, learningRate, optimizer)).map(
      ([name, value]) => [name, floats(Float32Array.of(value), [])] as const,
    );
    const results = await session.run({
      ...state,
      ...Object.fromEntries(scalars),
      'input_ids.0': ints(ids, [B, T]),
      'targets.0': ints(targets, [B, T]),
      'target_weights.0': floats(targetWeights, [B, T]),
    });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, results[`next.${name}`]!]));
  }
  await session.release();
  return new Map(packs.flatMap((pack, i) => [...viewsOf(pack, state[`weight.${i}`]!.data as Float32Array)]));
}
