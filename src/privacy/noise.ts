/** Randomness that nobody can guess, from the operating system: uniform numbers, Gaussian noise on a grid, Poisson samples. No seed; and what such noise costs, as (epsilon, delta). */
import { randomFillSync } from 'node:crypto';

const words = new Uint32Array(2 ** 14);
let used = words.length;

function word(): number {
  if (used === words.length) {
    randomFillSync(words);
    used = 0;
  }
  const taken = words[used]!;
  // Nothing that was drawn stays in memory.
  words[used++] = 0;
  return taken;
}

/** In (0, 1], of 53 bits. */
const uniform = (): number => ((word() >>> 5) * 2 ** 26 + (word() >>> 6) + 1) / 2 ** 53;

/** A seed that nobody can guess, for choices of which there are too many to draw each from the system. */
export const secretSeed = (): number => (word() & 0x1fffff) * 2 ** 32 + word();

/** Noise is rounded to this share of its standard deviation. */
const gridShare = 2 ** -30;

/**
 * Adds Gaussian noise of this standard deviation to every number, in place. Numbers and noise are rounded to one grid before
 * they are added, and their sum is exact: its low bits tell nothing of the number (Mironov 2012).
 */
export function addNoise(numbers: Float64Array, deviation: number): void {
  const grid = 2 ** Math.floor(Math.log2(deviation * gridShare));
  const onGrid = (x: number) => Math.round(x / grid);
  for (let i = 0; i < numbers.length; i += 2) {
    // Box-Muller: both of its numbers are used.
    const radius = deviation * Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    numbers[i] = (onGrid(numbers[i]!) + onGrid(radius * Math.cos(angle))) * grid;
    if (i + 1 < numbers.length) numbers[i + 1] = (onGrid(numbers[i + 1]!) + onGrid(radius * Math.sin(angle))) * grid;
  }
}

/** Every number below `count` with probability `rate`, each by its own draw: how many there are varies. */
export function poissonSample(count: number, rate: number): Int32Array {
  const below = Math.floor(rate * 2 ** 32);
  const taken = new Int32Array(count);
  let size = 0;
  for (let i = 0; i < count; i++) if (word() < below) taken[size++] = i;
  return taken.slice(0, size);
}

// What noise costs in privacy: Renyi differential privacy of Gaussian noise on Poisson samples, as (epsilon, delta).
// Two tables are neighbours when one has a row that the other lacks.

/** Gaussian noise on a sum, `times` times, each over a sample that every row joins with probability `rate`. */
export interface Mechanism {
  /** Standard deviation of the noise, as a multiple of what one row can change (the L2 sensitivity). */
  readonly sigma: number;
  /** 1 for sums over all rows. */
  readonly rate: number;
  readonly times: number;
}

const orders = Array.from({ length: 511 }, (_, i) => i + 2);

const logFactorials = new Float64Array(513);
for (let n = 1; n < logFactorials.length; n++) logFactorials[n] = logFactorials[n - 1]! + Math.log(n);

const logChoose = (n: number, k: number): number => logFactorials[n]! - logFactorials[k]! - logFactorials[n - k]!;

/** The epsilon of all mechanisms together at this delta. */
export function epsilonOf(mechanisms: readonly Mechanism[], delta: number): number {
  const found = orders.map((order) => {
    const renyi = mechanisms.reduce((sum, mechanism) => sum + renyiOf(mechanism, order), 0);
    return epsilonAt(order, renyi, delta);
  });
  return Math.max(0, Math.min(...found));
}

/** Canonne, Kamath & Steinke 2020, proposition 12. */
function epsilonAt(order: number, renyi: number, delta: number): number {
  return renyi + Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1);
}

/** Renyi divergence of a whole order (Mironov, Talwar & Zhang 2019, section 3.3). */
function renyiOf({ sigma, rate, times }: Mechanism, order: number): number {
  const square = 2 * sigma * sigma;
  if (rate === 1) return (times * order) / square;
  const [logIn, logOut] = [Math.log(rate), Math.log1p(-rate)];
  const terms = Float64Array.from(
    { length: order + 1 },
    (_, k) => logChoose(order, k) + k * logIn + (order - k) * logOut + (k * (k - 1)) / square,
  );
  const most = terms.reduce((a, b) => Math.max(a, b));
  const sum = terms.reduce((total, term) => total + Math.exp(term - most), 0);
  return (times * Math.max(0, most + Math.log(sum))) / (order - 1);
}

/** Less noise than this is none in practice: one row's part of a sum is twenty times its noise. */
const leastSigma = 0.05;
const mostSigma = 1e6;

/**
 * The least sigma with which the mechanism, beside others that are already paid for, keeps to (epsilon, delta); from above,
 * within a ten thousandth. Undefined where no noise is enough, or where next to none would be.
 */
export function noiseFor(
  { epsilon, delta }: { readonly epsilon: number; readonly delta: number },
  mechanism: Omit<Mechanism, 'sigma'>,
  others: readonly Mechanism[] = [],
): number | undefined {
  const keeps = (sigma: number) => epsilonOf([...others, { ...mechanism, sigma }], delta) <= epsilon;
  let [low, high] = [leastSigma, mostSigma];
  if (!keeps(high) || keeps(low)) return undefined;
  while (high / low > 1.0001) {
    const middle = Math.sqrt(low * high);
    if (keeps(middle)) high = middle;
    else low = middle;
  }
  return high;
}
