/**
 * Parameters packed end to end into a few flat vectors, so that an optimizer step is a few long passes and not hundreds
 * of short ones. It knows shapes and offsets, nothing of what a parameter is for.
 */
import { type ModelConfig, sizeOf, type WeightSpec, type Weights } from '../models/config.ts';
import type { Parameters } from '../models/forward.ts';
import { Graph, type Value } from '../src/onnx/graph.ts';
import { encodeFor } from '../src/onnx/lowering.ts';
import { createSession, type Device, type Feeds, floats, type Session, type Tensor } from '../src/onnx/session.ts';

export interface Pack {
  readonly specs: readonly WeightSpec[];
  /** Numbers in the pack. */
  readonly size: number;
  /** Whether weight decay applies to its members. */
  readonly decayed: boolean;
  /** What moves them. Muon's are matrices of one shape, or its transpose. */
  readonly rule: Rule;
  /** What a graph cuts it into, in the order of memory: its weights, or for a device blocks of them (stacked-parameters.ts). */
  readonly blocks: readonly Block[];
}

/** The weights of one kind in all layers [layers, ...], with * for the layer's number in the name; or one weight. */
export type Block = Pick<WeightSpec, 'name' | 'shape'>;

export type Rule = 'adamw' | 'muon';

/** What is trained of a model, and how its forward pass reads parameters. */
export interface Trained {
  /** Whether it is laid out for a device: packs of blocks (stacked-parameters.ts), heads side by side, and no loop, which would run on the CPU. */
  readonly isStacked: boolean;
  readonly config: ModelConfig;
  /** The parameters that are trained. */
  readonly packs: readonly Pack[];
  /** Those that are only read; inputs of the graphs under their own names. */
  readonly frozen: readonly WeightSpec[];
  readonly parameters: (g: Graph, value: (name: string) => Value) => Parameters;
}

/** A pack of this many numbers stays in a core's own cache while the optimizer passes over it; a larger parameter is alone. */
const packSize = 2 ** 18;

/** Most members; another number would round the CPU's sums otherwise, and so change what a seed gives. */
const packMembers = 7;

/** Norm scales and biases are vectors and are not decayed (nanoGPT's rule, after GPT-3). */
export const isDecayed = ({ shape }: WeightSpec): boolean => shape.length > 1;

const sidesOf = ({ shape }: WeightSpec): string => [...shape].sort((a, b) => a - b).join();

export function packParameters(
  specs: readonly WeightSpec[],
  ruleOf: (spec: WeightSpec) => Rule = () => 'adamw',
): Pack[] {
  const packs: (Omit<Pack, 'blocks'> & { specs: WeightSpec[]; size: number })[] = [];
  for (const spec of specs) {
    const size = sizeOf(spec.shape);
    const decayed = isDecayed(spec);
    const rule = ruleOf(spec);
    const open = packs.findLast(
      (pack) =>
        pack.decayed === decayed &&
        pack.rule === rule &&
        (rule === 'adamw' || sidesOf(pack.specs[0]!) === sidesOf(spec)),
    );
    if (open && open.size + size <= packSize && open.specs.length < packMembers) {
      open.specs.push(spec);
      open.size += size;
    } else {
      packs.push({ specs: [spec], size, decayed, rule });
    }
  }
  return packs.map((members) => ({ ...members, blocks: members.specs }));
}

/** Throws when a weight has not the size of its shape. */
export function dataOf({ name, shape }: WeightSpec, weights: Weights): Float32Array {
  const data = weights.get(name);
  if (data?.length === sizeOf(shape)) return data;
  throw new Error(`weight ${name}: expected ${sizeOf(shape)} numbers, got ${data?.length}`);
}

