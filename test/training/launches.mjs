// Prints what a step of a model of so many layers asks of a device, as JSON: node launches.mjs <device> <layers>
// Narrow: how many kernels there are does not depend on widths.
import { profiled } from '../../dist/bench/launches.js';
import { architectures } from '../../dist/models/architectures.js';
import { initialWeights } from '../../dist/models/config.js';
import { presetConfig } from '../../dist/models/presets.js';
import { createTrainer } from '../../dist/training/trainer.js';

const [device, layers] = process.argv.slice(2);
const [B, T] = [2, 8];
const config = { ...presetConfig('small', 'llama', 24, T), nEmbd: 32, nInner: 96, nLayer: Number(layers) };
const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1, momentum: 0.95 };
const weights = initialWeights(architectures.llama.weights(config), 1);
const trainer = createTrainer(config, weights, { optimizer, averageDecay: 0.99, device });
const ids = Int32Array.from({ length: B * T }, (_, i) => i % 24);
const batch = { B, T, ids, targets: ids.toReversed(), targetWeights: new Float32Array(B * T).fill(1) };
const found = await profiled(async () => {
  for (let step = 0; step < 2; step++) await trainer.step([batch], 1e-3);
});
await trainer.release();
process.stdout.write(JSON.stringify(found));
