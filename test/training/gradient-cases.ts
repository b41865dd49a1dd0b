/** For each gradient rule, graphs that use the operator on random shapes. */

import type { Random } from '../../src/numeric/random.ts';
import type { Attributes, Graph, Value } from '../../src/onnx/graph.ts';

export interface Case {
  readonly op: string;
  readonly name: string;
  readonly shapes: (random: Random) => number[][];
  readonly build: (g: Graph, inputs: readonly Value[]) => Value;
  /** How the inputs are drawn; standard normal unless told. */
  readonly draw?: (random: Random) => number;
}

const size = (random: Random) => 1 + random.int(4);
const positive = (random: Random) => 0.5 + 2 * random.uniform();
const anyShape = (random: Random) => Array.from({ length: random.int(4) }, () => size(random));

const plain =
  (op: string, attributes: Attributes = {}): Case['build'] =>
  (g, inputs) =>
    g.op(op, inputs, attributes);

function elementwise(op: string, draw?: Case['draw'], attributes: Attributes = {}): Case {
  const name = Object.keys(attributes).length > 0 ? JSON.stringify(attributes) : 'any shape';
  return { op, name, shapes: (random) => [anyShape(random)], build: plain(op, attributes), ...(draw && { draw }) };
}

const alongRows = (op: string): Case => ({
  op,
  name: 'along rows',
  shapes: (random) => [[size(random), size(random), 1 + size(random)]],
  build: plain(op, { axis: -1 }),
});

const broadcasts: Record<string, (a: number, b: number, c: number) => number[][]> = {
  'equal shapes': (a, b) => [
    [a, b],
    [a, b],
  ],
  'a row': (a, b, c) => [[a, b, c], [c]],
  'a column': (a, b, c) => [
    [b, 1],
    [a, b, c],
  ],
  'a scalar': (a, b) => [[a, b], []],
  'both ways': (a, b, c) => [
    [a, 1, c],
    [b, 1],
  ],
};

const binary = (op: string, draw?: Case['draw']): Case[] =>
  Object.entries(broadcasts).map(([name, shapes]) => ({
    op,
    name: `broadcasts ${name}`,
    shapes: (random) => shapes(1 + size(random), 1 + size(random), 1 + size(random)),
    build: plain(op),
    ...(draw && { draw }),
  }));

/** Leading axes of both sides of a product. */
const batches: Record<string, (random: Random) => [number[], number[]]> = {
  matrices: () => [[], []],
  'a batch by a batch': (random) => same([size(random)]),
  'two batch axes': (random) => same([size(random), size(random)]),
  'a batch by a matrix': (random) => [[size(random)], []],
  'a matrix by a batch': (random) => [[], [size(random)]],
  'a broadcast batch': (random) => [
    [size(random), 1],
    [1, 1 + size(random)],
  ],
};
const same = (axes: number[]): [number[], number[]] => [axes, axes];

function products(op: string, transA: number, transB: number, alpha: number): Case[] {
  const attributes: Attributes = op === 'MatMul' ? {} : { transA, transB, alpha };
  return Object.entries(batches).map(([name, batch]) => ({
    op,
    name: `${name}, ${JSON.stringify(attributes)}`,
    shapes: (random) => {
      const [M, K, N] = [size(random), size(random), size(random)];
      const [a, b] = batch(random);
      return [
        [...a, ...(transA ? [K, M] : [M, K])],
        [...b, ...(transB ? [N, K] : [K, N])],
      ];
    },
    build: plain(op, attributes),
  }));
}

const reductions: Case[] = [
  { axes: undefined, keepdims: 0 },
  { axes: undefined, keepdims: 1 },
  { axes: [-1], keepdims: 0 },
  { axes: [-1], keepdims: 1 },
  { axes: [0, 2], keepdims: 0 },
  { axes: [0, -2], keepdims: 0 },
].map(({ axes, keepdims }) => ({
  op: 'ReduceSum',
  name: `axes ${axes?.join() ?? 'all'}, keepdims ${keepdims}`,
  shapes: (random) => [[size(random), size(random), size(random)]],
  build: (g, [x]) => g.op('ReduceSum', axes ? [x!, g.integers(axes)] : [x!], { keepdims }),
}));

