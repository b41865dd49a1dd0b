/**
 * How much of the machine a training step uses: model FLOP/s (6 x parameters x tokens, Kaplan et al. 2020) against a plain
 * MatMul of 1024 x 1024 x 1024 in the same seconds, the memory it takes,
 * and PyTorch's speed with the same shapes where a python3 with torch is on the PATH.
 *
 *   npm run bench:train               all sizes
 *   npm run bench:train -- 1M 4M      these
 *   npm run bench:train -- lora       adapters beside 135 M parameters
 *   npm run bench:train -- --device webgpu   tokens a second there, on the CPU, and with PyTorch on CUDA where it can be had; share of the
 *                                     time in kernels, launches a step and bytes; adapters, and a fit at best effort: all of it in some 10 minutes
 *   npm run bench:train -- --device webgpu --rows 1 --steps 1 "small 64 x 44"   the same of one row and step, to count launches without a card
 *   npm run bench:train -- padding    of tables of a dev dependency, or of those in a folder: padding --data <folder>
 *
 * Every size is measured in processes of its own. Shares are medians over rounds, each of which times some products, some
 * steps and some products again and takes the fastest of each: on a shared machine only what happens in the same moment
 * can be compared.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { architectures } from '../models/architectures.ts';
import { initialWeights, type ModelConfig, sizeOf } from '../models/config.ts';
import { type PresetName, presetConfig } from '../models/presets.ts';
import { fit } from '../src/model/fit.ts';
import { createRandom } from '../src/numeric/random.ts';
import { Graph } from '../src/onnx/graph.ts';
import { createSession, type Device, devices, floats } from '../src/onnx/session.ts';
import { type Batch, createTrainer, type Trainer, type TrainerOptions } from '../training/trainer.ts';
import { knownTable } from './known-joint.ts';
import { type Launches, profiled } from './launches.ts';
import { measurePadding } from './padding.ts';
import { torchSpeed } from './torch.ts';

interface Size {
  readonly preset: PresetName;
  readonly vocabSize: number;
  readonly B: number;
  readonly T: number;
}

/** The shapes of the project's first trials; 64 x 44 is a batch of a table with 15 columns. */
const sizes: Record<string, Size> = {
  '0.5M': { preset: 'small', vocabSize: 144, B: 64, T: 44 },
  '1M': { preset: 'medium', vocabSize: 144, B: 64, T: 44 },
  '4M': { preset: 'large', vocabSize: 1024, B: 16, T: 128 },
  '20M': { preset: 'huge', vocabSize: 2048, B: 8, T: 128 },
};

const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 };
const configOf = ({ preset, vocabSize, T }: Size) => presetConfig(preset, 'llama', vocabSize, T);
const parametersOf = (config: ModelConfig) =>
  architectures[config.architecture].weights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function trainerOf(config: ModelConfig, options: Partial<TrainerOptions> = {}): Trainer {
  const specs = architectures[config.architecture].weights(config);
  return createTrainer(config, initialWeights(specs, 1), { optimizer, ...options });
}

/** As a fit trains a new model: Muon, and a running average. */
const asFit = { optimizer: { ...optimizer, momentum: 0.95 }, averageDecay: 0.999 };

function randomBatch({ vocabSize }: ModelConfig, B: number, T: number): Batch {
  const random = createRandom(1);
  const draw = () => Int32Array.from({ length: B * T }, () => random.int(vocabSize));
  return { B, T, ids: draw(), targets: draw(), targetWeights: new Float32Array(B * T).fill(1) };
}

const rate = 1e-3;
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function fastest(times: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) least = Math.min(least, await timed(work));
  return least;
}

