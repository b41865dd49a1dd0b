/** Parameters of a plain model: every matrix is used as it is stored. LoRA has its own (training/lora.ts). */
import type { Graph } from '../src/onnx/graph.ts';
import type { ModelConfig } from './config.ts';
import type { Parameters } from './forward.ts';

/** Whether an architecture's checkpoints store their matrices as [out, in]; GPT-2's are [in, out] (`Conv1D`). */
export const storesOutFirst = ({ architecture }: Pick<ModelConfig, 'architecture'>): boolean =>
  architecture === 'llama';

export function plainParameters(g: Graph, config: ModelConfig, weight: Parameters['weight']): Parameters {
  const transB = storesOutFirst(config) ? 1 : 0;
  return {
    weight,
    linear(x, name, scale) {
      if (!scale) return g.op('FusedMatMul', [x, weight(name)], { transB });
      // (x s) W = x (s W): a pass over weights instead of one over tokens.
      const column = transB ? scale : g.op('Reshape', [scale, g.integers([-1, 1])]);
      return g.op('FusedMatMul', [x, g.op('Mul', [weight(name), column])], { transB });
    },
  };
}
