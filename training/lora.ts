/**
 * Low-rank adapters (Hu et al. 2021, LoRA): a matrix W stays as it is and W + (alpha / rank) B A is used in its place, of
 * which only A [rank, in] and B [out, rank] are trained. It knows matrices by name and no tables.
 */
import { architectures, isLayerMatrix } from '../models/architectures.ts';
import { initialWeights, type ModelConfig, type WeightSpec, type Weights } from '../models/config.ts';
import type { Parameters } from '../models/forward.ts';
import { plainParameters, storesOutFirst } from '../models/parameters.ts';
import { TabletalkError } from '../src/errors/errors.ts';
import type { Graph, Value } from '../src/onnx/graph.ts';
import { packParameters, type Trained } from './flat-parameters.ts';
import { stackedPacks } from './stacked-parameters.ts';

export interface Lora {
  readonly rank: number;
  /** Numerator of the adapters' scale. */
  readonly alpha: number;
  /** Ends of module names, such as "q_proj"; none means every matrix of every layer. */
  readonly targets: readonly string[];
}

/** Named as PEFT names them, so that the pair belongs to its matrix at sight. */
const adapterNames = (matrix: string) => {
  const module = matrix.slice(0, -'.weight'.length);
  return { a: `${module}.lora_A.weight`, b: `${module}.lora_B.weight` };
};

/** The matrices that get an adapter. Throws an `option` error for a target that names none. */
function adaptedMatrices(config: ModelConfig, { targets }: Lora): WeightSpec[] {
  const specs = architectures[config.architecture].weights(config);
  const matrices = specs.filter(isLayerMatrix);
  const isOf = ({ name }: WeightSpec, target: string) => name.endsWith(`.${target}.weight`);
  const stray = targets.find((target) => !matrices.some((matrix) => isOf(matrix, target)));
  if (stray !== undefined) {
    const known = [...new Set(matrices.map(({ name }) => name.replace(/^.*\.\d+\.|\.weight$/g, '')))];
    throw new TabletalkError('option', `LoRA: no layer "${stray}" in this model; it has ${known.join(', ')}`);
  }
  return targets.length === 0 ? matrices : matrices.filter((spec) => targets.some((target) => isOf(spec, target)));
}

/** Sizes of a matrix as [out, in], however it is stored. */
const outIn = (config: ModelConfig, [rows, columns]: readonly number[]) =>
  storesOutFirst(config) ? ([rows!, columns!] as const) : ([columns!, rows!] as const);

/** A begins random and B zero, so that the first step starts from the model as it was. */
export function adapterSpecs(config: ModelConfig, lora: Lora): WeightSpec[] {
  return adaptedMatrices(config, lora).flatMap(({ name, shape }): WeightSpec[] => {
    const [out, into] = outIn(config, shape);
    const { a, b } = adapterNames(name);
    return [
      { name: a, shape: [lora.rank, into], init: { std: 1 / Math.sqrt(into) } },
      { name: b, shape: [out, lora.rank], init: { constant: 0 } },
    ];
  });
}

/** Only the adapters trained, and what they begin as. */
export function loraModel(config: ModelConfig, lora: Lora, seed: number, isStacked = false) {
  const specs = adapterSpecs(config, lora);
  const model: Trained = {
    config,
    isStacked,
    packs: isStacked ? stackedPacks(specs, () => 'adamw') : packParameters(specs),
    frozen: architectures[config.architecture].weights(config),
    parameters: (g, value) => loraParameters(g, config, value, lora),
  };
  return { model, initial: initialWeights(specs, seed) };
}

/** Products with the adapters beside them: x W + (alpha / rank) (x A^T) B^T, which leaves W out of the gradient. */
function loraParameters(g: Graph, config: ModelConfig, value: (name: string) => Value, lora: Lora): Parameters {
  const { rank, alpha } = lora;
  const plain = plainParameters(g, config, value);
  const adapted = new Set(adaptedMatrices(config, lora).map(({ name }) => name));
  return {
    weight: plain.weight,
    linear(given, name, scale) {
      // The base's matrices are large and do not change: the scale goes to the tokens, not to copies of them.
      const x = scale ? g.op('Mul', [given, scale]) : given;
      const product = plain.linear(x, name);
      if (!adapted.has(name)) return product;
      const names = adapterNames(name);
      const down = g.op('FusedMatMul', [x, value(names.a)], { transB: 1, alpha: alpha / rank });
      return g.op('Add', [product, g.op('FusedMatMul', [down, value(names.b)], { transB: 1 })]);
    },
  };
}

/** The base's weights with each adapter added to its matrix; the others are the same arrays. */
export function mergeLora(config: ModelConfig, base: Weights, adapters: Weights, lora: Lora): Weights {
  const merged = new Map(base);
  for (const { name, shape } of adaptedMatrices(config, lora)) {
    const [out, into] = outIn(config, shape);
    const names = adapterNames(name);
    const [a, b] = [adapters.get(names.a)!, adapters.get(names.b)!];
    const matrix = Float32Array.from(base.get(name)!);
    const [rowStep, columnStep] = storesOutFirst(config) ? [into, 1] : [1, out];
    const row = new Float32Array(into);
    for (let o = 0; o < out; o++) {
      row.fill(0);
      for (let r = 0; r < lora.rank; r++) {
        const factor = (lora.alpha / lora.rank) * b[o * lora.rank + r]!;
        for (let i = 0; i < into; i++) row[i]! += factor * a[r * into + i]!;
      }
      for (let i = 0; i < into; i++) matrix[o * rowStep + i * columnStep]! += row[i]!;
    }
    merged.set(name, matrix);
  }
  return merged;
}
