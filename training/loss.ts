/** The loss of a language model: cross-entropy of each next token, with its slopes. It knows no architecture. */

import { largestDivisor, partOf, sumOver } from '../src/onnx/chunked.ts';
import type { Graph, Value } from '../src/onnx/graph.ts';
import type { Slope } from './gradients.ts';

/** N tokens with hidden states [N, C], a head [V, C], and for each token the one that follows and how much it counts, [N, 1]. */
export interface Predictions {
  readonly hidden: Value;
  readonly head: Value;
  readonly targets: Value;
  readonly weights: Value;
}

/** Logits in memory at once, in numbers: 64 MB. A vocabulary of 50,000 tokens is read some 330 tokens at a time. */
const mostLogits = 2 ** 24;

/** The sum of weighted nats, a scalar. */
export function crossEntropy(g: Graph, predictions: Predictions, most = mostLogits): Value {
  const { head } = predictions;
  const { summed } = overTokens(g, predictions, most, [[]], (part, { hidden, targets, weights }) => {
    const logs = logProbs(part, hidden, head);
    return { summed: [weightedNats(part, logs, targets, weights)], joined: [] };
  });
  return summed[0]!;
}

/** The same, with its gradients with respect to the hidden states and, where `trainsHead`, the head. */
export function crossEntropySlopes(g: Graph, predictions: Predictions, trainsHead: boolean, most = mostLogits) {
  const { head } = predictions;
  const shapes = [[], ...(trainsHead ? [head.shape] : [])];
  const { summed, joined } = overTokens(g, predictions, most, shapes, (part, { hidden, targets, weights }) => {
    const logs = logProbs(part, hidden, head);
    const slope = logitSlopes(part, logs, targets, weights);
    const nats = weightedNats(part, logs, targets, weights);
    const ofHead = trainsHead ? [part.op('FusedMatMul', [slope, hidden], { transA: 1 })] : [];
    return { summed: [nats, ...ofHead], joined: [part.op('FusedMatMul', [slope, head])] };
  });
  return { nats: summed[0]!, hidden: joined[0]!, head: summed[1] };
}

/** The logits [N, V] of all tokens at once, and the gradient of the weighted nats with respect to them. */
export function lossSlope(g: Graph, { hidden, head, targets, weights }: Predictions): Slope {
  const logits = logitsOf(g, hidden, head);
  return [logits, logitSlopes(g, g.op('LogSoftmax', [logits], { axis: -1 }), targets, weights)];
}

/** weight (softmax - one-hot), of which the one-hot part is scattered into the other. */
function logitSlopes(g: Graph, logs: Value, targets: Value, weights: Value): Value {
  const expected = g.op('Mul', [g.op('Exp', [logs]), weights]);
  return g.op('ScatterElements', [expected, targets, g.op('Neg', [weights])], { axis: -1, reduction: 'add' });
}

function overTokens(
  g: Graph,
  { hidden, head, targets, weights }: Predictions,
  most: number,
  shapes: Parameters<typeof sumOver>[2],
  make: (part: Graph, predictions: Omit<Predictions, 'head'>) => ReturnType<typeof sumOver>,
) {
  const tokens = hidden.shape[0] as number;
  const parts = tokens / largestDivisor(tokens, most / (head.shape[0] as number));
  return sumOver(g, parts, shapes, (part, index) => {
    const cut = (x: Value) => partOf(part, x, parts, index);
    return make(part, { hidden: cut(hidden), targets: cut(targets), weights: cut(weights) });
  });
}

const logitsOf = (g: Graph, hidden: Value, head: Value): Value => g.op('FusedMatMul', [hidden, head], { transB: 1 });

function logProbs(g: Graph, hidden: Value, head: Value): Value {
  return g.op('LogSoftmax', [logitsOf(g, hidden, head)], { axis: -1 });
}

function weightedNats(g: Graph, logs: Value, targets: Value, weights: Value): Value {
  const picked = g.op('GatherElements', [logs, targets], { axis: -1 });
  return g.op('Neg', [g.op('ReduceSum', [g.op('Mul', [picked, weights])], { keepdims: 0 })]);
}
