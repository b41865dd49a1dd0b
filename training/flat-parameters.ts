/**
 * Parameters packed end to end into a few flat vectors, so that an optimizer step is a few long passes and not hundreds
 * of short ones. It knows shapes and offsets, nothing of what a parameter is for.
 */
import { sizeOf, type WeightSpec, type Weights } from '../models/config.ts';
import type { Graph, Value } from '../src/onnx/graph.ts';

export interface Pack {
  readonly specs: readonly WeightSpec[];
  /** Numbers in the pack. */
  readonly size: number;
  /** Whether weight decay applies to its members. */
  readonly decayed: boolean;
}

/** A pack of this many numbers stays in a core's own cache while the optimizer passes over it; a larger parameter is alone. */
const packSize = 2 ** 18;

/** WebGPU promises a shader 8 buffers, and cutting a pack apart takes one for the pack and one for each member. */
const packMembers = 7;

/** Norm scales and biases are vectors and are not decayed (nanoGPT's rule, after GPT-3). */
const isDecayed = ({ shape }: WeightSpec): boolean => shape.length > 1;

export function packParameters(specs: readonly WeightSpec[]): Pack[] {
  const packs: { specs: WeightSpec[]; size: number; decayed: boolean }[] = [];
  for (const spec of specs) {
    const size = sizeOf(spec.shape);
    const decayed = isDecayed(spec);
    const open = packs.findLast((pack) => pack.decayed === decayed);
    if (open && open.size + size <= packSize && open.specs.length < packMembers) {
      open.specs.push(spec);
      open.size += size;
    } else {
      packs.push({ specs: [spec], size, decayed });
    }
  }
  return packs;
}

/** The pack's numbers in memory of their own. Throws when a weight has not the size of its shape. */
export function packed({ specs, size }: Pack, weights: Weights): Float32Array {
  const flat = new Float32Array(size);
  let at = 0;
  for (const { name, shape } of specs) {
    const data = weights.get(name);
    if (data?.length !== sizeOf(shape)) {
      throw new Error(`weight ${name}: expected ${sizeOf(shape)} numbers, got ${data?.length}`);
    }
    flat.set(data, at);
    at += data.length;
  }
  return flat;
}

/** Each parameter as a view into the pack's memory. */
export function* viewsOf({ specs }: Pack, flat: Float32Array): Generator<[name: string, data: Float32Array]> {
  let at = 0;
  for (const { name, shape } of specs) {
    yield [name, flat.subarray(at, at + sizeOf(shape))];
    at += sizeOf(shape);
  }
}

/** The same in a graph: each parameter cut from the flat value and given its shape. */
export function unpack(g: Graph, { specs }: Pack, flat: Value): [name: string, value: Value][] {
  const sizes = specs.map(({ shape }) => sizeOf(shape));
  const parts = sizes.length === 1 ? [flat] : g.ops('Split', [flat, g.integers(sizes)], { axis: 0 });
  return specs.map(({ name, shape }, i) => [name, g.op('Reshape', [parts[i]!, g.integers(shape)])]);
}

/** The way back: values of the members' shapes as one flat value. */
export function pack(g: Graph, { specs }: Pack, value: (name: string) => Value): Value {
  const flat = specs.map(({ name }) => g.op('Reshape', [value(name), g.integers([-1])]));
  return flat.length === 1 ? flat[0]! : g.op('Concat', flat, { axis: 0 });
}