const gathers: Case[] = [[0, 2, 2, 1, 0, 2], [1]].map((rows) => ({
  op: 'Gather',
  name: `rows ${rows.join()}`,
  shapes: (random) => [[3, size(random)]],
  build: (g, [table]) => g.op('Gather', [table!, g.integers(rows, rows.length > 1 ? [2, rows.length / 2] : [1])]),
}));

const rotary: Case = {
  op: 'RotaryEmbedding',
  name: 'two heads of four',
  shapes: (random) => [[size(random), size(random), 8]],
  build: (g, [x]) => {
    const table = (f: (angle: number) => number) =>
      g.constant(
        Float32Array.from({ length: 8 }, (_, i) => f(Math.floor(i / 2) / (1 + 9 * (i % 2)))),
        [4, 2],
      );
    return g.op('RotaryEmbedding', [x!, g.integers([0]), table(Math.cos), table(Math.sin)], { interleaved: 0 });
  },
};

/** Rows of a few spread numbers plus noise: rows of nearly equal numbers would make 1 / deviation too steep to measure. */
const spread = (op: string): Case => ({
  op,
  name: 'input, scale and bias',
  shapes: (random) => {
    const C = 4 + size(random);
    return op === 'LayerNormalization' ? [[size(random), size(random), C], [C], [C]] : [[size(random), C], [C]];
  },
  build: (g, [x, ...rest]) => {
    const C = x!.shape.at(-1) as number;
    const base = g.constant(
      Float32Array.from({ length: C }, (_, i) => 3 * (i - C / 2)),
      [C],
    );
    return g.op(op, [g.op('Add', [x!, base]), ...rest], { axis: -1, epsilon: 1e-5 });
  },
});

export const cases: readonly Case[] = [
  ...['Identity', 'Neg', 'Exp', 'Sigmoid', 'Tanh'].map((op) => elementwise(op)),
  ...['Log', 'Sqrt'].map((op) => elementwise(op, positive)),
  elementwise('QuickGelu', undefined, { alpha: 1 }),
  elementwise('QuickGelu', undefined, { alpha: 1.702 }),
  {
    op: 'FastGelu',
    name: 'any shape but a scalar, which ONNX Runtime refuses',
    shapes: (random) => [[size(random), ...anyShape(random)]],
    build: plain('FastGelu'),
  },
  { op: 'FastGelu', name: 'with a bias', shapes: (random) => [[size(random), 3], [3]], build: plain('FastGelu') },
  ...['Softmax', 'LogSoftmax'].map(alongRows),
  ...['Add', 'Sub', 'Mul'].flatMap((op) => binary(op)),
  ...binary('Div', positive),
  ...products('MatMul', 0, 0, 1),
  ...[0, 1].flatMap((transA) => [0, 1].flatMap((transB) => products('FusedMatMul', transA, transB, 0.7))),
  ...['SimplifiedLayerNormalization', 'LayerNormalization'].map(spread),
  ...reductions,
  ...gathers,
  rotary,
  {
    op: 'Transpose',
    name: 'a cycle of three axes',
    shapes: (random) => [[size(random), size(random), size(random)]],
    build: plain('Transpose', { perm: [2, 0, 1] }),
  },
  {
    op: 'Reshape',
    name: 'two axes made one',
    shapes: (random) => [[size(random), size(random), size(random)]],
    build: (g, [x]) => g.op('Reshape', [x!, g.integers([0, -1])]),
  },
  {
    op: 'Split',
    name: 'three parts, each used differently',
    shapes: (random) => [[size(random), 3 * size(random)]],
    build: (g, [x]) => {
      const [a, b, c] = g.ops('Split', [x!], { axis: -1, num_outputs: 3 }) as [Value, Value, Value];
      return g.op('Add', [g.op('Mul', [a, b]), g.op('Exp', [c])]);
    },
  },
  {
    op: 'Concat',
    name: 'along the last axis',
    shapes: () => [
      [2, 3],
      [2, 1],
    ],
    build: (g, [a, b]) => g.op('Concat', [a!, g.op('Exp', [b!])], { axis: -1 }),
  },
  {
    op: 'Split',
    name: 'parts of given sizes',
    shapes: () => [[5]],
    build: (g, [x]) => {
      const [a, b] = g.ops('Split', [x!, g.integers([2, 3])], { axis: 0 }) as [Value, Value];
      return g.op('Concat', [g.op('Exp', [b]), g.op('Mul', [a, a])], { axis: 0 });
    },
  },
];
