/**
 * Parameters as a device wants them, where every launch costs the same and large ones are cheap: a weight of all layers is one
 * block [layers, out, in], and a few flat vectors hold all blocks.
 */
import { sizeOf, type WeightSpec } from '../models/config.ts';
import type { Parameters } from '../models/forward.ts';
import type { Graph, Value } from '../src/onnx/graph.ts';
import { type Block, isDecayed, type Pack, type Rule, type Trained } from './flat-parameters.ts';

/** A pack of this many numbers is bound as one buffer of 128 MB, which every WebGPU device has; a larger block is alone. */
const packSize = 2 ** 25;

export function stackedPacks(specs: readonly WeightSpec[], ruleOf: (spec: WeightSpec) => Rule): Pack[] {
  const kinds = new Map<string, WeightSpec[]>();
  for (const spec of specs) kinds.set(kindOf(spec.name), [...(kinds.get(kindOf(spec.name)) ?? []), spec]);
  const shapes = [...new Set(specs.map(({ shape }) => shape.join()))];
  // Blocks of one shape are neighbours.
  const order = ([, [spec]]: [string, WeightSpec[]]) => shapes.indexOf(spec!.shape.join());
  const sorted = [...kinds].sort((a, b) => order(a) - order(b));
  const packs: (Pack & { specs: WeightSpec[]; blocks: Block[]; size: number })[] = [];
  for (const [name, members] of sorted) {
    const [first] = members as [WeightSpec];
    const [rule, decayed, size] = [ruleOf(first), isDecayed(first), members.length * sizeOf(first.shape)];
    let pack = packs.find((open) => open.rule === rule && open.decayed === decayed && open.size + size <= packSize);
    if (!pack) {
      pack = { rule, decayed, specs: [], blocks: [], size: 0 };
      packs.push(pack);
    }
    pack.blocks.push({ name, shape: name.includes('*') ? [members.length, ...first.shape] : first.shape });
    pack.specs.push(...members);
    pack.size += size;
  }
  return packs;
}

const layer = /\.(\d+)\./;
const kindOf = (name: string) => name.replace(layer, '.*.');
const layerOf = (name: string) => Number(layer.exec(name)![1]);

/** The parameters of a forward pass, cut from the blocks that `value` gives by their names; it gives frozen weights, too. */
export function stackedParameters(g: Graph, { frozen, parameters }: Trained, value: Parameters['weight']): Parameters {
  const cut = new Map<string, Value[]>();
  /** The layers of blocks side by side, each [sum of out, in]; the columns of all at once multiplied by those of `scale` [layers, in]. */
  const layersOf = (blocks: readonly string[], scale?: string): Value[] => {
    const key = `${blocks} ${scale}`;
    const known = cut.get(key);
    if (known) return known;
    const values = blocks.map(value);
    const whole = values.length === 1 ? values[0]! : g.op('Concat', values, { axis: 1 });
    const [layers, ...each] = whole.shape as [number, ...number[]];
    const row = scale && g.op('Reshape', [value(scale), g.integers([layers, 1, each[1]!])]);
    const scaled = row ? g.op('Mul', [whole, row]) : whole;
    const parts = layers === 1 ? [scaled] : g.ops('Split', [scaled], { axis: 0, num_outputs: layers });
    const made = parts.map((part) => g.op('Reshape', [part, g.integers(each)]));
    cut.set(key, made);
    return made;
  };
  const isFrozen = new Set(frozen.map(({ name }) => name));
  const plain = parameters(g, (name) =>
    isFrozen.has(name) || kindOf(name) === name ? value(name) : layersOf([kindOf(name)])[layerOf(name)]!,
  );
  // What is frozen is not stacked.
  if (frozen.length > 0) return plain;
  return {
    ...plain,
    joined(x, names, scale) {
      const weight = layersOf(names.map(kindOf), kindOf(scale))[layerOf(scale)]!;
      return g.op('FusedMatMul', [x, weight], { transB: 1 });
    },
  };
}
