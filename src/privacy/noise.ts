/** Randomness that nobody can guess, from the operating system: uniform numbers, Gaussian noise on a grid, Poisson samples. No seed. */
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
