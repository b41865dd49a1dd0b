/** Runs ONNX graphs. The one file that touches onnxruntime-node; it knows nothing of what a graph means. */
import './no-telemetry.ts';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** What a graph runs on. */
export const devices = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof devices)[number];

export type Feeds = Record<string, Tensor>;
export type { Tensor };

export interface SessionOptions {
  /** Threads inside one operator; 0 leaves the choice to ONNX Runtime (one per core). */
  readonly threads?: number;
  readonly device?: Device;
  /** Outputs that stay in the device's buffers; by default all come back. Whoever gets one disposes of it. */
  readonly kept?: readonly string[];
}

export interface Session {
  /**
   * Runs the graph. An output named in `into` is written to that tensor's own memory, which may be the memory of an
   * input: then the graph must not read that input after it has produced the output.
   */
  run(feeds: Feeds, into?: Feeds): Promise<Feeds>;
  release(): Promise<void>;
}

/** Asking for CUDA without its library makes the runtime write to standard error, which is the caller's: so look first. */
function checkLibrary(device: Device): void {
  if (device !== 'cuda') return;
  const binaries = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '../bin/napi-v6');
  const file = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  const found = statSync(join(binaries, process.platform, process.arch, file), { throwIfNoEntry: false });
  // Empty: a placeholder, with which the package is installed without CUDA (install/no-cuda-download.cjs).
  if (!found?.size) throw new Error("onnxruntime-node's CUDA library is not installed");
}

/**
 * Buffers are kept and found again by their exact size, and commands are not checked twice: the runtime's own choices made and cleared
 * large buffers anew in every step, which took half of its time on an H100 (training/LOG.md).
 */
const webgpu = { name: 'webgpu', storageBufferCacheMode: 'simple', validationMode: 'disabled' } as const;

/** What the runtime threw of a device other than the CPU: it is lost, or has too little memory. */
export class DeviceFailure extends Error {
  readonly device: Device;

  constructor(device: Device, cause: unknown) {
    super(`the device ${device} failed`, { cause });
    this.device = device;
  }
}

export async function createSession(
  model: Uint8Array,
  { threads = 0, device = 'cpu', kept = [] }: SessionOptions = {},
): Promise<Session> {
  checkLibrary(device);
  const failed = (error: unknown): never => {
    throw device === 'cpu' ? error : new DeviceFailure(device, error);
  };
  const session = await InferenceSession.create(model, {
    executionProviders: [device === 'webgpu' ? webgpu : device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // It would plan one block for all that a graph of one length holds, beside what the arena got for the first run: twice the memory.
    enableMemPattern: false,
    // Fatal only: what goes wrong is thrown as well, and standard error is the caller's.
    logSeverityLevel: 4,
    ...(kept.length > 0 && {
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, 'gpu-buffer' as const])),
    }),
    extra: {
      session: {
        // Numbers below 1e-38 cost a hundred times as much and mean nothing here.
        set_denormal_as_zero: '1',
        // Every session has threads of its own; those of one at rest must not spin on the cores of one at work.
        intra_op: { allow_spinning: '0' },
      },
    },
  }).catch(failed);
  const names = session.outputNames;
  return {
    async run(feeds, into = {}) {
      const fetches = Object.fromEntries(names.map((name) => [name, into[name] ?? null]));
      const results = (await session.run(feeds, fetches).catch(failed)) as Feeds;
      for (const name of names) {
        if (into[name]) free(results[name]!);
      }
      return { ...results, ...into };
    },
    release: () => session.release(),
  };
}

/** A port whose other end is closed: what is sent there is gone. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Frees a tensor's memory at once. onnxruntime-node returns a copy of every output, also of what it wrote to memory that
 * it was given: left to the garbage collector, three copies of all weights a training step pile up to gigabytes.
 */
export function free({ data }: Tensor): void {
  const { buffer } = data as Float32Array<ArrayBuffer>;
  nowhere.postMessage(null, [buffer]);
}

export function floats(data: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor('float32', data, shape);
}

/** Whole numbers in [0, 2^31) as an int64 tensor; the words are written directly, which spares a BigInt a number. */
export function wholes(data: Int32Array, shape: readonly number[]): Tensor {
  const words = new Int32Array(data.length * 2);
  for (let i = 0; i < data.length; i++) words[2 * i] = data[i]!;
  return new Tensor('int64', new BigInt64Array(words.buffer), shape);
}

export function ints(data: Int32Array, shape: readonly number[]): Tensor {
  return new Tensor('int32', data, shape);
}
