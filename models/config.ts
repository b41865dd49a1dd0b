/** What a model is made of: its sizes and its named weights. It knows no graph and no training. */
import { z } from 'zod';
import { createRandom, type Random } from '../src/numeric/random.ts';

/**
 * Sizes of a decoder-only language model; both architectures share them. The bounds are far above any model that runs here:
 * a config.json may come from anybody, and work that grows with a size begins before a weight is read.
 */
const sizes = z.strictObject({
  architecture: z.enum(['gpt2', 'llama']),
  vocabSize: z
    .int()
    .positive()
    .max(2 ** 20),
  /** The longest sequence, in tokens. */
  blockSize: z
    .int()
    .positive()
    .max(2 ** 24),
  nLayer: z.int().positive().max(512),
  nHead: z.int().positive().max(1024),
  /** Key/value heads, shared by nHead / nKvHead query heads each; gpt2 has as many as nHead. */
  nKvHead: z.int().positive().max(1024),
  nEmbd: z
    .int()
    .positive()
    .max(2 ** 16),
  /** Width of the feed-forward layer. */
  nInner: z
    .int()
    .positive()
    .max(2 ** 18),
  tieEmbeddings: z.boolean(),
  normEpsilon: z.number().positive(),
  /** Base of the rotary angles; gpt2, whose positions are learned, does not use it. */
  ropeTheta: z.number().positive(),
});

export const modelConfig = sizes
  .refine(({ nEmbd, nHead }) => nEmbd % nHead === 0, { path: ['nEmbd'], error: 'must be a multiple of nHead' })
  .refine(({ nHead, nKvHead }) => nHead % nKvHead === 0, { path: ['nHead'], error: 'must be a multiple of nKvHead' })
  .refine(({ architecture, nHead, nKvHead }) => architecture !== 'gpt2' || nHead === nKvHead, {
    path: ['nKvHead'],
    error: 'gpt2 has as many key/value heads as heads',
  })
  .refine(({ architecture, nEmbd, nHead }) => architecture !== 'llama' || (nEmbd / nHead) % 2 === 0, {
    path: ['nEmbd'],
    error: 'rotary positions need an even nEmbd / nHead',
  });
export type ModelConfig = z.infer<typeof modelConfig>;

export interface WeightSpec {
  /** The name in the architecture's own checkpoints. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the initial normal numbers, or the constant all begin with. */
  readonly init: { readonly std: number } | { readonly constant: number };
}

/** Weights by name, each row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

export function initialWeights(specs: readonly WeightSpec[], seed: number): Weights {
  return new Map(specs.map((spec, index) => [spec.name, initialise(spec, createRandom(seed, 1, index))]));
}

function initialise({ shape, init }: WeightSpec, random: Random): Float32Array {
  const data = new Float32Array(sizeOf(shape));
  if ('constant' in init) return data.fill(init.constant);
  return data.map(() => init.std * random.normal());
}
