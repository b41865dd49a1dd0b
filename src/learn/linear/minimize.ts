/**
 * Finds the minimum of a smooth convex function by L-BFGS. It knows a function and its gradient, nothing of their meaning.
 * Source: Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 7.5, with a backtracking line search.
 */

/** Returns the value at `x` and fills `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

interface Step {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  /** 1 / (moved · turned). */
  readonly scale: number;
}

const memory = 10;

/** Starts at 0 and ends when no part of the gradient exceeds `tolerance`, after `maxSteps`, or where no step helps. */
export function minimize(objective: Objective, size: number, tolerance: number, maxSteps: number): Float64Array {
  let x = new Float64Array(size);
  let gradient = new Float64Array(size);
  let value = objective(x, gradient);
  const steps: Step[] = [];
  for (let step = 0; step < maxSteps && largest(gradient) > tolerance; step++) {
    const direction = newtonLike(gradient, steps);
    const slope = dot(direction, gradient);
    const found = lineSearch(objective, x, value, direction, slope, steps.length === 0 ? 1 / norm(gradient) : 1);
    if (found === null) break;
    const moved = found.x.map((v, i) => v - x[i]!);
    const turned = found.gradient.map((v, i) => v - gradient[i]!);
    const curvature = dot(moved, turned);
    if (curvature > 1e-300) steps.push({ moved, turned, scale: 1 / curvature });
    if (steps.length > memory) steps.shift();
    ({ x, gradient, value } = found);
  }
  return x;
}

/** Minus the gradient, turned by what the last steps taught of the curvature. */
function newtonLike(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const shares = steps.toReversed().map((step) => {
    const share = step.scale * dot(step.moved, direction);
    addScaled(direction, step.turned, -share);
    return share;
  });
  const last = steps.at(-1);
  if (last) {
    const shrink = 1 / (last.scale * dot(last.turned, last.turned));
    for (let i = 0; i < direction.length; i++) direction[i]! *= shrink;
  }
  steps.forEach((step, i) => {
    const share = shares[steps.length - 1 - i]! - step.scale * dot(step.turned, direction);
    addScaled(direction, step.moved, share);
  });
  return direction;
}

interface Point {
  readonly x: Float64Array<ArrayBuffer>;
  readonly gradient: Float64Array<ArrayBuffer>;
  readonly value: number;
}

/** The first of ever shorter steps that lowers the value by a fair share of what the slope promises. */
function lineSearch(
  objective: Objective,
  from: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  first: number,
): Point | null {
  for (let length = first; length > 1e-14; length /= 2) {
    const x = from.map((v, i) => v + length * direction[i]!);
    const gradient = new Float64Array(x.length);
    const there = objective(x, gradient);
    if (there <= value + 1e-4 * length * slope) return { x, gradient, value: there };
  }
  return null;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function largest(a: Float64Array): number {
  return a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

function addScaled(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i]! += scale * b[i]!;
}