/** One product of 1024 x 1024 matrices. */
async function createProduct(): Promise<() => Promise<unknown>> {
  const shape = [1024, 1024];
  const g = new Graph();
  g.output('y', g.op('MatMul', [g.input('a', 'float32', shape), g.input('b', 'float32', shape)]));
  const session = await createSession(g.encode());
  const random = createRandom(2);
  const [a, b, y] = [0, 1, 2].map(() =>
    floats(
      new Float32Array(1024 ** 2).map(() => random.normal()),
      shape,
    ),
  );
  return () => session.run({ a: a!, b: b! }, { y: y! });
}

const productFlops = 2 * 1024 ** 3;

/** Jobs that a process of its own does; each returns numbers. */
const jobs = {
  /** GFLOP/s of a step and of the product. */
  async speed(size: Size) {
    const config = configOf(size);
    const [product, trainer, batch] = [await createProduct(), trainerOf(config), randomBatch(config, size.B, size.T)];
    const step = () => trainer.step([batch], rate);
    for (const work of [product, step, step]) await work();
    const flops = 6 * parametersOf(config) * size.B * size.T;
    const rounds: { share: number; step: number; product: number }[] = [];
    while (rounds.length < 12) {
      const before = await fastest(4, product);
      const seconds = await fastest(3, step);
      const after = await fastest(4, product);
      const top = productFlops / Math.min(before, after);
      rounds.push({ share: flops / seconds / top, step: seconds, product: top });
    }
    await trainer.release();
    return {
      share: median(rounds.map(({ share }) => share)),
      seconds: median(rounds.map((round) => round.step)),
      top: median(rounds.map((round) => round.product)) / 1e9,
    };
  },
  /** The most memory held beyond what the process had before it made a trainer, in bytes. */
  async memory(size: Size) {
    const config = configOf(size);
    const batch = randomBatch(config, size.B, size.T);
    await (await createProduct())();
    const before = process.resourceUsage().maxRSS;
    const trainer = trainerOf(config);
    for (let step = 0; step < 12; step++) await trainer.step([batch], rate);
    return { bytes: (process.resourceUsage().maxRSS - before) * 1024 };
  },
  adapters,
  fit: fitOn,
  /** What the profiler says of a step on a device. */
  async launches({ device, ...size }: Size & { device: Device }): Promise<Launches> {
    const config = configOf(size);
    const [trainer, batch] = [trainerOf(config, { ...asFit, device }), randomBatch(config, size.B, size.T)];
    const found = await profiled(async () => {
      for (let step = 0; step < 2; step++) await trainer.step([batch], rate);
    });
    await trainer.release();
    return found;
  },
  /** Median seconds of a step on a device; the first ones compile. */
  async device({ device, steps, ...size }: Size & { device: Device; steps: number }) {
    const config = configOf(size);
    const [trainer, batch] = [trainerOf(config, { ...asFit, device }), randomBatch(config, size.B, size.T)];
    for (let step = 0; step < Math.min(3, steps); step++) await trainer.step([batch], rate);
    const seconds: number[] = [];
    while (seconds.length < steps) seconds.push(await timed(() => trainer.step([batch], rate)));
    await trainer.release();
    return { seconds: median(seconds) };
  },
  /** Late steps against early ones: medians of 20 steps each, 200 steps apart. One row a step: what grows, grows a step. */
  async growth(size: Size) {
    const config = configOf(size);
    const [trainer, batch] = [trainerOf(config), randomBatch(config, 1, size.T)];
    const seconds: number[] = [];
    while (seconds.length < 240) seconds.push(await timed(() => trainer.step([batch], rate)));
    return { ratio: median(seconds.slice(-20)) / median(seconds.slice(10, 30)) };
  },
};

type Jobs = typeof jobs;
type Job = keyof Jobs;

function inProcess<J extends Job>(job: J, size: Parameters<Jobs[J]>[0]): Awaited<ReturnType<Jobs[J]>> {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--job', job, JSON.stringify(size)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stderr.write(`${job} ${Object.values(size).join(' ')}: ${child.stdout}\n`);
  if (child.status !== 0) throw new Error(`${job} of ${JSON.stringify(size)} failed`);
  return JSON.parse(child.stdout);
}

