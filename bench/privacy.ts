/**
 * An audit of private training: what an attacker can tell of rows that were in a table or not, by a coin for each, and the least epsilon
 * under which that would be likely (Steinke, Nasr & Jagielski 2023, with many rows in every run). It must stay below the promised
 * epsilon, and rise above it where clipping or noise is switched off: an audit that cannot fail says nothing.
 *
 *   npm run bench:privacy                 8 runs of 200 rows for each setting; fewer than 3 can show no epsilon above 4
 *   npm run bench:privacy -- --runs 20
 *   npm run bench:privacy -- --steps      only what a private step costs
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { architectures } from '../models/architectures.ts';
import { initialWeights } from '../models/config.ts';
import { type PresetName, presetConfig } from '../models/presets.ts';
import { finetuneOptions } from '../src/finetune/options.ts';
import { finetunePrivately } from '../src/finetune/private-run.ts';
import { createRandom } from '../src/numeric/random.ts';
import { addNoise, noiseFor } from '../src/privacy/noise.ts';
import { likelihoods } from '../src/sample/score/log-likelihood.ts';
import { createCodec } from '../src/serialize/codec/codec.ts';
import { columnsOf } from '../src/table/cast.ts';
import { tableFromValues } from '../src/table/from-values.ts';
import type { Schema } from '../src/table/schema.ts';
import { createTrainer } from '../training/trainer.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '8' }, steps: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);

const [canaries, others] = [200, 100];
const rows = canaries + others;
const delta = 1e-5;
const plan = { batchSize: 75, rate: 75 / rows, steps: 100 };
/** Far below the norms of gradients, as private fits have it. */
const clip = 0.1;
/** The likeliest and the least likely canaries are guessed, as many of each; of those between nothing is said. */
const guessed = 40;

/** A canary has a value that no other row has; everybody knows them all. */
const schema: Schema = {
  version: 1,
  columns: [
    {
      name: 'who',
      kind: 'category',
      missing: null,
      values: Array.from({ length: canaries + 1 }, (_, i) => `w${i}`).sort(),
    },
    { name: 'what', kind: 'category', missing: null, values: ['p', 'q', 'r', 's'] },
  ],
};
const grammar = { version: 1 as const, cells: schema.columns.map(() => ({})) };
const codec = createCodec(schema, grammar);
const options = finetuneOptions.parse({ learningRate: 0.01, preset: 'tiny', weightDecay: 0, threads: 1 });
const config = {
  ...presetConfig('tiny', 'llama', codec.vocabSize, codec.longest),
  ...{ nLayer: 1, nHead: 2, nKvHead: 1, nEmbd: 32, nInner: 32 },
};
const initial = { config, weights: initialWeights(architectures.llama.weights(config), 1) };

interface Setting {
  readonly clip: number;
  /** Standard deviation of the noise itself. */
  readonly noise: number;
}

/** How many of a run's guesses are right. */
async function attack({ clip, noise }: Setting, seed: number): Promise<number> {
  const random = createRandom(seed, 3);
  const all = tableFromValues(
    schema,
    Array.from({ length: canaries }, (_, who) => [who, random.int(4)]),
  );
  const isIn = Array.from({ length: canaries }, () => randomInt(2) === 1);
  // The others are all alike: whoever attacks may know them.
  const common = Array.from({ length: others }, (_, i) => [canaries, i % 4]);
  const cells = (row: number) => all.columns.map((data) => data[row] as number);
  const inside = [...isIn.keys()].filter((row) => isIn[row]).map(cells);
  const learned = tableFromValues(schema, [...inside, ...common]);
  const { weights } = await finetunePrivately(
    learned,
    codec,
    { ...options, device: 'cpu', gradClip: clip, seed },
    {
      ...{ plan, sigma: noise / clip, initial, now: () => performance.now() },
    },
  );
  const likely = async (of: typeof weights) =>
    (
      await likelihoods({ config, weights: of, codec, target: -1 }, columnsOf(all, schema), {
        ...{ orders: 2, cells: false, seed: 1, threads: 1 },
      })
    ).rows;
  const [before, after] = [await likely(initial.weights), await likely(weights)];
  const order = [...isIn.keys()].sort((a, b) => after[b]! - before[b]! - (after[a]! - before[a]!));
  const right = (guess: boolean) => (row: number) => isIn[row] === guess;
  return order.slice(0, guessed).filter(right(true)).length + order.slice(-guessed).filter(right(false)).length;
}

