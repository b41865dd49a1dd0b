// Prints where ONNX Runtime places the nodes of a training graph on a device, as JSON { provider: [operator, ...] }:
// node placement.mjs <device> <lowered for> <graph: one of `graphs` below> <config as JSON>
import { spawnSync } from 'node:child_process';
import { InferenceSession } from 'onnxruntime-node';
import { encodeFor } from '../../dist/src/onnx/lowering.js';
import { loraModel } from '../../dist/training/lora.js';
import { clippedSumsGraph, noisyStepGraph } from '../../dist/training/private-graphs.js';
import { lossGraph, stepGraph, wholeModel } from '../../dist/training/step-graph.js';

const [device, lowered, graph, json, child] = process.argv.slice(2);
if (!child) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...process.argv.slice(1), 'child'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr.slice(-2000));
  process.stdout.write(JSON.stringify(placements(stdout + stderr)));
} else {
  const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1, momentum: 0.95 };
  // Private steps are AdamW's alone.
  const isPrivate = graph === 'clipped' || graph === 'noisy';
  const config = JSON.parse(json);
  const isStacked = lowered === 'webgpu';
  const model = wholeModel(config, isPrivate ? 'adamw' : 'muon', isStacked);
  const groups = [
    { parts: 1, B: 2, T: 10 },
    { parts: 1, B: 3, T: 7 },
  ];
  const step = (of, some = groups) => stepGraph(of, some, optimizer, { averages: true });
  const graphs = {
    step: () => step(model),
    // Read in parts: a loop on the CPU.
    parts: () => step(model, [{ parts: 3, B: 2, T: 10 }, groups[1]]),
    // So many logits that the loss is made part by part.
    vocabulary: () =>
      step(wholeModel({ ...config, vocabSize: 50_000 }, 'muon', isStacked), [{ parts: 1, B: 40, T: 10 }]),
    lora: () => step(loraModel(config, { rank: 2, alpha: 4, targets: [] }, 1, isStacked).model),
    loss: () => lossGraph(model, 4, 10),
    clipped: () => clippedSumsGraph(model, 4, 10, 1),
    noisy: () => noisyStepGraph(model, optimizer, { normalizer: 4, averages: true }),
  };
  await InferenceSession.create(encodeFor(graphs[graph](), lowered), {
    executionProviders: [device],
    logSeverityLevel: 0,
    logVerbosityLevel: 1,
  });
}

/** Reads the session's log: "All nodes placed on [X]" alone, or for each provider "Node(s) placed on [X]" and a line a node. */
function placements(log) {
  const found = {};
  let provider;
  for (const line of log.split('\n')) {
    if (!line.includes('VerifyEachNodeIsAssignedToAnEp')) continue;
    const placed = /laced on \[(\w+)\]/.exec(line);
    const node = /\] {2,}(\w+) \(/.exec(line);
    if (placed) {
      provider = placed[1];
      found[provider] ??= [];
    } else if (node && provider) found[provider].push(node[1]);
  }
  return found;
}
