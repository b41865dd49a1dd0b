/**
 * Where the state of a training run lives between two steps: in this process's memory, or in a device's buffers, from where
 * only what is asked for comes back.
 */
import { Graph } from '../src/onnx/graph.ts';
import { encodeFor } from '../src/onnx/lowering.ts';
import { createSession, type Device, type Feeds, floats, type Session, type Tensor } from '../src/onnx/session.ts';

/** By input name of the step's graph (`weight.0`), this process's numbers: current always, or after `pull`. */
export type StateNumbers = Readonly<Record<string, Float32Array>>;

export interface TrainedState {
  /** The state before a step, by input name. */
  feeds(): Feeds;
  /** Memory that a step's outputs are written to, by output name (`next.weight.0`). */
  readonly into: Feeds;
  /** Makes a step's outputs the state. */
  take(outputs: Feeds): void;
  /** Makes this process's numbers current. */
  pull(): Promise<void>;
  release(): Promise<void>;
}

/** The step writes over the numbers that it read. */
export function hostState(numbers: StateNumbers): TrainedState {
  const tensors = (prefix: string) =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, data]) => [`${prefix}${name}`, floats(data, [data.length])]),
    );
  const state = tensors('');
  return { feeds: () => state, into: tensors('next.'), take() {}, async pull() {}, async release() {} };
}

/** Tensors go from step to step in the device's buffers; each is freed when the next has come. */
export function deviceState(numbers: StateNumbers, device: Device): TrainedState {
  const names = Object.keys(numbers);
  let held: Feeds = Object.fromEntries(names.map((name) => [name, floats(numbers[name]!, [numbers[name]!.length])]));
  let home: Promise<Session> | undefined;
  const dispose = () => {
    for (const tensor of Object.values(held)) if (isOnDevice(tensor)) tensor.dispose();
  };
  return {
    feeds: () => held,
    into: {},
    take(outputs) {
      dispose();
      held = Object.fromEntries(names.map((name) => [name, outputs[`next.${name}`]!]));
    },
    async pull() {
      if (!Object.values(held).some(isOnDevice)) return;
      home ??= createSession(encodeFor(copyGraph(held), device), { device });
      const copies = await (await home).run(held);
      for (const name of names) numbers[name]!.set(copies[`next.${name}`]!.data as Float32Array);
    },
    async release() {
      dispose();
      await (await home)?.release();
    },
  };
}

const isOnDevice = ({ location }: Tensor): boolean => location === 'gpu-buffer';

/** Tensors that graphs only read, in a device's buffers where it has them. */
export interface Frozen {
  readonly feeds: Feeds;
  release(): Promise<void>;
}

export async function onDevice(tensors: Feeds, device: Device): Promise<Frozen> {
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