/**
 * The least epsilon under which so many right guesses come with a probability of 5 %: with differential privacy each is right with a
 * probability of at most e^epsilon / (1 + e^epsilon), whatever the others are (theorem 5.2, its term in delta left out as negligible).
 */
function leastEpsilon(right: number, guesses: number): number {
  let [low, high] = [0, 20];
  while (high - low > 1e-3) {
    const epsilon = (low + high) / 2;
    if (upperTail(right, guesses, 1 / (1 + Math.exp(-epsilon))) < 0.05) low = epsilon;
    else high = epsilon;
  }
  return low;
}

/** P(X >= k) of a binomial. */
function upperTail(k: number, n: number, p: number): number {
  let [term, sum] = [n * Math.log1p(-p), 0];
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += Math.exp(term);
    term += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return sum;
}

async function audit(name: string, setting: Setting): Promise<number> {
  let right = 0;
  for (let seed = 1; seed <= runs; seed++) right += await attack(setting, seed);
  const guesses = 2 * guessed * runs;
  const found = leastEpsilon(right, guesses);
  process.stdout.write(`| ${name} | ${right} of ${guesses} | ${found.toFixed(2)} |\n`);
  return found;
}

/** Processor time of a private step beside a plain one of the same rows, noise included; medians of turns that take both. */
async function stepRatio(preset: PresetName): Promise<string> {
  const [rows, tokens, turns] = [78, 44, 7];
  const config = presetConfig(preset, 'llama', 245, tokens);
  const begun = initialWeights(architectures.llama.weights(config), 1);
  const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 };
  const trainer = createTrainer(config, begun, { optimizer, threads: 1, averageDecay: 0.99 });
  const random = createRandom(1);
  const ids = () => Int32Array.from({ length: rows * tokens }, () => random.int(245));
  const batch = {
    B: rows,
    T: tokens,
    ids: ids(),
    targets: ids(),
    targetWeights: new Float32Array(rows * tokens).fill(1),
  };
  const privacy = { clip: 1, normalizer: rows, addNoise: (sum: Float64Array) => addNoise(sum, 1) };
  const timed = async (step: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    await step();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const ratios: number[] = [];
  for (let turn = 0; turn <= turns; turn++) {
    const plain = await timed(() => trainer.step([batch], 1e-3));
    const noisy = await timed(() => trainer.privateStep([batch], 1e-3, privacy));
    // The first turn builds the graphs.
    if (turn > 0) ratios.push(noisy / plain);
  }
  await trainer.release();
  return ratios.sort((a, b) => a - b)[(turns - 1) / 2]!.toFixed(2);
}

for (const preset of ['tiny', 'small', 'medium'] as const)
  process.stdout.write(`${preset}: a private step takes ${await stepRatio(preset)} times a plain one\n`);
if (values.steps) process.exit();

process.stdout.write('| setting | right guesses | epsilon at least |\n|---|---|---|\n');
for (const epsilon of [1, 4]) {
  const sigma = noiseFor({ epsilon, delta }, { rate: plan.rate, times: plan.steps })!;
  const kept = await audit(`epsilon ${epsilon}`, { clip, noise: clip * sigma });
  const unclipped = await audit(`epsilon ${epsilon}, gradients not clipped`, { clip: 1e6, noise: clip * sigma });
  const noiseless = await audit(`epsilon ${epsilon}, hardly noise`, { clip, noise: 1e-3 * clip });
  if (kept > epsilon) throw new Error(`the promise of epsilon ${epsilon} is broken: at least ${kept.toFixed(2)}`);
  if (Math.min(unclipped, noiseless) <= epsilon)
    throw new Error(`the audit cannot tell: it must rise above ${epsilon}`);
}
