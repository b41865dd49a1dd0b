import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { type Attributes, Graph, type Lowering, type Value } from '../../src/onnx/graph.ts';
import { standardOperators, webgpuOperators } from '../../src/onnx/lowering.ts';
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
  // Long inner dimensions, whose sum is made in parts; one with no divisor is not.
  ...(
    [
      [[4096, 3], [4096, 5], { transA: 1 }],
      [[4100, 9], [4100, 5], { transA: 1 }],
      [[4099, 9], [4099, 5], { transA: 1 }],
      [[3, 8192], [8192, 5], {}],
      [[300, 600], [600, 600], {}],
      [[300, 600], [600, 600], { transB: 1, alpha: 0.3 }],
    ] as const
  ).map(([a, b, attributes]): Case => ['FusedMatMul', [[...a], [...b]], attributes]),
  ['ReduceSumSquare', [[2 ** 16]], { keepdims: 0 }],
  ['ReduceSumSquare', [[2 ** 16 + 1]], { keepdims: 0 }],
  ['ReduceSumSquare', [[2 ** 9, 2 ** 8]], { keepdims: 0 }],
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
    const scale = own.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    expect(largestDifference(await run(new Graph(), op, shapes, attributes, lowering), own) / scale).toBeLessThan(2e-6);
  });
});

it.each(forFiles)('a lowered file names no operator set but the standard one: %s', (op, shapes, attributes) => {
  const g = new Graph();
  g.output('y', g.op(op, inputsOf(g, shapes), attributes));
  const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
  expect(text(g.lower(standardOperators).encode())).not.toContain('com.microsoft');
});

describe('for WebGPU, a product of matrices', () => {
  const operatorsOf = (a: number[], b: number[], attributes: Attributes) => {
    const g = new Graph();
    g.output('y', g.op('FusedMatMul', inputsOf(g, [a, b]), attributes));
    return g.lower(webgpuOperators).nodes.map(({ op }) => op);
  };

  it.each([
    [[4096, 3], [4096, 5], { transA: 1 }],
    [[4096, 9], [4096, 5], { transA: 1 }],
    [[3, 8192], [8192, 5], {}],
  ])('%j, %j is a sum of parts', (a, b, attributes: Attributes) => {
    expect(operatorsOf(a, b, attributes)).toEqual(expect.arrayContaining(['Transpose', 'MatMul', 'ReduceSum']));
  });

  it.each([
    [[4099, 9], [4099, 5], { transA: 1 }],
    [[4088, 9], [4088, 5], { transA: 1 }],
    // Tiles enough as it is.
    [[4096, 1024], [4096, 1024], { transA: 1 }],
    [[100, 600], [600, 600], { transB: 1 }],
  ])('%j, %j is one Gemm', (a, b, attributes: Attributes) => {
    expect(operatorsOf(a, b, attributes)).toEqual(['Gemm', 'Identity']);
  });

  it('turns a large second factor, and ONNX Runtime does not turn it back', async () => {
    const g = new Graph();
    const [x, weight] = inputsOf(g, [
      [300, 600],
      [600, 600],
    ]) as [Value, Value];
    g.output('y', g.op('Add', [x, g.op('FusedMatMul', [x, weight], { transB: 1 })]));
    const folder = mkdtempSync(join(tmpdir(), 'lowering-'));
    const file = join(folder, 'optimized.onnx');
    const options = { executionProviders: ['cpu'], optimizedModelFilePath: file } as const;
    await (await InferenceSession.create(g.lower(webgpuOperators).encode(), options)).release();
    const optimized = readFileSync(file, 'latin1');
    rmSync(folder, { recursive: true });
    expect(optimized).toContain('MatMul');
    expect(optimized).not.toContain('Gemm');
  });
});

it('rewrites what stands in a loop, and keeps the names that others read; unrolled, its turns follow each other', async () => {
  const looped = (unrolls = false) => {
    const g = new Graph({ unrolls });
    const x = g.input('x0', 'float32', [3, 3]);
    const { carried, stacked } = g.loop(3, [g.op('FusedMatMul', [x, x])], (turn, index, [y]) => {
      const row = turn.op('Gather', [x, index], { axis: 0 });
      const next = turn.op('FusedMatMul', [turn.op('LogSoftmax', [y!], { axis: -1 }), x], { transB: 1 });
      return { carried: [turn.op('Add', [next, row])], stacked: [row, next] };
    });
    for (const [i, value] of [...carried, ...stacked].entries()) g.output(`y${i}`, value);
    return g;
  };
  const feeds = { x0: floats(input([3, 3], 0), [3, 3]) };
  const [standard, webgpu] = [looped().lower(standardOperators), looped(true).lower(webgpuOperators)];
  const results = [];
  for (const g of [looped(), standard, webgpu]) {
    const session = await createSession(g.encode(), { threads: 1 });
    const found = await session.run(feeds);
    results.push([0, 1, 2].flatMap((i) => [...(found[`y${i}`]!.data as Float32Array)]));
    await session.release();
  }
  expect(results[0]).toHaveLength(9 + 9 + 27);
  for (const lowered of results.slice(1)) expect(largestDifference(lowered, results[0]!)).toBeLessThan(2e-5);
  const names = (graph: Graph): string[] =>
    graph.nodes.flatMap(({ op, attributes }) => [
      op,
      ...Object.values(attributes).flatMap((a) => (a instanceof Graph ? names(a) : [])),
    ]);
  for (const g of [standard, webgpu]) expect(names(g)).not.toContain('FusedMatMul');
  expect(names(standard)).toContain('Loop');
  expect(names(webgpu)).not.toContain('Loop');
});

it('for WebGPU, Split gives seven parts at most, and nests where there are more', async () => {
  const g = new Graph();
  const sizes = Array.from({ length: 60 }, (_, i) => 1 + (i % 3));
  const x = g.input('x0', 'float32', [2, sizes.reduce((a, b) => a + b, 0)]);
  const parts = g.ops('Split', [x, g.integers(sizes)], { axis: 1 });
  g.output('y', g.op('Concat', parts.toReversed(), { axis: 1 }));
  const data = input(x.shape as number[], 0);
  const session = await createSession(g.lower(webgpuOperators).encode(), { threads: 1 });
  const { y } = await session.run({ x0: floats(data, x.shape as number[]) });
  const rows = [data.subarray(0, data.length / 2), data.subarray(data.length / 2)];
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0));
  const expected = rows.flatMap((row) =>
    sizes
      .map((size, i) => [...row.subarray(ends[i]! - size, ends[i])])
      .reverse()
      .flat(),
  );
  expect([...(y!.data as Float32Array)]).toEqual(expected);
  expect(Math.max(...g.nodes.filter(({ op }) => op === 'Split').map(({ outputs }) => outputs.length))).toBe(7);
  await session.release();
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
