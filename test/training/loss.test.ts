import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { createSession, floats, wholes } from '../../src/onnx/session.ts';
import { crossEntropy, crossEntropySlopes } from '../../training/loss.ts';

const [N, C, V] = [12, 5, 7];
const random = createRandom(3);
const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
const data = { hidden: draw(N * C), head: draw(V * C), weights: draw(N).map(Math.abs) };
const targets = Int32Array.from({ length: N }, () => random.int(V));

/** Nats and slopes with at most `most` logits in memory. */
async function computed(most: number) {
  const g = new Graph();
  const predictions = {
    hidden: g.input('hidden', 'float32', [N, C]),
    head: g.input('head', 'float32', [V, C]),
    targets: g.input('targets', 'int64', [N, 1]),
    weights: g.input('weights', 'float32', [N, 1]),
  };
  const slopes = crossEntropySlopes(g, predictions, true, most);
  for (const name of ['nats', 'hidden', 'head'] as const) g.output(`d.${name}`, slopes[name]!);
  g.output('alone', crossEntropy(g, predictions, most));
  const session = await createSession(g.encode(), { threads: 1 });
  const results = await session.run({
    hidden: floats(data.hidden, [N, C]),
    head: floats(data.head, [V, C]),
    targets: wholes(targets, [N, 1]),
    weights: floats(data.weights, [N, 1]),
  });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, [...(tensor.data as Float32Array)]]),
  );
}

/** The definition in double precision, with softmax(h W^T) written out. */
function expected() {
  let nats = 0;
  const slopes = { hidden: new Array<number>(N * C).fill(0), head: new Array<number>(V * C).fill(0) };
  for (let n = 0; n < N; n++) {
    const logits = Array.from({ length: V }, (_, v) => {
      let sum = 0;
      for (let c = 0; c < C; c++) sum += data.hidden[n * C + c]! * data.head[v * C + c]!;
      return sum;
    });
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    nats -= data.weights[n]! * (logits[targets[n]!]! - Math.log(total));
    for (let v = 0; v < V; v++) {
      const slope = data.weights[n]! * (Math.exp(logits[v]!) / total - (targets[n] === v ? 1 : 0));
      for (let c = 0; c < C; c++) {
        slopes.hidden[n * C + c]! += slope * data.head[v * C + c]!;
        slopes.head[v * C + c]! += slope * data.hidden[n * C + c]!;
      }
    }
  }
  return { nats, ...slopes };
}

describe('cross-entropy and its slopes are what their definition says', () => {
  // One part, parts of several tokens, parts of one token, and fewer logits than one token has.
  it.each([2 ** 24, 4 * V, 5 * V, V, 1])('with at most %i logits in memory', async (most) => {
    const [found, wanted] = [await computed(most), expected()];
    expect(found['d.nats']![0]).toBeCloseTo(wanted.nats, 4);
    expect(found.alone![0]).toBeCloseTo(wanted.nats, 4);
    for (const name of ['hidden', 'head'] as const) {
      expect(found[`d.${name}`]).toHaveLength(wanted[name].length);
      for (const [i, slope] of wanted[name].entries())
        expect(found[`d.${name}`]![i], `${name} ${i}`).toBeCloseTo(slope, 4);
    }
  });
});

it('a target of no probability left costs much, not infinitely much', async () => {
  const g = new Graph();
  const one = { hidden: g.constant(Float32Array.of(200), [1, 1]), head: g.constant(Float32Array.of(1, -1), [2, 1]) };
  const asked = { targets: g.input('t', 'int64', [1, 1]), weights: g.constant(Float32Array.of(1), [1, 1]) };
  g.output('nats', crossEntropy(g, { ...one, ...asked }));
  const session = await createSession(g.encode(), { threads: 1 });
  const { nats } = await session.run({ t: wholes(Int32Array.of(1), [1, 1]) });
  await session.release();
  expect(nats!.data[0]).toBeCloseTo(400, 3);
});
