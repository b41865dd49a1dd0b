// Prints what 20 steps of a tiny model give on a device, as JSON: node steps-on-device.mjs <device> <what> <config as JSON>
// A process of its own, because a Vulkan driver is chosen by variables that are read when a process starts.
import { InferenceSession } from 'onnxruntime-node';
import { architectures } from '../../dist/models/architectures.js';
import { initialWeights } from '../../dist/models/config.js';
import { createRandom } from '../../dist/src/numeric/random.js';
import { createTrainer } from '../../dist/training/trainer.js';

const [device, what, json] = process.argv.slice(2);
const config = JSON.parse(json);
const weights = initialWeights(architectures[config.architecture].weights(config), 1);
const adamw = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 };
const optimizer = what === 'lora' || what === 'private' ? adamw : { ...adamw, momentum: 0.95 };
const lora = what === 'lora' ? { rank: 2, alpha: 4, targets: [] } : undefined;
const settings = { optimizer, threads: 1, averageDecay: 0.9, ...(lora && { lora, seed: 1 }) };
const [B, T] = [4, 10];
const random = createRandom(7);
const draw = () => Int32Array.from({ length: B * T }, () => random.int(config.vocabSize));
const batch = () => ({
  B,
  T,
  ids: draw(),
  targets: draw(),
  targetWeights: new Float32Array(B * T).fill(1),
  ...(what === 'parts' && { parts: 2 }),
});
const batches = [batch(), batch()];
const held = { ...batch(), parts: 1 };

/** Bytes that cross between this process and a session in a run. */
const traffic = [];
const run = InferenceSession.prototype.run;
const bytesOf = (tensors) =>
  Object.values(tensors).reduce((sum, each) => sum + (each?.location === 'cpu' ? each.data.byteLength : 0), 0);
InferenceSession.prototype.run = async function (feeds, ...rest) {
  const results = await run.call(this, feeds, ...rest);
  traffic.push([bytesOf(feeds), bytesOf(results)]);
  return results;
};

/** Where a trainer stands, with copies of its numbers. */
async function stopped(trainer) {
  await trainer.pull();
  const { step, ...parts } = trainer.state();
  const copy = (of) => new Map([...of].map(([name, data]) => [name, data.slice()]));
  return { step, ...Object.fromEntries(Object.entries(parts).map(([name, of]) => [name, copy(of)])) };
}

const losses = [];
let trainer = createTrainer(config, weights, { ...settings, device: what === 'resumed' ? 'cpu' : device });
for (let part = 0; part < 4; part++) {
  if (what === 'resumed' && part > 0) {
    // From the CPU to the device and back.
    const resume = await stopped(trainer);
    await trainer.release();
    trainer = createTrainer(config, weights, { ...settings, resume, device: part % 2 === 1 ? device : 'cpu' });
  }
  // One by one: several in one run move the average once, to the weights of the last.
  for (let i = 0; i < 5; i++) losses.push((await trainer.step([batches[i % 2]], 3e-3)).loss);
}
if (what === 'private') {
  // Without noise, so that two devices can be compared.
  const privacy = { clip: 0.5, normalizer: 4, addNoise: () => {} };
  for (let step = 0; step < 5; step++) await trainer.privateStep(batches, 3e-3, privacy);
}
const stepTraffic = traffic.slice();
traffic.length = 0;
const judged = [await trainer.evaluate(held), await trainer.evaluate(held, 'average')].map(({ nats }) => nats);
const judgedTraffic = traffic.slice();
await trainer.pull();
const sums = [trainer.weights, trainer.average].map((of) =>
  [...of.values()].reduce((sum, data) => sum + data.reduce((all, x) => all + Math.abs(x), 0), 0),
);
await trainer.release();
const { step: _, ...state } = trainer.state();
const stateBytes = Object.values(state)
  .flatMap((part) => [...part.values()])
  .reduce((sum, data) => sum + 4 * data.length, 0);
process.stdout.write(JSON.stringify({ losses, judged, sums, traffic: stepTraffic, judgedTraffic, stateBytes }));