/** The sizes of SmolLM-135M, with random weights: time and memory do not know the difference. */
const base: ModelConfig = {
  architecture: 'llama',
  vocabSize: 49_152,
  blockSize: 2048,
  nLayer: 30,
  nHead: 9,
  nKvHead: 3,
  nEmbd: 576,
  nInner: 1536,
  tieEmbeddings: true,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
};

/** LoRA of rank 8 beside a base of 135 M parameters, 8 rows of 128 tokens a step, read in as many parts as is said. */
async function adapters({ parts, device }: { readonly parts: number; readonly device: Device }) {
  const before = process.resourceUsage().maxRSS;
  const specs = architectures.llama.weights(base);
  const weights = new Map(specs.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape)).fill(0.01)]));
  const lora = { rank: 8, alpha: 16, targets: [] };
  const trainer = createTrainer(base, weights, { optimizer, lora, device });
  const batch = { ...randomBatch(base, 8, 128), parts };
  await trainer.step([batch], rate);
  const seconds = await fastest(3, () => trainer.step([batch], rate));
  return { seconds, bytes: (process.resourceUsage().maxRSS - before) * 1024 };
}

function measureAdapters(parts: number, device: Device): Record<string, string> {
  const { seconds, bytes } = inProcess('adapters', { parts, device });
  return {
    'rows at once': String(8 / parts),
    'tokens/s': Math.round((8 * 128) / seconds).toLocaleString('en'),
    'memory MB': (bytes / 1e6).toFixed(0),
    'of that weights': (parametersOf(base) * 4e-6).toFixed(0),
  };
}

function measure(name: string, size: Size): Record<string, string> {
  const config = configOf(size);
  const parameters = parametersOf(config);
  const tokens = size.B * size.T;
  const speed = inProcess('speed', size);
  const torch = torchSpeed(config, size);
  const [one, all] = [inProcess('memory', { ...size, B: 1 }).bytes, inProcess('memory', size).bytes];
  // What a row adds is activations; what is left without any row belongs to the weights.
  const perRow = (all - one) / (size.B - 1);
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return {
    size: name,
    parameters: parameters.toLocaleString('en'),
    'd x layers': `${config.nEmbd} x ${config.nLayer}`,
    'batch x length': `${size.B} x ${size.T}`,
    'tokens/s': Math.round(tokens / speed.seconds).toLocaleString('en'),
    'GFLOP/s': ((6 * parameters * tokens) / speed.seconds / 1e9).toFixed(0),
    'MatMul GFLOP/s': speed.top.toFixed(0),
    share: percent(speed.share),
    'x PyTorch': torch ? `${(torch.seconds / speed.seconds).toFixed(1)} (${torch.version})` : 'no torch',
    'late/early step': inProcess('growth', size).ratio.toFixed(2),
    'memory / weights': ((one - perRow) / (4 * parameters)).toFixed(1),
    'activations MB': ((perRow * size.B) / 1e6).toFixed(0),
  };
}

/** Batches as a GPU wants them. */
const deviceSizes: Record<string, Size> = {
  'small 64 x 44': { preset: 'small', vocabSize: 144, B: 64, T: 44 },
  'small 512 x 44': { preset: 'small', vocabSize: 144, B: 512, T: 44 },
  'large 64 x 128': { preset: 'large', vocabSize: 1024, B: 64, T: 128 },
  'huge 64 x 128': { preset: 'huge', vocabSize: 2048, B: 64, T: 128 },
};

