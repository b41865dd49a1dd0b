/** Work too large to do at once, done part by part: slices of a value, and sums over parts. It knows nothing of what is summed. */
import type { Graph, Shape, Value } from './graph.ts';

/** Part `index` of `count` equal ones, cut along the first axis [n, ...]: [n / count, ...]. */
export function partOf(g: Graph, x: Value, count: number, index: Value): Value {
  if (count === 1) return x;
  const [rows, ...rest] = x.shape as number[];
  const parts = g.op('Reshape', [x, g.integers([count, rows! / count, ...rest])]);
  return g.op('Gather', [parts, index], { axis: 0 });
}

/** What is made of one part: values to be summed over all parts, and values of which the parts' are put end to end. */
export interface Made {
  readonly summed: readonly Value[];
  readonly joined: readonly Value[];
}

/** Sums (of the given shapes) and joins what `make` returns for each index below `count`. */
export function sumOver(
  g: Graph,
  count: number,
  shapes: readonly Shape[],
  make: (g: Graph, index: Value) => Made,
): Made {
  if (count === 1) return make(g, g.integers([0], []));
  const zeros = shapes.map((shape) => g.op('Expand', [g.constant(0), g.integers(shape as number[])]));
  const { carried, stacked } = g.loop(count, zeros, (body, index, sums) => {
    const { summed, joined } = make(body, index);
    return { carried: summed.map((value, i) => body.op('Add', [sums[i]!, value])), stacked: joined };
  });
  const join = (x: Value) => g.op('Reshape', [x, g.integers([-1, ...(x.shape.slice(2) as number[])])]);
  return { summed: carried, joined: stacked.map(join) };
}

/** The largest number up to `most` that divides `size`; at least 1. */
export function largestDivisor(size: number, most: number): number {
  let divisor = Math.max(1, Math.floor(most));
  while (size % divisor !== 0) divisor--;
  return divisor;
}
