import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { type Attributes, Graph } from '../../src/onnx/graph.ts';
import { createSession, floats } from '../../src/onnx/session.ts';
import { StandardGraph } from '../../src/onnx/standard-graph.ts';
import { largestDifference } from '../models/tiny.ts';

const rewritten: [op: string, shapes: number[][], attributes: Attributes][] = [
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
  ['QuickGelu', [[6, 5]], { alpha: 1 }],
  ['QuickGelu', [[6, 5]], { alpha: 1.702 }],
  ['FastGelu', [[6, 50]], {}],
  ['FastGelu', [[6, 50], [50]], {}],
  ['SimplifiedLayerNormalization', [[3, 4, 8], [8]], { axis: -1, epsilon: 1e-5 }],
];

describe('a standard graph', () => {
  it.each(rewritten)('computes what ONNX Runtime computes by its own %s', async (op, shapes, attributes) => {
    const [own, standard] = await Promise.all(
      [Graph, StandardGraph].map((kind) => run(new kind(), op, shapes, attributes)),
    );
    expect(largestDifference(standard!, own!)).toBeLessThan(2e-6);
  });

  it.each(rewritten)('names no operator set but the standard one: %s', (op, shapes, attributes) => {
    const g = new StandardGraph();
    g.op(
      op,
      shapes.map((shape, i) => g.input(`x${i}`, 'float32', shape)),
      attributes,
    );
    expect(new TextDecoder('latin1').decode(g.encode())).not.toContain('com.microsoft');
  });

  // Hendrycks & Gimpel 2016, in double precision; Hugging Face calls it gelu_new.
  it('FastGelu is the tanh GELU', async () => {
    const x = input([300], 0);
    const exact = Array.from(x, (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))));
    for (const g of [new Graph(), new StandardGraph()]) {
      expect(largestDifference(await run(g, 'FastGelu', [[300]], {}), exact)).toBeLessThan(1e-6);
    }
  });
});

function input(shape: readonly number[], seed: number): Float32Array {
  const random = createRandom(seed);
  return new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => 2 * random.normal());
}

async function run(g: Graph, op: string, shapes: readonly number[][], attributes: Attributes): Promise<Float32Array> {
  g.output(
    'y',
    g.op(
      op,
      shapes.map((shape, i) => g.input(`x${i}`, 'float32', shape)),
      attributes,
    ),
  );
  const session = await createSession(g.encode(), { threads: 1 });
  const { y } = await session.run(
    Object.fromEntries(shapes.map((shape, i) => [`x${i}`, floats(input(shape, i), shape)])),
  );
  await session.release();
  return y!.data as Float32Array;
}
