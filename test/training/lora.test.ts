import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { type Lora, mergeLora } from '../../training/lora.ts';
import { type Batch, createTrainer } from '../../training/trainer.ts';
import { forwardLogits, largestDifference, tinyConfigs, tinyWeights } from '../models/tiny.ts';

const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, gradClip: 1 };
const lora: Lora = { rank: 2, alpha: 4, targets: [] };
const [B, T] = [4, 10];

describe.each(Object.entries(tinyConfigs))('LoRA beside %s', (_, config) => {
  const random = createRandom(1);
  const draw = () => Int32Array.from({ length: B * T }, () => random.int(config.vocabSize));
  const batch: Batch = { B, T, ids: draw(), targets: draw(), targetWeights: new Float32Array(B * T).fill(1) };

  it('starts as the base, learns, and is then in the merged weights, with the base untouched', async () => {
    const base = tinyWeights(config, 1);
    const kept = new Map([...base].map(([name, data]) => [name, Float32Array.from(data)]));
    const trainer = createTrainer(config, base, { optimizer, threads: 1, lora, seed: 5 });
    const [plain, before] = [createTrainer(config, base, { optimizer, threads: 1 }), await trainer.evaluate(batch)];
    expect(before.nats).toBeCloseTo((await plain.evaluate(batch)).nats, 3);
    for (let step = 0; step < 30; step++) await trainer.step([batch], 0.02);
    const after = await trainer.evaluate(batch);
    expect(after.nats).toBeLessThan(0.8 * before.nats);

    const merged = mergeLora(config, base, trainer.weights, lora);
    expect([...base]).toEqual([...kept]);
    const again = createTrainer(config, merged, { optimizer, threads: 1 });
    expect((await again.evaluate(batch)).nats / after.nats).toBeCloseTo(1, 4);
    for (const each of [trainer, plain, again]) await each.release();
    const [unmerged, logits] = [
      await forwardLogits(config, base, batch.ids, [B, T]),
      await forwardLogits(config, merged, batch.ids, [B, T]),
    ];
    expect(largestDifference(unmerged, logits)).toBeGreaterThan(0.01);
  });
});

it('adapts the layers it is told to, and names those there are', () => {
  const config = tinyConfigs.llama!;
  const start = (targets: string[]) =>
    createTrainer(config, tinyWeights(config, 1), { optimizer, lora: { ...lora, targets } });
  const adapted = [...start(['q_proj', 'mlp.down_proj']).weights.keys()];
  expect(adapted).toHaveLength(2 * 2 * config.nLayer);
  expect(adapted).toContain('model.layers.0.self_attn.q_proj.lora_A.weight');
  expect(() => start(['c_attn'])).toThrow(
    'LoRA: no layer "c_attn" in this model; it has self_attn.q_proj, self_attn.k_proj, self_attn.v_proj, self_attn.o_proj, mlp.gate_proj, mlp.up_proj, mlp.down_proj',
  );
});
