import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/numeric/random.ts';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { createSession, floats } from '../../src/onnx/session.ts';
import { gradients, rules } from '../../training/gradients.ts';
import { type Case, cases } from './gradient-cases.ts';

const trials = 4;

describe('every gradient rule matches central finite differences', () => {
  it('has a case for each rule of the table', () => {
    expect([...new Set(cases.map(({ op }) => op))].sort()).toEqual(Object.keys(rules).sort());
  });

  for (const [index, tried] of cases.entries()) {
    it(`${tried.op}: ${tried.name}`, async () => {
      for (let trial = 0; trial < trials; trial++) await checkCase(tried, createRandom(index, trial));
    });
  }
});

describe('the reverse walk', () => {
  it('adds the gradients of a value used twice', async () => {
    const x = Float32Array.of(1, -2, 3);
    const [dx] = await run((g, [a]) => g.op('Add', [g.op('Mul', [a!, a!]), a!]), [{ shape: [3], data: x }], ones(3));
    expect([...dx!]).toEqual([3, -3, 7]);
  });

  it('gives nothing to a part that the loss does not use', async () => {
    const build = (g: Graph, [x]: readonly Value[]) => g.ops('Split', [x!], { axis: -1, num_outputs: 2 })[1]!;
    const [dx] = await run(build, [{ shape: [1, 4], data: ones(4) }], Float32Array.of(5, 7));
    expect([...dx!]).toEqual([0, 0, 5, 7]);
  });

  it('names a target that the loss does not depend on', () => {
    const g = new Graph();
    const [x, y] = [g.input('x', 'float32', []), g.input('y', 'float32', [])];
    expect(() => gradients(g, [[g.op('Exp', [x]), g.constant(1)]], [y])).toThrow('the loss does not depend on y');
  });

  it('names an operator without a rule', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [2]);
    const loss = g.op('ReduceSum', [g.op('Pow', [x, x])], { keepdims: 0 });
    expect(() => gradients(g, [[loss, g.constant(1)]], [x])).toThrow('Pow: no gradient rule');
  });

  it('names an operator whose second output is used', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [2, 3]);
    const scale = g.constant(ones(3), [3]);
    const mean = g.ops('LayerNormalization', [x, scale], { axis: -1, epsilon: 1e-5 })[1]!;
    const loss = g.op('ReduceSum', [mean], { keepdims: 0 });
    expect(() => gradients(g, [[loss, g.constant(1)]], [x])).toThrow(
      'LayerNormalization: only its first output has a gradient',
    );
  });
});

interface Input {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const ones = (size: number) => new Float32Array(size).fill(1);

/** Gradients of sum(w y) with respect to each input. */
async function run(build: Case['build'], inputs: readonly Input[], w: Float32Array): Promise<Float32Array[]> {
  const g = new Graph();
  const values = inputs.map(({ shape }, i) => g.input(`x${i}`, 'float32', shape));
  const y = build(g, values);
  const loss = g.op('ReduceSum', [g.op('Mul', [y, g.constant(w, y.shape as number[])])], { keepdims: 0 });
  for (const [i, gradient] of gradients(g, [[loss, g.constant(1)]], values).entries()) {
    expect(gradient.shape).toEqual(values[i]!.shape);
    g.output(`d${i}`, gradient);
  }
  const session = await createSession(g.encode(), { threads: 1 });
  const results = await session.run(feeds(inputs));
  await session.release();
  return inputs.map((_, i) => results[`d${i}`]!.data as Float32Array);
}

const feeds = (inputs: readonly Input[]) =>
  Object.fromEntries(inputs.map(({ shape, data }, i) => [`x${i}`, floats(data, shape)]));

async function checkCase({ op, build, shapes, draw }: Case, random: Random): Promise<void> {
  const inputs = shapes(random).map((shape) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => (draw ?? normal)(random));
    return { shape, data };
  });
  const g = new Graph();
  const y = build(
    g,
    inputs.map(({ shape }, i) => g.input(`x${i}`, 'float32', shape)),
  );
  expect(g.nodes.map((node) => node.op)).toContain(op);
  g.output('y', y);
  const session = await createSession(g.encode(), { threads: 1 });
  const w = new Float32Array((y.shape as number[]).reduce((a, b) => a * b, 1)).map(() => random.normal());
  // The sum is taken in double precision: only y itself carries single-precision noise.
  const loss = async () => {
    const { y: result } = await session.run(feeds(inputs));
    return (result!.data as Float32Array).reduce((sum, value, i) => sum + value * w[i]!, 0);
  };
  const expected = await run(build, inputs, w);
  for (const [i, { data }] of inputs.entries()) {
    const measured = await differences(data, loss);
    const scale = Math.max(1, ...measured.map(Math.abs));
    for (const [j, slope] of measured.entries()) {
      expect(Math.abs(slope - expected[i]![j]!) / scale, `d loss / d x${i}[${j}]`).toBeLessThan(5e-4);
    }
  }
  await session.release();
}

/** Fourth-order central differences, whose error is h^4 f'''''/30: h may be large enough to drown single-precision noise. */
async function differences(data: Float32Array, loss: () => Promise<number>): Promise<number[]> {
  const h = 0.03;
  const slopes: number[] = [];
  for (const [j, x] of data.entries()) {
    const at = async (offset: number) => {
      data[j] = x + offset;
      return loss();
    };
    slopes.push((8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h));
    data[j] = x;
  }
  return slopes;
}

const normal = (random: Random) => random.normal();
