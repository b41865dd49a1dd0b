import { expect, it } from 'vitest';
import { createReader } from '../../models/decoder.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { forwardLogits, largestDifference, tinyConfigs, tinyWeights } from './tiny.ts';

const length = 20;

/** Sentences of which many begin alike, and the tree of them. */
function sentences(count: number) {
  const random = createRandom(3);
  const found = Array.from({ length: count }, () =>
    Int32Array.from({ length }, (_, i) => (i === 0 ? 1 : 2 + random.int(i < 4 ? 2 : 20))),
  ).sort((a, b) => a.find((token, i) => token !== b[i])! - b.find((token, i) => token !== a[i])!);
  const [ids, parents]: [number[], number[]] = [[], []];
  const nodes = found.map(() => new Int32Array(length));
  for (const [s, sentence] of found.entries()) {
    const before = found[s - 1];
    const same = before ? sentence.findIndex((token, i) => token !== before[i]) : 0;
    for (let i = 0; i < length; i++) {
      nodes[s]![i] = i < same ? nodes[s - 1]![i]! : ids.push(sentence[i]!) - 1;
      if (i >= same) parents.push(i === 0 ? -1 : nodes[s]![i - 1]!);
    }
  }
  return { found, nodes, tree: { ids: Int32Array.from(ids), parents: Int32Array.from(parents) } };
}

it.each(Object.entries(tinyConfigs))('%s says of a tree what it says of each sentence', async (_, config) => {
  const weights = tinyWeights(config, 7);
  const V = config.vocabSize;
  const { found, nodes, tree } = sentences(13);
  expect(tree.ids.length).toBeLessThan(13 * length - 20);
  const queries = Int32Array.from(tree.ids.keys()).filter((node) => node % 3 !== 1);
  const reader = await createReader(config, weights, 1);
  const read = await reader.read({ ...tree, queries }, (logits) => logits.slice());
  await reader.release();
  const ids = Int32Array.from(found.flatMap((sentence) => [...sentence]));
  const plain = await forwardLogits(config, weights, ids, [found.length, length]);
  for (const [s, own] of nodes.entries()) {
    for (const [i, node] of own.entries()) {
      const question = queries.indexOf(node);
      if (question < 0) continue;
      const at = (s * length + i) * V;
      const logits = read.subarray(question * V, (question + 1) * V);
      expect(largestDifference(logits, plain.subarray(at, at + V))).toBeLessThan(1e-4);
    }
  }
});
