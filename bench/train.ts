/**
 * How much of the machine a training step uses: model FLOP/s (6 x parameters x tokens, Kaplan et al. 2020) against a plain
 * MatMul of 1024 x 1024 x 1024 in the same seconds, the memory it takes, several steps in one run against one at a time,
 * and PyTorch's speed with the same shapes where a python3 with torch is on the PATH.
 *
 *   npm run bench:train               all sizes
 *   npm run bench:train -- 1M 4M      these
 *   npm run bench:train -- lora       adapters beside 135 M parameters
 *
 * Every size is measured in processes of its own. Shares are medians over rounds, each of which times some products, some
 * steps and some products again and takes the fastest of each: on a shared machine only what happens in the same moment
 * can be compared.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { architectures } from '../models/architectures.ts';
import { initialWeights, type ModelConfig, sizeOf } from '../models/config.ts';
import { type PresetName, presetConfig } from '../models/presets.ts';
import { Graph } from '../src/onnx/graph.ts';
import { createSession, floats } from '../src/onnx/session.ts';
import { createRandom } from '../src/random.ts';
import { type Batch, createTrainer, type Trainer } from '../training/trainer.ts';

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

function trainerOf(config: ModelConfig): Trainer {
  const specs = architectures[config.architecture].weights(config);
  return createTrainer(config, initialWeights(specs, 1), { optimizer });
}

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
    const step = () => trainer.steps([batch], [rate]);
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
  /** Time of 8 steps in one run as a share of 8 runs of one. */
  async loop(size: Size) {
    const config = configOf(size);
    const [trainer, batch] = [trainerOf(config), randomBatch(config, size.B, size.T)];
    const batches = new Array<Batch>(8).fill(batch);
    const rates = batches.map(() => rate);
    const together = () => trainer.steps(batches, rates);
    const single = async () => {
      for (const each of batches) await trainer.steps([each], [rate]);
    };
    for (const work of [together, single]) await work();
    const ratios: number[] = [];
    while (ratios.length < 7) {
      const first = await timed(single);
      const seconds = await timed(together);
      ratios.push(seconds / ((first + (await timed(single))) / 2));
    }
    await trainer.release();
    return { ratio: median(ratios) };
  },
  /** The most memory held beyond what the process had before it made a trainer, in bytes. */
  async memory(size: Size) {
    const config = configOf(size);
    const batch = randomBatch(config, size.B, size.T);
    await (await createProduct())();
    const before = process.resourceUsage().maxRSS;
    const trainer = trainerOf(config);
    for (let step = 0; step < 12; step++) await trainer.steps([batch], [rate]);
    return { bytes: (process.resourceUsage().maxRSS - before) * 1024 };
  },
  adapters,
  /** Late steps against early ones: medians of 20 steps each, 200 steps apart. */
  async growth(size: Size) {
    const config = configOf({ ...size, B: 8 });
    const [trainer, batch] = [trainerOf(config), randomBatch(config, 8, size.T)];
    const seconds: number[] = [];
    while (seconds.length < 240) seconds.push(await timed(() => trainer.steps([batch], [rate])));
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
  if (child.status !== 0) throw new Error(`${job} of ${JSON.stringify(size)} failed`);
  return JSON.parse(child.stdout);
}