/** The pack's numbers in memory of their own. */
export function packed({ specs, size }: Pack, weights: Weights): Float32Array {
  const flat = new Float32Array(size);
  let at = 0;
  for (const spec of specs) {
    flat.set(dataOf(spec, weights), at);
    at += sizeOf(spec.shape);
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

/** The same in a graph: each parameter, or block, cut from the flat value and given its shape. */
export function unpack(g: Graph, members: readonly Block[], flat: Value): [name: string, value: Value][] {
  const sizes = members.map(({ shape }) => sizeOf(shape));
  const parts = sizes.length === 1 ? [flat] : g.ops('Split', [flat, g.integers(sizes)], { axis: 0 });
  return members.map(({ name, shape }, i) => [name, g.op('Reshape', [parts[i]!, g.integers(shape)])]);
}

/** The way back: values of the members' shapes as one flat value. */
export function pack(g: Graph, members: readonly Block[], value: (name: string) => Value): Value {
  const flat = members.map(({ name }) => g.op('Reshape', [value(name), g.integers([-1])]));
  return flat.length === 1 ? flat[0]! : g.op('Concat', flat, { axis: 0 });
}

// Where the state of a training run lives between two steps: in this process's memory, or in a device's buffers, from
// where only what is asked for comes back.

/**
 * `numbers` by input name of the step's graph (`weight.0`). The state before a step (`feeds`), memory that a step's outputs `next.*` are written to (`into`), and what makes outputs the state
 * (`take`) and this process's numbers current (`pull`). Here a step writes over the numbers that it read.
 */
export function hostState(numbers: Record<string, Float32Array>) {
  const tensors = (prefix: string) =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, data]) => [`${prefix}${name}`, floats(data, [data.length])]),
    );
  const state = tensors('');
  return { feeds: () => state, into: tensors('next.'), take(_: Feeds) {}, async pull() {}, async release() {} };
}

/** Tensors go from step to step in the device's buffers; each is freed when the next has come. */
export function deviceState(numbers: Record<string, Float32Array>, device: Device): ReturnType<typeof hostState> {
  const names = Object.keys(numbers);
  let held: Feeds = Object.fromEntries(names.map((name) => [name, floats(numbers[name]!, [numbers[name]!.length])]));
  let home: Promise<Session> | undefined;
  let isAhead = false;
  const dispose = () => {
    for (const tensor of Object.values(held)) if (isOnDevice(tensor)) tensor.dispose();
  };
  return {
    feeds: () => held,
    into: {},
    take(outputs) {
      dispose();
      held = Object.fromEntries(names.map((name) => [name, outputs[`next.${name}`]!]));
      isAhead = true;
    },
    async pull() {
      if (!isAhead) return;
      // Not `getData`: in onnxruntime-node 1.30 it ends the process.
      home ??= createSession(encodeFor(copyGraph(held), device), { device });
      const copies = await (await home).run(held);
      for (const name of names) numbers[name]!.set(copies[`next.${name}`]!.data as Float32Array);
      isAhead = false;
    },
    async release() {
      dispose();
      await (await home)?.release();
    },
  };
}

const isOnDevice = ({ location }: Tensor): boolean => location === 'gpu-buffer';

/** Tensors that graphs only read, in a device's buffers where it has them. */
export async function onDevice(tensors: Feeds, device: Device) {
  const names = Object.keys(tensors);
  if (device !== 'webgpu' || names.length === 0) return { feeds: tensors, async release() {} };
  const kept = names.map((name) => `next.${name}`);
  const session = await createSession(encodeFor(copyGraph(tensors), device), { device, kept });
  const copies = await session.run(tensors);
  return {
    feeds: Object.fromEntries(names.map((name) => [name, copies[`next.${name}`]!])),
    // The buffers are the session's: it ends with them.
    async release() {
      for (const tensor of Object.values(copies)) tensor.dispose();
      await session.release();
    },
  };
}

/** Each input as an output, `next.` before its name. */
function copyGraph(tensors: Feeds): Graph {
  const g = new Graph();
  for (const [name, { dims }] of Object.entries(tensors)) {
    g.output(`next.${name}`, g.op('Identity', [g.input(name, 'float32', dims)]));
  }
  return g;
}

// A running average of weights, which samples like annealed weights at any moment of a run.

/**
 * How far the average moves to the weights of a step. Exponential moving average with `decay` a step; while the run is young the decay
 * is (1 + n) / (10 + n) after n steps, so that the first, random weights are soon forgotten (as TensorFlow's ExponentialMovingAverage has it).
 */
export const averageShare = (decay: number, n: number): number => 1 - Math.min(decay, (1 + n) / (10 + n));

/** Moves the average by a share of the way to the live weights. */
export function blend(average: Float32Array, live: Float32Array, share: number): void {
  for (let i = 0; i < average.length; i++) average[i]! += share * (live[i]! - average[i]!);
}
