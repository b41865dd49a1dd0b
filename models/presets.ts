/** Sizes of models trained from scratch, by name. It knows no tables. */
import type { ModelConfig } from './config.ts';

type Sizes = Pick<ModelConfig, 'nLayer' | 'nHead' | 'nKvHead' | 'nEmbd' | 'nInner'>;

const presets = {
  /** About 0.15 M parameters. */
  tiny: { nLayer: 3, nHead: 4, nKvHead: 2, nEmbd: 64, nInner: 192 },
  /** About 0.4 M parameters; from here on wide rather than deep: a layer costs attention, and products of narrow matrices leave the machine idle. */
  small: { nLayer: 2, nHead: 4, nKvHead: 1, nEmbd: 128, nInner: 384 },
  /** About 1.3 M parameters. */
  medium: { nLayer: 2, nHead: 4, nKvHead: 1, nEmbd: 256, nInner: 640 },
  /** About 4 M parameters. */
  large: { nLayer: 3, nHead: 4, nKvHead: 1, nEmbd: 384, nInner: 896 },
  /** About 18 M parameters. */
  huge: { nLayer: 4, nHead: 5, nKvHead: 1, nEmbd: 640, nInner: 1792 },
} satisfies Record<string, Sizes>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

/** gpt2 has a key head for each query head, and feeds forward through two matrices where llama has three. */
export function presetConfig(
  preset: PresetName,
  architecture: ModelConfig['architecture'],
  vocabSize: number,
  blockSize: number,
): ModelConfig {
  const sizes = presets[preset];
  return {
    architecture,
    ...sizes,
    ...(architecture === 'gpt2' && { nKvHead: sizes.nHead, nInner: 4 * sizes.nEmbd }),
    vocabSize,
    blockSize,
    tieEmbeddings: true,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
  };
}
