/** A model's parameters as its forward graph asks for them: by name, and multiplied with. It knows no training. */
import type { Graph, Value } from '../src/onnx/graph.ts';
import type { ModelConfig } from './config.ts';

export interface Parameters {
  readonly weight: (name: string) => Value;
  /** x [N, in] times the matrix of that name: [N, out]. A scale [in] multiplies the columns of x first. */
  readonly linear: (x: Value, name: string, scale?: Value) => Value;
}

/** Whether an architecture's checkpoints keep their matrices as [out, in]; GPT-2's are [in, out] (`Conv1D`). */
export const storesOutFirst = ({ architecture }: Pick<ModelConfig, 'architecture'>): boolean =>
  architecture === 'llama';

/** Every matrix used as it is stored. */
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
