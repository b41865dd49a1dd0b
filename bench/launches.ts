/** What a training step asks of a device, by ONNX Runtime's own profiler: kernels launched, their time, and the bytes that cross the bus. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';

export interface Launches {
  /** Kernels of one step. */
  readonly launches: number;
  /** Nodes of the graph that is run, those that move no number (reshapes) among them. */
  readonly nodes: number;
  readonly byKernel: Readonly<Record<string, number>>;
  /** Matrix products by their shape, "count x rows x inner x columns", and how many of each. */
  readonly products: Readonly<Record<string, number>>;
  /** GFLOP of all products of a step. */
  readonly productGflop: number;
  /** Of the step's time, with the profiler on. */
  readonly kernelShare: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** A type and sizes for each tensor. */
type Shapes = Record<string, number[]>[];

interface Run {
  readonly seconds: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

interface Event {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: Shapes;
    readonly output_type_shape?: Shapes;
  };
}

/** Runs `train` with a profiler in every session, and tells of the last run of the session with the most kernels. */
export async function profiled(train: () => Promise<void>): Promise<Launches> {
  const folder = mkdtempSync(join(tmpdir(), 'launches-'));
  const { create } = InferenceSession;
  const sessions: { session: InferenceSession; runs: Run[] }[] = [];
  const profiledCreate = async (model: Uint8Array, options: InferenceSession.SessionOptions) => {
    const profileFilePrefix = join(folder, String(sessions.length));
    const session = await create.call(InferenceSession, model, {
      ...options,
      enableProfiling: true,
      profileFilePrefix,
    });
    const [run, runs]: [typeof session.run, Run[]] = [session.run.bind(session), []];
    session.run = (async (...args: Parameters<typeof run>) => {
      const started = performance.now();
      const results = await run(...args);
      runs.push({
        seconds: (performance.now() - started) / 1000,
        bytesIn: bytesOf(args[0]),
        bytesOut: bytesOf(results),
      });
      return results;
    }) as typeof run;
    sessions.push({ session, runs });
    return session;
  };
  Object.assign(InferenceSession, { create: profiledCreate });
  try {
    await train();
    for (const { session } of sessions) session.endProfiling();
    const found = sessions.map(({ runs }, i) => ({ runs, events: eventsOf(folder, i) }));
    return summary(found.reduce((a, b) => (kernelsOf(b.events).length > kernelsOf(a.events).length ? b : a)));
  } finally {
    Object.assign(InferenceSession, { create });
    rmSync(folder, { recursive: true });
  }
}

const bytesOf = (tensors: object): number =>
  Object.values(tensors as Record<string, { location: string; data: { byteLength: number } } | null>).reduce(
    (sum, tensor) => sum + (tensor?.location === 'cpu' ? tensor.data.byteLength : 0),
    0,
  );

function eventsOf(folder: string, session: number): Event[] {
  const file = readdirSync(folder).find((name) => name.startsWith(`${session}_`))!;
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

const kernelsOf = (events: readonly Event[]) => events.filter(({ cat }) => cat === 'Api').sort((a, b) => a.ts - b.ts);

function summary({ runs, events }: { readonly runs: readonly Run[]; readonly events: readonly Event[] }): Launches {
  const lastOf = (all: readonly Event[]) => all.slice(-all.length / runs.length);
  const kernels = lastOf(kernelsOf(events));
  const nodes = lastOf(events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time')));
  const last = runs.at(-1)!;
  const sizes = nodes.map(productOf).filter((size) => size !== undefined);
  const counted = (names: readonly string[]) => {
    const counts: Record<string, number> = {};
    for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
    return Object.fromEntries(Object.entries(counts).sort(([, a], [, b]) => b - a));
  };
  return {
    launches: kernels.length,
    nodes: nodes.length,
    byKernel: counted(kernels.map(({ name }) => name.split('&').at(-1)!)),
    products: counted(sizes.map((size) => size.join(' x '))),
    productGflop: sizes.reduce((sum, size) => sum + 2e-9 * size.reduce((a, b) => a * b), 0),
    kernelShare: kernels.reduce((sum, { dur }) => sum + dur, 0) / 1e6 / last.seconds,
    bytesIn: last.bytesIn,
    bytesOut: last.bytesOut,
  };
}

/** Matrices in a batch, rows, inner size and columns of a product. */
function productOf({ args }: Event): [number, number, number, number] | undefined {
  if (args?.op_name !== 'MatMul' && args?.op_name !== 'Gemm') return undefined;
  const shape = (of: Shapes | undefined) => Object.values(of![0]!)[0]!;
  const [left, out] = [shape(args.input_type_shape), shape(args.output_type_shape)];
  const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const [rows, columns] = out.slice(-2) as [number, number];
  return [count(out) / (rows * columns), rows, count(left) / (count(out) / columns), columns];
}
