import { describe, expect, it } from 'vitest';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { createSession, floats } from '../../src/onnx/session.ts';

describe('a shape error names the operator and the input', () => {
  const mistakes: [wrong: (g: Graph, a: Value, b: Value) => Value, message: string][] = [
    [(g, a, b) => g.op('Add', [a, b]), 'Add: inputs do not broadcast: a [2, 3], b [4, 5]'],
    [(g, a, b) => g.op('MatMul', [a, b]), 'MatMul: a [2, 3] cannot be multiplied by b [4, 5]'],
    [
      (g, a, b) => g.op('FusedMatMul', [a, b], { transA: 1, transB: 1 }),
      'FusedMatMul: a [2, 3] transposed cannot be multiplied by b [4, 5] transposed',
    ],
    [(g, a) => g.op('Reshape', [a, g.integers([4, 2])]), 'Reshape: a [2, 3] does not have the size of [4, 2]'],
    [(g, a) => g.op('Reshape', [a, g.integers([4, -1])]), 'Reshape: a [2, 3] does not have the size of [4, -1]'],
    [
      (g, a) => g.op('Split', [a], { axis: 0, num_outputs: 3 }),
      'Split: a [2, 3] does not split into 3 equal parts along axis 0',
    ],
    [(g, a) => g.op('Softmax', [a], { axis: 0 }), 'Softmax: a [2, 3]: only along axis -1, not 0'],
    [(g, a) => g.op('Frobnicate', [a]), 'Frobnicate: not an operator this builder knows'],
  ];

  it.each(mistakes)('%#', (wrong, message) => {
    const g = new Graph();
    const [a, b] = [g.input('a', 'float32', [2, 3]), g.input('b', 'float32', [4, 5])];
    expect(() => wrong(g, a, b)).toThrow(new Error(message));
  });
});

describe('sizes that are known only when the graph runs', () => {
  const g = new Graph();
  const x = g.input('x', 'float32', ['B', 'T', 12]);
  const reshaped = (from: Value, sizes: number[]) => g.op('Reshape', [from, g.integers(sizes)]);

  it('keep their names through Reshape', () => {
    const heads = reshaped(x, [0, 0, 3, 4]);
    expect(heads.shape).toEqual(['B', 'T', 3, 4]);
    expect(reshaped(heads, [0, -1, 4]).shape).toEqual(['B', 'T*3', 4]);
    expect(reshaped(reshaped(heads, [0, -1, 4]), [0, 3, -1, 4]).shape).toEqual(['B', 3, 'T', 4]);
    expect(reshaped(x, [-1, 12]).shape).toEqual(['B*T', 12]);
  });

  it('cannot be replaced by numbers', () => {
    expect(() => reshaped(x, [2, 6, 12])).toThrow('Reshape: x [B, T, 12] does not have the size of [2, 6, 12]');
  });

  it('broadcast with 1 and with themselves only', () => {
    const [t, one, other] = [
      ['T', 12],
      [1, 12],
      ['U', 12],
    ].map((shape, i) => g.input(`y${i}`, 'float32', shape));
    expect(g.op('Add', [x, t!]).shape).toEqual(['B', 'T', 12]);
    expect(g.op('Add', [x, one!]).shape).toEqual(['B', 'T', 12]);
    expect(() => g.op('Add', [x, other!])).toThrow('Add: inputs do not broadcast: x [B, T, 12], y2 [U, 12]');
  });

  it('add up in Concat', () => {
    expect(g.op('Concat', [x, g.input('past', 'float32', ['B', 'P', 12])], { axis: 1 }).shape).toEqual([
      'B',
      'T+P',
      12,
    ]);
  });
});

describe('a graph runs', () => {
  it('with an input as an output, one value as two outputs, and a value that is also used inside', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [2]);
    const doubled = g.op('Add', [x, x]);
    g.output('same', x);
    g.output('twice', doubled);
    g.output('again', doubled);
    g.output('thrice', g.op('Add', [doubled, x]));
    const results = await run(g, { x: floats(Float32Array.of(1, 2), [2]) });
    const lists = Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
    );
    expect(lists).toEqual({ same: [1, 2], twice: [2, 4], again: [2, 4], thrice: [3, 6] });
  });

  it('with negative axes, as its shapes say', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [2, 3]);
    g.output('unsqueezed', g.op('Unsqueeze', [x, g.integers([-1, 0])]));
    g.output('sliced', g.op('Slice', [x, g.integers([1]), g.integers([99]), g.integers([-1])]));
    g.output('summed', g.op('ReduceSum', [x, g.integers([-2])], { keepdims: 0 }));
    const results = await run(g, { x: floats(new Float32Array(6), [2, 3]) });
    for (const { name, shape } of g.outputs) expect(results[name]!.dims, name).toEqual(shape);
  });

  it('with a loop that reads values from around it', async () => {
    const g = new Graph();
    const step = g.op('Mul', [g.input('step', 'float32', []), g.constant(2)]);
    const { carried } = g.loop(3, [g.input('x', 'float32', [2])], (turn, _, [x]) => ({
      carried: [turn.op('Add', [x!, step])],
      stacked: [],
    }));
    g.output('y', carried[0]!);
    const { y } = await run(g, { x: floats(Float32Array.of(0, 10), [2]), step: floats(Float32Array.of(1), []) });
    expect([...(y!.data as Float32Array)]).toEqual([6, 16]);
  });

  it.each([1, 2, 5])('with %i turns of a loop as with as many copies of its body', async (turns) => {
    const [looped, copied] = [new Graph(), new Graph()];
    const body = (g: Graph, x: Value) => g.op('Sub', [g.op('Mul', [x, x]), g.constant(0.5)]);
    const { carried, stacked } = looped.loop(turns, [looped.input('x', 'float32', [2])], (g, index, [x]) => {
      const next = body(g, x!);
      return { carried: [next], stacked: [g.op('Cast', [index], { to: 1 }), next] };
    });
    looped.output('y', carried[0]!);
    looped.output('turns', stacked[0]!);
    looped.output('all', stacked[1]!);
    const values = [copied.input('x', 'float32', [2])];
    for (let turn = 0; turn < turns; turn++) values.push(body(copied, values[turn]!));
    copied.output('y', values[turns]!);
    const feeds = { x: floats(Float32Array.of(0.3, -1.2), [2]) };
    const [a, b] = [await run(looped, feeds), await run(copied, feeds)];
    expect(a.y!.data).toEqual(b.y!.data);
    expect([...(a.turns!.data as Float32Array)]).toEqual(Array.from({ length: turns }, (_, i) => i));
    expect(a.all!.dims).toEqual([turns, 2]);
    expect((a.all!.data as Float32Array).slice(-2)).toEqual(b.y!.data);
  });

  it('writes an output into the memory it is given', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', [3]);
    g.output('y', g.op('Add', [x, g.constant(1)]));
    const memory = Float32Array.of(1, 2, 3);
    const tensor = floats(memory, [3]);
    const session = await createSession(g.encode());
    await session.run({ x: tensor }, { y: tensor });
    await session.release();
    expect([...memory]).toEqual([2, 3, 4]);
  });
});

async function run(g: Graph, feeds: Parameters<Awaited<ReturnType<typeof createSession>>['run']>[0]) {
  const session = await createSession(g.encode(), { threads: 1 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}
