import { expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { createSession, floats } from '../../src/onnx/session.ts';
import { packParameters } from '../../training/flat-parameters.ts';
import { muonUpdate } from '../../training/optimizers.ts';

const shapes = [
  [6, 10],
  [10, 6],
] as const;
const init = { constant: 0 };
const specs = shapes.map((shape, i) => ({ name: `layers.${i}.m`, shape, init }));
const rate = 0.01;

/** The weights, from zero, after steps along these gradients of the two matrices, one after the other in the pack. */
async function afterSteps(gradients: readonly Float32Array[], momentum: number): Promise<Float32Array> {
  const [pack, ...others] = packParameters(specs, () => 'muon');
  expect(others).toEqual([]);
  const g = new Graph();
  const input = (name: string, size: number) => g.input(name, 'float32', [size]);
  const state = { weight: input('weight', 120), firstMoment: input('moment', 120) };
  const scalars = { decay: g.constant(1), rate: g.constant(rate) };
  const next = muonUpdate(g, pack!, state, input('gradient', 120), scalars, momentum);
  g.output('next', next.weight);
  g.output('moved', next.firstMoment);
  const session = await createSession(g.encode(), { threads: 1 });
  let [weight, moment] = [new Float32Array(120), new Float32Array(120)];
  for (const gradient of gradients) {
    const feeds = Object.entries({ weight, moment, gradient }).map(([name, data]) => [name, floats(data, [120])]);
    const { next, moved } = await session.run(Object.fromEntries(feeds));
    [weight, moment] = [next!.data as Float32Array<ArrayBuffer>, moved!.data as Float32Array<ArrayBuffer>].map((data) =>
      data.slice(),
    ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  }
  await session.release();
  return weight;
}

/** `count` orthonormal vectors of `length` numbers, by Gram and Schmidt. */
function orthonormal(count: number, length: number, seed: number): number[][] {
  const random = createRandom(seed);
  const found: number[][] = [];
  while (found.length < count) {
    let v = Array.from({ length }, () => random.normal());
    for (const u of found) v = v.map((x, i) => x - dot(u, v) * u[i]!);
    found.push(v.map((x) => x / Math.sqrt(dot(v, v))));
  }
  return found;
}
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

it('a step has the singular vectors of the gradient and singular values near one, in wide and high matrices', async () => {
  const values = [3, 1, 0.5, 0.2, 0.1, 0.03];
  const parts = shapes.map(([rows, columns], m) => ({
    u: orthonormal(6, rows, m),
    v: orthonormal(6, columns, 10 + m),
  }));
  const gradient = Float32Array.from(
    parts.flatMap(({ u, v }, m) => {
      const [rows, columns] = shapes[m]!;
      return Array.from({ length: rows * columns }, (_, at) => {
        const [r, c] = [Math.floor(at / columns), at % columns];
        return values.reduce((sum, s, k) => sum + s * u[k]![r]! * v[k]![c]!, 0);
      });
    }),
  );
  const weight = await afterSteps([gradient], 0.95);
  for (const [m, { u, v }] of parts.entries()) {
    const columns = shapes[m]![1];
    const step = Array.from(weight.subarray(60 * m, 60 * m + 60), (x) => -x / (0.2 * Math.sqrt(10) * rate));
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        const along = u[i]!.reduce((sum, x, r) => sum + x * dot(step.slice(r * columns, (r + 1) * columns), v[j]!), 0);
        if (i !== j) expect(Math.abs(along)).toBeLessThan(1e-4);
        else {
          expect(along).toBeGreaterThan(0.65);
          expect(along).toBeLessThan(1.25);
        }
      }
    }
  }
});

it('the length of a gradient does not matter, the one before it does', async () => {
  const random = createRandom(3);
  const [first, second] = [1, 2].map(() => Float32Array.from({ length: 120 }, () => random.normal()));
  const [plain, long] = [await afterSteps([first!], 0.95), await afterSteps([first!.map((x) => 7 * x)], 0.95)];
  for (const [i, x] of plain.entries()) expect(long[i]).toBeCloseTo(x, 5);
  const both = await afterSteps([first!, second!], 0.95);
  const [alone, after] = [await afterSteps([second!], 0.95), both.map((x, i) => x - plain[i]!)];
  expect(Math.max(...after.map((x, i) => Math.abs(x - alone[i]!)))).toBeGreaterThan(rate / 10);
  // With no momentum a step is the gradient's alone.
  const forgetful = await afterSteps([first!, second!], 0);
  const [before, last] = [await afterSteps([first!], 0), await afterSteps([second!], 0)];
  for (const [i, x] of forgetful.entries()) expect(x).toBeCloseTo(before[i]! + last[i]!, 5);
});

it('matrices of other shapes, and vectors, are in packs of their own', () => {
  const other = [
    { name: 'layers.0.n', shape: [6, 6], init },
    { name: 'layers.0.scale', shape: [6], init },
  ];
  const packs = packParameters([...specs, ...other], ({ shape }) => (shape.length === 2 ? 'muon' : 'adamw'));
  expect(packs.map(({ rule, specs }) => [rule, ...specs.map(({ name }) => name)])).toEqual([
    ['muon', 'layers.0.m', 'layers.1.m'],
    ['muon', 'layers.0.n'],
    ['adamw', 'layers.0.scale'],
  ]);
});
