/** The layout for a device, run on the CPU: the same model, step for step. */
import { describe, expect, it } from 'vitest';
import { architectures, isLayerMatrix } from '../../models/architectures.ts';
import { sizeOf, type Weights } from '../../models/config.ts';
import { presetConfig } from '../../models/presets.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { webgpuOperators } from '../../src/onnx/lowering.ts';
import { createSession, type Feeds, floats, ints } from '../../src/onnx/session.ts';
import { packed, type Trained, viewsOf } from '../../training/flat-parameters.ts';
import { loraModel } from '../../training/lora.ts';
import { scalarsAt } from '../../training/optimizers.ts';
import { stackedPacks } from '../../training/stacked-parameters.ts';
import { lossGraph, stepGraph, wholeModel } from '../../training/step-graph.ts';
import { tinyConfigs, tinyWeights } from '../models/tiny.ts';

const optimizer = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, gradClip: 1, momentum: 0.95 };
const lora = { rank: 3, alpha: 6, targets: [] };

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  it.each(['muon', 'adamw'] as const)(
    'four steps of %s have the losses and weights of the layout for the CPU',
    async (rule) => {
      const weights = tinyWeights(config, 3);
      const [plain, stacked] = await Promise.all(
        [false, true].map((isStacked) => stepped(wholeModel(config, rule, isStacked), weights, weights)),
      );
      expectAlike(plain!, stacked!);
    },
  );

  it('so have adapters', async () => {
    const weights = tinyWeights(config, 3);
    const [plain, stacked] = await Promise.all(
      [false, true].map((isStacked) => {
        const { model, initial } = loraModel(config, lora, 1, isStacked);
        return stepped(model, initial, weights);
      }),
    );
    expectAlike(plain!, stacked!);
  });
});

it('a block holds one kind of weight of all layers, and blocks of one shape are neighbours', () => {
  const config = tinyConfigs.llama!;
  const { weights } = architectures.llama;
  const packs = stackedPacks(weights(config), (spec) => (isLayerMatrix(spec) ? 'muon' : 'adamw'));
  const blocks = packs.map(({ rule, decayed, blocks }) => [rule, decayed, ...blocks!.map(({ shape }) => shape)]);
  // 4 query heads and 2 of keys and of values, 8 wide.
  expect(blocks).toEqual([
    ['adamw', true, [23, 32]],
    ['adamw', false, [2, 32], [2, 32], [32]],
    ['muon', true, [2, 32, 32], [2, 32, 32], [2, 16, 32], [2, 16, 32], [2, 40, 32], [2, 40, 32], [2, 32, 40]],
  ]);
  const given = tinyWeights(config, 1);
  const back = new Map(packs.flatMap((pack) => [...viewsOf(pack, packed(pack, given))]));
  expect(back).toEqual(new Map(given));
});

it('no pack of several blocks is larger than 128 MB, the least that a device binds', () => {
  const config = { ...presetConfig('huge', 'llama', 49_152, 64), nLayer: 30 };
  const packs = stackedPacks(architectures.llama.weights(config), () => 'adamw');
  for (const { blocks, size } of packs) expect(blocks!.length === 1 || 4 * size <= 2 ** 27).toBe(true);
  expect(packs.reduce((sum, { size }) => sum + size, 0)).toBe(
    architectures.llama.weights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
  );
});

interface Stepped {
  readonly losses: readonly number[];
  readonly weights: Weights;
}

function expectAlike(plain: Stepped, stacked: Stepped): void {
  for (const [i, loss] of plain.losses.entries()) expect(stacked.losses[i]).toBeCloseTo(loss, 4);
  expect(plain.losses.at(-1)).toBeLessThan(plain.losses[0]!);
  expect([...stacked.weights.keys()].sort()).toEqual([...plain.weights.keys()].sort());
  for (const [name, data] of plain.weights) {
    const other = stacked.weights.get(name)!;
    // A bias of keys changes no attention: its gradient is rounding alone, of which AdamW makes whole steps.
    const counts = (i: number) => !name.endsWith('c_attn.bias') || Math.floor((3 * i) / data.length) !== 1;
    for (const [i, x] of data.entries()) {
      if (counts(i)) expect(Math.abs(other[i]! - x), `${name} ${i}`).toBeLessThan(2e-4);
    }
  }
}

/** Four steps over one batch in two groups, one of them in parts, and the loss after them. */
async function stepped(model: Trained, initial: Weights, base: Weights): Promise<Stepped> {
  const groups = [
    { parts: 2, B: 1, T: 6 },
    { parts: 1, B: 2, T: 5 },
  ];
  const lowering = model.isStacked ? webgpuOperators : {};
  const run = stepGraph(model, groups, optimizer, { averages: true });
  const session = await createSession(run.lower(lowering).encode(), { threads: 1 });
  const random = createRandom(5);
  const draw = (n: number) => Int32Array.from({ length: n }, () => random.int(model.config.vocabSize));
  const batches = groups.map(({ parts, B, T }, i): Feeds => {
    const shape = [parts * B, T];
    const n = sizeOf(shape);
    return {
      [`input_ids.${i}`]: ints(draw(n), shape),
      [`targets.${i}`]: ints(draw(n), shape),
      [`target_weights.${i}`]: floats(new Float32Array(n).fill(1), shape),
    };
  });
  const frozen = Object.fromEntries(model.frozen.map(({ name, shape }) => [name, floats(base.get(name)!, shape)]));
  let state: Feeds = Object.fromEntries(
    run.inputs.flatMap(({ name }) => {
      const [, part, i] = /^(weight|average|firstMoment|secondMoment)\.(\d+)$/.exec(name) ?? [];
      if (!part) return [];
      const pack = model.packs[Number(i)]!;
      const data = part.endsWith('Moment') ? new Float32Array(pack.size) : packed(pack, initial);
      return [[name, floats(data, [pack.size])]];
    }),
  );
  const losses: number[] = [];
  for (let step = 1; step <= 4; step++) {
    const scalars = { ...scalarsAt(step, 3e-3, optimizer), averageShare: 0.1 };
    const results = await session.run({
      ...frozen,
      ...state,
      ...Object.assign({}, ...batches),
      ...Object.fromEntries(Object.entries(scalars).map(([name, x]) => [name, floats(Float32Array.of(x), [])])),
    });
    losses.push(results.loss!.data[0] as number);
    state = Object.fromEntries(Object.keys(state).map((name) => [name, results[`next.${name}`]!]));
  }
  await session.release();
  const judge = await createSession(lossGraph(model, 2, 5).lower(lowering).encode(), { threads: 1 });
  const given = Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('weight.')));
  const held = Object.fromEntries(
    Object.entries(batches[1]!).map(([name, value]) => [name.replace('.1', '.0'), value]),
  );
  losses.push(((await judge.run({ ...frozen, ...given, ...held })).nats!.data[0] as number) / 10);
  await judge.release();
  const flat = (i: number) => state[`weight.${i}`]!.data as Float32Array;
  return { losses, weights: new Map(model.packs.flatMap((pack, i) => [...viewsOf(pack, flat(i))])) };
}
