import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { optimized } from '../../src/onnx/operators.ts';
import { createSession, floats } from '../../src/onnx/session.ts';

const sizes: Record<string, number[]> = { a: [3, 4], b: [5, 4], c: [3, 5], row: [5], one: [1, 5], column: [3, 1] };

/** Operators left after joining, with `outputs` read from outside. */
function joined(build: (g: Graph, x: Record<string, Value>) => Value[]): { g: Graph; ops: string[] } {
  const g = new Graph();
  const inputs = Object.fromEntries(
    Object.entries(sizes).map(([name, shape]) => [name, g.input(name, 'float32', shape)]),
  );
  const outputs = build(g, inputs);
  const ops = optimized(g.nodes, outputs).map(({ op }) => op);
  for (const [i, value] of outputs.entries()) g.output(`y${i}`, value);
  return { g, ops };
}

const product = (g: Graph, x: Record<string, Value>) => g.op('FusedMatMul', [x.a!, x.b!], { transB: 1, alpha: 0.5 });

describe('a product that is only added to something', () => {
  it.each(['c', 'row'])('becomes one Gemm with %s, on either side, and gives the same numbers', async (name) => {
    for (const order of [0, 1]) {
      const { g, ops } = joined((graph, x) => {
        const sides = [product(graph, x), x[name]!];
        return [graph.op('Add', order ? sides : sides.reverse())];
      });
      expect(ops).toEqual(['Gemm']);
      const random = createRandom(order);
      const data = new Map(
        Object.entries(sizes).map(([input, shape]) => [
          input,
          Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
        ]),
      );
      const session = await createSession(g.encode(), { threads: 1 });
      const feeds = Object.fromEntries([...data].map(([input, numbers]) => [input, floats(numbers, sizes[input]!)]));
      const { y0 } = await session.run(feeds);
      await session.release();
      for (let i = 0; i < 15; i++) {
        const [m, n] = [Math.floor(i / 5), i % 5];
        let sum = 0;
        for (let k = 0; k < 4; k++) sum += data.get('a')![m * 4 + k]! * data.get('b')![n * 4 + k]!;
        expect(y0!.data[i]).toBeCloseTo(0.5 * sum + data.get(name)![name === 'c' ? i : n]!, 5);
      }
    }
  });

  it('does so of a lowered product, too', () => {
    const { ops } = joined((g, x) => [g.op('Add', [g.op('Gemm', [x.a!, x.b!], { transB: 1 }), x.c!])]);
    expect(ops).toEqual(['Gemm']);
  });

  it('takes one of two products that are added', () => {
    const { ops } = joined((g, x) => [g.op('Add', [product(g, x), product(g, x)])]);
    expect(ops).toEqual(['FusedMatMul', 'Gemm']);
  });
});

describe('a product stays where', () => {
  const stays: Record<string, (g: Graph, x: Record<string, Value>) => Value[]> = {
    'it is used twice': (g, x) => {
      const y = product(g, x);
      return [g.op('Mul', [g.op('Add', [y, x.c!]), y])];
    },
    'it is read from outside': (g, x) => {
      const y = product(g, x);
      return [y, g.op('Add', [y, x.c!])];
    },
    'a column is added': (g, x) => [g.op('Add', [product(g, x), x.column!])],
    'it is one of a batch': (g, x) => {
      const batch = (value: Value) => g.op('Unsqueeze', [value, g.integers([0])]);
      return [g.op('Add', [g.op('FusedMatMul', [batch(x.a!), batch(x.b!)], { transB: 1 }), batch(x.c!)])];
    },
  };
  it.each(Object.entries(stays))('%s', (_, build) => {
    expect(joined(build).ops).toContain('FusedMatMul');
  });
});

it('a product that a loop reads is not joined outside of it', async () => {
  const g = new Graph();
  const a = g.input('a', 'float32', [1, 1]);
  const square = g.op('FusedMatMul', [a, a]);
  const sum = g.op('Add', [square, a]);
  const { carried } = g.loop(2, [sum], (turn, _, [x]) => ({ carried: [turn.op('Add', [x!, square])], stacked: [] }));
  g.output('y', carried[0]!);
  const session = await createSession(g.encode(), { threads: 1 });
  const { y } = await session.run({ a: floats(Float32Array.of(3), [1, 1]) });
  await session.release();
  expect([...(y!.data as Float32Array)]).toEqual([9 + 3 + 9 + 9]);
});
