/** Tiny models of each architecture and their logits by the forward graph that training uses. */
import { fileURLToPath } from 'node:url';
import { architectures, logitsOf } from '../../models/architectures.ts';
import { causalAttention } from '../../models/attention/attention.ts';
import { initialWeights, type ModelConfig, type Weights } from '../../models/config.ts';
import { plainParameters } from '../../models/parameters.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { createSession, floats, wholes } from '../../src/onnx/session.ts';

const sizes = {
  vocabSize: 23,
  blockSize: 24,
  nLayer: 2,
  nHead: 4,
  nEmbd: 32,
  nInner: 40,
  normEpsilon: 1e-5,
  ropeTheta: 1e4,
};

export const tinyConfigs: Record<string, ModelConfig> = {
  gpt2: { architecture: 'gpt2', ...sizes, nKvHead: 4, tieEmbeddings: true },
  'gpt2 with an untied head': { architecture: 'gpt2', ...sizes, nKvHead: 4, tieEmbeddings: false },
  llama: { architecture: 'llama', ...sizes, nKvHead: 2, tieEmbeddings: true },
  'llama with an untied head': { architecture: 'llama', ...sizes, nKvHead: 4, tieEmbeddings: false, ropeTheta: 500 },
};

/** Weights with every number moved, so that biases and norm scales matter too, and large enough to tell tokens apart. */
export function tinyWeights(config: ModelConfig, seed: number): Weights {
  const random = createRandom(seed, 2);
  const weights = initialWeights(architectures[config.architecture].weights(config), seed);
  return new Map([...weights].map(([name, data]) => [name, data.map((x) => x + 0.15 * random.normal())]));
}

/** Logits [B, T, V], row-major. */
export async function forwardLogits(
  config: ModelConfig,
  weights: Weights,
  ids: Int32Array,
  [B, T]: readonly [number, number],
): Promise<Float32Array> {
  const { weights: specs } = architectures[config.architecture];
  const g = new Graph();
  const inputs = new Map(specs(config).map(({ name, shape }) => [name, g.input(name, 'float32', shape)]));
  const attention = causalAttention(g, config, B, T);
  g.output(
    'logits',
    logitsOf(
      g,
      config,
      plainParameters(g, config, (name) => inputs.get(name)!),
      g.input('input_ids', 'int64', [B, T]),
      attention,
    ),
  );
  const session = await createSession(g.encode(), { threads: 1 });
  const feeds = Object.fromEntries(specs(config).map(({ name, shape }) => [name, floats(weights.get(name)!, shape)]));
  const { logits } = await session.run({ ...feeds, input_ids: wholes(ids, [B, T]) });
  await session.release();
  return logits!.data as Float32Array;
}

/** The prompt and `count` more tokens, each the likeliest by a forward pass over everything before it. */
export async function greedy(config: ModelConfig, weights: Weights, prompt: readonly number[], count: number) {
  const ids = [...prompt];
  for (let i = 0; i < count; i++) {
    const logits = await forwardLogits(config, weights, Int32Array.from(ids), [1, ids.length]);
    const last = logits.subarray(-config.vocabSize);
    ids.push(last.indexOf(Math.max(...last)));
  }
  return ids;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  return Array.from(a, (x, i) => Math.abs(x - b[i]!)).reduce((most, x) => (x > most || Number.isNaN(x) ? x : most), 0);
}

/** The folder of a model with PyTorch's numbers for it: see test/reference/README.md. */
export function torchReference(name: 'gpt2' | 'llama' | 'llama-untied'): string {
  return fileURLToPath(new URL(`../reference/torch/${name}`, import.meta.url));
}