function measureDevice(given: Size, device: Device, { rows, steps }: Limits): Record<string, string> {
  const size = { ...given, B: rows ?? given.B };
  const speed = (seconds: number | undefined) =>
    seconds === undefined ? 'not at hand' : Math.round((size.B * size.T) / seconds).toLocaleString('en');
  const seconds = inProcess('device', { ...size, device, steps }).seconds;
  const found = inProcess('launches', { ...size, device });
  console.log(`${size.preset}: kernels of a step ${JSON.stringify(found.byKernel)}`);
  console.log(
    `${size.preset}: products, count x rows x inner x columns, and how many ${JSON.stringify(found.products)}`,
  );
  return {
    parameters: parametersOf(configOf(size)).toLocaleString('en'),
    [`${device} tokens/s`]: speed(seconds),
    launches: String(found.launches),
    'share of time in kernels': `${(100 * found.kernelShare).toFixed(0)} %`,
    'GFLOP of products': found.productGflop.toFixed(1),
    'bytes in, out': `${found.bytesIn.toLocaleString('en')}, ${found.bytesOut.toLocaleString('en')}`,
    'cpu tokens/s': speed(inProcess('device', { ...size, device: 'cpu', steps: Math.min(steps, 5) }).seconds),
    'PyTorch on CUDA tokens/s': speed(torchSpeed(configOf(size), size, 'cuda')?.seconds),
  };
}

interface Limits {
  /** In place of each size's own. */
  readonly rows: number | undefined;
  readonly steps: number;
}

/** A fit at best effort, at most ten minutes of it, of a made table with as many rows as adult. */
async function fitOn({ rows, device }: { readonly rows: number; readonly device: Device }) {
  const options = { target: 'returned', effort: 'best', preset: 'small', maxMinutes: 10, seed: 1 } as const;
  const model = await fit(knownTable(rows, 1).table, { ...options, device });
  const { curve, bestEpoch, ended, options: settled } = model.file;
  const last = curve.at(-1)!;
  const loss = curve.find(({ epoch }) => epoch === bestEpoch)?.validationLoss ?? undefined;
  return { device, rows, batchSize: settled.batchSize, steps: last.step, seconds: last.seconds, loss, ended };
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--job') {
  const [job, size] = rest as [Job, string];
  const work = jobs[job] as (given: unknown) => Promise<unknown>;
  process.stdout.write(JSON.stringify(await work(JSON.parse(size))));
} else {
  const { values, positionals: asked } = parseArgs({
    options: {
      data: { type: 'string' },
      device: { type: 'string' },
      rows: { type: 'string' },
      steps: { type: 'string', default: '20' },
    },
    allowPositionals: true,
  });
  const device = devices.find((name) => name === values.device);
  if (values.device !== undefined && !device)
    throw new Error(`no device "${values.device}"; there are ${devices.join(', ')}`);
  const all = device ? deviceSizes : sizes;
  const known = [...Object.keys(all), 'lora', device ? 'fit' : 'padding'];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown) throw new Error(`no size "${unknown}"; there are ${known.join(', ')}`);
  console.log(`${cpus()[0]?.model}, ${availableParallelism()} threads, Node ${process.version}`);
  const names = asked.length > 0 ? asked : known;
  const wanted = Object.keys(all).filter((name) => names.includes(name));
  const limits = { rows: values.rows === undefined ? undefined : Number(values.rows), steps: Number(values.steps) };
  const lineOf = (name: string) => (device ? measureDevice(all[name]!, device, limits) : measure(name, all[name]!));
  if (wanted.length > 0) console.table(Object.fromEntries(wanted.map((name) => [name, lineOf(name)])));
  if (names.includes('lora')) {
    console.log('LoRA of rank 8 beside 135 M parameters, 8 rows of 128 tokens a step');
    console.table([1, 8].map((parts) => measureAdapters(parts, device ?? 'cpu')));
  }
  if (names.includes('fit')) {
    console.log('A fit at best effort of a made table with the size of adult; on the CPU: fit --device cpu');
    console.table([inProcess('fit', { rows: limits.rows ?? 32_561, device: device! })]);
  }
  if (names.includes('padding')) await measurePadding(values.data);
}
