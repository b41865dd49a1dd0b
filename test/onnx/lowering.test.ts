import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { type Attributes, Graph, type Lowering } from '../../src/onnx/graph.ts';
import { encodeFor, standardOperators, webgpuOperators } from '../../src/onnx/lowering.ts';
import { createSession, floats } from '../../src/onnx/session.ts';
import { largestDifference } from '../models/tiny.ts';

type Case = [op: string, shapes: number[][], attributes: Attributes];

const products: Case[] = [
  [
    'FusedMatMul',
    [
      [2, 3, 4],
      [5, 4],
    ],
    { transB: 1, alpha: 0.3 },
  ],
  [
    'FusedMatMul',
    [
      [2, 4, 3],
      [2, 4, 5],
    ],
    { transA: 1 },
  ],
];
const forFiles: Case[] = [
  ...products,
  ['QuickGelu', [[6, 5]], { alpha: 1 }],
  ['QuickGelu', [[6, 5]], { alpha: 1.702 }],
  ['FastGelu', [[6, 50]], {}],
  ['FastGelu', [[6, 50], [50]], {}],
  ['SimplifiedLayerNormalization', [[3, 4, 8], [8]], { axis: -1, epsilon: 1e-5 }],
];
const forWebgpu: Case[] = [
  ...products,
  [
    'FusedMatMul',
    [
      [4, 3],
      [5, 4],
    ],
    { transA: 1, transB: 1, alpha: 0.3 },
  ],
  ['LogSoftmax', [[6, 50]], { axis: -1 }],
  ['Sum', [[6, 5], [6, 5], [5]], {}],
  ['Sum', [[6, 5]], {}],
];

describe.each<[name: string, lowering: Lowering, cases: Case[]]>([
  ['files', standardOperators, forFiles],
  ['WebGPU', webgpuOperators, forWebgpu],
])('the lowering for %s', (_, lowering, cases) => {
  it.each(cases)('computes what ONNX Runtime computes by its own %s', async (op, shapes, attributes) => {
    const own = await run(new Graph(), op, shapes, attributes);
    expect(largestDifference(await run(new Graph(), op, shapes, attributes, lowering), own)).toBeLessThan(2e-6);
  });
});

it.each(forFiles)('a lowered file names no operator set but the standard one: %s', (op, shapes, attributes) => {
  const g = new Graph();
  g.output('y', g.op(op, inputsOf(g, shapes), attributes));
  const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
  expect(text(g.lower(standardOperators).encode())).not.toContain('com.microsoft');
});

it('rewrites what stands in a loop, and keeps the names that others read', async () => {
  const g = new Graph();
  const x = g.input('x0', 'float32', [3, 3]);
  const { carried } = g.loop(3, [g.op('FusedMatMul', [x, x])], (turn, _, [y]) => ({
    carried: [turn.op('FusedMatMul', [turn.op('LogSoftmax', [y!], { axis: -1 }), x], { transB: 1 })],
    stacked: [],
  }));
  g.output('y', carried[0]!);
  const feeds = { x0: floats(input([3, 3], 0), [3, 3]) };
  const results = [];
  for (const bytes of [g.encode(), encodeFor(g, 'webgpu')]) {
    const session = await createSession(bytes, { threads: 1 });
    results.push((await session.run(feeds)).y!.data as Float32Array);
    await session.release();
  }
  expect(largestDifference(results[1]!, results[0]!)).toBeLessThan(2e-5);
  const names = (graph: Graph): string[] =>
    graph.nodes.flatMap(({ op, attributes }) => [
      op,
      ...Object.values(attributes).flatMap((a) => (a instanceof Graph ? names(a) : [])),
    ]);
  expect(names(g)).not.toContain('FusedMatMul');
  expect(names(g)).toContain('Loop');
});

// Hendrycks & Gimpel 2016, in double precision; Hugging Face calls it gelu_new.
it('FastGelu is the tanh GELU', async () => {
  const x = input([300], 0);
  const exact = Array.from(x, (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))));
  for (const lowering of [{}, standardOperators]) {
    expect(largestDifference(await run(new Graph(), 'FastGelu', [[300]], {}, lowering), exact)).toBeLessThan(1e-6);
  }
});

function input(shape: readonly number[], seed: number): Float32Array {
  const random = createRandom(seed);
  return new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => 2 * random.normal());
}

const inputsOf = (g: Graph, shapes: readonly number[][]) =>
  shapes.map((shape, i) => g.input(`x${i}`, 'float32', shape));

async function run(
  g: Graph,
  op: string,
  shapes: readonly number[][],
  attributes: Attributes,
  lowering: Lowering = {},
): Promise<Float32Array> {
  g.output('y', g.op(op, inputsOf(g, shapes), attributes));
  const session = await createSession(g.lower(lowering).encode(), { threads: 1 });
  const { y } = await session.run(
    Object.fromEntries(shapes.map((shape, i) => [`x${i}`, floats(input(shape, i), shape)])),
  );
  await session.release();
  return y!.data as Float32Array;
}
