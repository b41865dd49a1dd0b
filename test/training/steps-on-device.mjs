// Prints the losses of a tiny model on a device, of 20 steps and of 5 private ones after them:
// node steps-on-device.mjs <device> <config as JSON>
// A process of its own, because a Vulkan driver is chosen by variables that are read when a process starts.
import { architectures } from '../../dist/models/architectures.js';
import { initialWeights } from '../../dist/models/config.js';
import { createRandom } from '../../dist/src/numeric/random.js';
import { createTrainer } from '../../dist/training/trainer.js';

const [device, json] = process.argv.slice(2);
const config = JSON.parse(json);
const weights = initialWeights(architectures[config.architecture].weights(config), 1);
const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1 };
const trainer = createTrainer(config, weights, { optimizer, device, threads: 1 });
const [B, T] = [4, 10];
const random = createRandom(7);
const draw = () => Int32Array.from({ length: B * T }, () => random.int(config.vocabSize));
const batch = () => ({ B, T, ids: draw(), targets: draw(), targetWeights: new Float32Array(B * T).fill(1) });
const batches = [batch(), batch()];
const losses = [];
for (let run = 0; run < 4; run++) {
  const five = Array.from({ length: 5 }, (_, i) => [batches[i % 2]]);
  losses.push(...(await trainer.steps(five, [3e-3, 3e-3, 3e-3, 3e-3, 3e-3])).map(({ loss }) => loss));
}
// Without noise, so that two devices can be compared.
const privacy = { clip: 0.5, normalizer: 4, addNoise: () => {} };
for (let step = 0; step < 5; step++) {
  await trainer.privateStep(batches, 3e-3, privacy);
  const { nats, weight } = await trainer.evaluate(batches[0]);
  losses.push(nats / weight);
}
await trainer.release();
process.stdout.write(JSON.stringify(losses));
