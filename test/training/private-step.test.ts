import { describe, expect, it } from 'vitest';
import type { ModelConfig, Weights } from '../../models/config.ts';
import { createRandom } from '../../src/numeric/random.ts';
import type { Lora } from '../../training/lora.ts';
import { type Batch, createTrainer, type Trainer } from '../../training/trainer.ts';
import { tinyConfigs, tinyWeights } from '../models/tiny.ts';

/** A first moment after one step of this optimizer is the gradient itself. */
const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, gradClip: 1e9 };
const lora: Lora = { rank: 2, alpha: 4, targets: [] };
const noNoise = () => {};

const cases = Object.entries(tinyConfigs).flatMap(([name, config]) => [
  { name, config },
  { name: `${name} with LoRA`, config, lora },
]);

// Products of factors stand for a row's norm where sentences are short, and the product itself where they are long.
describe.each([3, 16])('rows of %i tokens', (T) => {
  describe.each(cases)('$name', ({ config, ...options }) => {
    const make = () => started(config, options);
    const batch = randomBatch(config, 5, T);

    it('sums each row’s gradient, clipped to the norm that the row has alone', async () => {
      const rows: Float64Array[] = [];
      for (let row = 0; row < batch.B; row++) rows.push(await plainGradient(make(), [onlyRow(batch, row)]));
      const norms = rows.map(normOf);
      const clip = norms.toSorted((a, b) => a - b)[2]!;
      const expected = rows[0]!.map((_, i) =>
        rows.reduce((sum, row, b) => sum + row[i]! * Math.min(1, clip / (1.001 * norms[b]!)), 0),
      );
      const trainer = make();
      await trainer.privateStep([batch], 0, { clip, normalizer: 1, addNoise: noNoise });
      const found = gradientOf(trainer);
      expect(normOf(found.map((x, i) => x - expected[i]!))).toBeLessThan(2e-4 * normOf(expected));
      await trainer.release();
    });

    it('is the plain gradient where no row is clipped, over several batches', async () => {
      const [private_, plain] = [make(), make()];
      await private_.privateStep([batch, batch], 0, { clip: 1e6, normalizer: 2, addNoise: noNoise });
      const expected = await plainGradient(plain, [batch]);
      expect(normOf(gradientOf(private_).map((x, i) => x - expected[i]!))).toBeLessThan(1e-4 * normOf(expected));
      await private_.release();
    });
  });
});

/** A batch of one row, which no other row could change, has the same part of the sum. */
it('gives a row the same gradient whatever rows are beside it', async () => {
  const config = tinyConfigs.llama!;
  const batch = randomBatch(config, 6, 7);
  const sumOf = async (rows: Batch) => {
    const trainer = createTrainer(config, tinyWeights(config, 3), { optimizer, threads: 1 });
    await trainer.privateStep([rows], 0, { clip: 0.5, normalizer: 1, addNoise: noNoise });
    await trainer.release();
    return gradientOf(trainer);
  };
  const [whole, without] = [await sumOf(batch), await sumOf(onlyRows(batch, [0, 1, 3]))];
  const [difference, alone] = [whole.map((x, i) => x - without[i]!), await sumOf(onlyRow(batch, 2))];
  expect(normOf(difference)).toBeLessThanOrEqual(0.5);
  expect(normOf(difference.map((x, i) => x - alone[i]!))).toBeLessThan(1e-4);
});

it('counts a row without a finite gradient as zero, and the others as ever', async () => {
  const config = tinyConfigs['gpt2 with an untied head']!;
  // Token 5 overflows: rows with it have no gradient, the others never see it.
  const weights = new Map(tinyWeights(config, 3));
  const table = Float32Array.from(weights.get('transformer.wte.weight')!).fill(Number.NaN, 5 * 32, 6 * 32);
  weights.set('transformer.wte.weight', table);
  const batch = randomBatch(config, 7, 4);
  const ids = batch.ids.map((id, i) => (i === 4 ? 5 : id === 5 ? 6 : id));
  const sumOf = async (rows: Batch) => {
    const trainer = createTrainer(config, weights, { optimizer, threads: 1 });
    await trainer.privateStep([rows], 0, { clip: 1, normalizer: 1, addNoise: noNoise });
    await trainer.release();
    return gradientOf(trainer);
  };
  const found = await sumOf({ ...batch, ids });
  expect(found.every(Number.isFinite)).toBe(true);
  const others = await sumOf(onlyRows({ ...batch, ids }, [0, 2, 3]));
  expect(normOf(found.map((x, i) => x - others[i]!))).toBeLessThan(1e-5);
  expect(normOf(await sumOf(onlyRow({ ...batch, ids }, 1)))).toBe(0);
});

it('adds the noise to the sum, and divides both by the normalizer', async () => {
  const config = tinyConfigs.llama!;
  const trainer = createTrainer(config, tinyWeights(config, 3), { optimizer, threads: 1 });
  await trainer.privateStep([], 0, { clip: 1, normalizer: 4, addNoise: (sum) => sum.fill(8) });
  expect(new Set(gradientOf(trainer))).toEqual(new Set([2]));
  await trainer.release();
});

/** Every trained weight random: the gradient of an adapter whose partner is zero would be zero. */
function started(config: ModelConfig, options: { readonly lora?: Lora }): Trainer {
  const make = (more: object) =>
    createTrainer(config, tinyWeights(config, 3), { optimizer, threads: 1, normalizer: 1, ...options, ...more });
  const random = createRandom(8, 1);
  const filled = (draw: () => number): Weights =>
    new Map([...make({}).weights].map(([name, data]) => [name, data.map(draw)]));
  const zeros = { firstMoment: filled(() => 0), secondMoment: filled(() => 0) };
  return make({ resume: { step: 0, weights: filled(() => 0.2 * random.normal()), ...zeros } });
}

async function plainGradient(trainer: Trainer, batches: readonly Batch[]): Promise<Float64Array> {
  await trainer.step(batches, 0);
  await trainer.release();
  return gradientOf(trainer);
}

const gradientOf = (trainer: Trainer): Float64Array => flat(trainer.state().firstMoment);

function flat(weights: Weights): Float64Array {
  return Float64Array.from([...weights.values()].flatMap((data) => [...data]));
}

const normOf = (x: Float64Array): number => Math.hypot(...x);

/** Four random rows; the last token of each is not counted. */
function randomBatch({ vocabSize }: ModelConfig, seed: number, T: number): Batch {
  const B = 4;
  const random = createRandom(seed, 9);
  const draw = () => Int32Array.from({ length: B * T }, () => random.int(vocabSize));
  const targetWeights = Float32Array.from({ length: B * T }, (_, i) => (i % T < T - 1 ? 0.5 + random.uniform() : 0));
  return { B, T, ids: draw(), targets: draw(), targetWeights };
}

function onlyRows({ T, ids, targets, targetWeights }: Batch, rows: readonly number[]): Batch {
  const part = (x: ArrayLike<number>) => rows.flatMap((row) => Array.from({ length: T }, (_, t) => x[row * T + t]!));
  return {
    B: rows.length,
    T,
    ids: Int32Array.from(part(ids)),
    targets: Int32Array.from(part(targets)),
    targetWeights: Float32Array.from(part(targetWeights)),
  };
}

const onlyRow = (batch: Batch, row: number): Batch => onlyRows(batch, [row]);