/** PyTorch eager: the same llama, AdamW with its fastest implementation at hand; prints seconds a step. */
const torchProgram = `
import json, sys, time
import torch, torch.nn as nn, torch.nn.functional as F
c = json.loads(sys.argv[1]); B, T = c['B'], c['T']; C, H, G, V, L, N = (c[k] for k in ('nEmbd','nHead','nKvHead','vocabSize','nLayer','nInner'))
D = C // H
class Norm(nn.Module):
    def __init__(self): super().__init__(); self.w = nn.Parameter(torch.ones(C))
    def forward(self, x): return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.w
angles = torch.outer(torch.arange(T).float(), 1e4 ** (-torch.arange(D // 2).float() / (D // 2)))
cos, sin = angles.cos(), angles.sin()
def turn(x):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)
mask = torch.full((T, T), float('-inf')).triu(1)
class Layer(nn.Module):
    def __init__(self):
        super().__init__(); lin = lambda i, o: nn.Linear(i, o, bias=False)
        self.n1, self.n2 = Norm(), Norm()
        self.q, self.k, self.v, self.o = lin(C, C), lin(C, G * D), lin(C, G * D), lin(C, C)
        self.g, self.u, self.d = lin(C, N), lin(C, N), lin(N, C)
    def forward(self, x):
        h = self.n1(x)
        q = turn(self.q(h).view(B, T, H, D).transpose(1, 2)); k = turn(self.k(h).view(B, T, G, D).transpose(1, 2))
        v = self.v(h).view(B, T, G, D).transpose(1, 2)
        if hasattr(F, 'scaled_dot_product_attention'):
            y = F.scaled_dot_product_attention(q, k.repeat_interleave(H // G, 1), v.repeat_interleave(H // G, 1), is_causal=True)
        else:
            y = ((q @ k.repeat_interleave(H // G, 1).transpose(-1, -2)) / D ** 0.5 + mask).softmax(-1) @ v.repeat_interleave(H // G, 1)
        x = x + self.o(y.transpose(1, 2).reshape(B, T, C)); h = self.n2(x)
        return x + self.d(F.silu(self.g(h)) * self.u(h))
class Model(nn.Module):
    def __init__(self):
        super().__init__(); self.e = nn.Embedding(V, C); self.layers = nn.ModuleList(Layer() for _ in range(L)); self.n = Norm()
    def forward(self, ids):
        x = self.e(ids)
        for layer in self.layers: x = layer(x)
        return self.n(x) @ self.e.weight.t()
torch.set_num_threads(c['threads']); torch.manual_seed(1); m = Model()
try: opt = torch.optim.AdamW(m.parameters(), 1e-3, fused=True)
except Exception: opt = torch.optim.AdamW(m.parameters(), 1e-3, foreach=True)
ids, y = torch.randint(V, (B, T)), torch.randint(V, (B, T))
times = []
for i in range(14):
    t = time.perf_counter(); loss = F.cross_entropy(m(ids).view(-1, V), y.view(-1)); loss.backward()
    torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0); opt.step(); opt.zero_grad(set_to_none=True)
    times.append(time.perf_counter() - t)
print(json.dumps({'seconds': sorted(times[2:])[6], 'version': torch.__version__}))
`;

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
async function adapters(parts: number) {
  const before = process.resourceUsage().maxRSS;
  const specs = architectures.llama.weights(base);
  const weights = new Map(specs.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape)).fill(0.01)]));
  const lora = { rank: 8, alpha: 16, targets: [] };
  const trainer = createTrainer(base, weights, { optimizer, lora, parts });
  const batch = randomBatch(base, 8, 128);
  await trainer.steps([batch], [rate]);
  const seconds = await fastest(3, () => trainer.steps([batch], [rate]));
  return { seconds, bytes: (process.resourceUsage().maxRSS - before) * 1024 };
}

function measureAdapters(parts: number): Record<string, string> {
  const { seconds, bytes } = inProcess('adapters', parts);
  return {
    'rows at once': String(8 / parts),
    'tokens/s': Math.round((8 * 128) / seconds).toLocaleString('en'),
    'memory MB': (bytes / 1e6).toFixed(0),
    'of that weights': (parametersOf(base) * 4e-6).toFixed(0),
  };
}

/** Undefined where there is no PyTorch. */
function torchSpeed(size: Size): { seconds: number; version: string } | undefined {
  const config = JSON.stringify({ ...configOf(size), ...size, threads: availableParallelism() });
  const child = spawnSync(process.env.PYTHON ?? 'python3', ['-c', torchProgram, config], { encoding: 'utf8' });
  return child.status === 0 ? JSON.parse(child.stdout) : undefined;
}

function measure(name: string, size: Size): Record<string, string> {
  const config = configOf(size);
  const parameters = parametersOf(config);
  const tokens = size.B * size.T;
  const speed = inProcess('speed', size);
  const torch = torchSpeed(size);
  const loop = inProcess('loop', size);
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
    '8 in one run': percent(loop.ratio),
    'late/early step': inProcess('growth', size).ratio.toFixed(2),
    'memory / weights': ((one - perRow) / (4 * parameters)).toFixed(1),
    'activations MB': ((perRow * size.B) / 1e6).toFixed(0),
  };
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--job') {
  const [job, size] = rest as [Job, string];
  const work = jobs[job] as (given: unknown) => Promise<unknown>;
  process.stdout.write(JSON.stringify(await work(JSON.parse(size))));
} else {
  const asked = process.argv.slice(2);
  const known = [...Object.keys(sizes), 'lora'];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown) throw new Error(`no size "${unknown}"; there are ${known.join(', ')}`);
  console.log(`${cpus()[0]?.model}, ${availableParallelism()} threads, Node ${process.version}`);
  const names = asked.length > 0 ? asked : known;
  const wanted = Object.keys(sizes).filter((name) => names.includes(name));
  console.table(Object.fromEntries(wanted.map((name) => [name, measure(name, sizes[name]!)])));
  if (names.includes('lora')) {
    console.log('LoRA of rank 8 beside 135 M parameters, 8 rows of 128 tokens a step');
    console.table([1, 8].map(measureAdapters));
  }
}
