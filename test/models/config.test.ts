import { describe, expect, it } from 'vitest';
import { architectures } from '../../models/architectures.ts';
import { initialWeights, modelConfig, sizeOf } from '../../models/config.ts';
import { tinyConfigs } from './tiny.ts';

describe('sizes that fit no model are refused', () => {
  const { gpt2, llama } = tinyConfigs as Record<'gpt2' | 'llama', (typeof tinyConfigs)[string]>;
  const wrong: [what: object, path: string, message: string][] = [
    [{ ...llama, nEmbd: 18 }, 'nEmbd', 'must be a multiple of nHead'],
    [{ ...llama, nKvHead: 3 }, 'nHead', 'must be a multiple of nKvHead'],
    [{ ...llama, nEmbd: 12 }, 'nEmbd', 'rotary positions need an even nEmbd / nHead'],
    [{ ...gpt2, nKvHead: 2 }, 'nKvHead', 'gpt2 has as many key/value heads as heads'],
    [{ ...gpt2, nLayer: 0 }, 'nLayer', 'Too small: expected number to be >0'],
  ];

  it.each(wrong)('%#', (config, path, message) => {
    expect(modelConfig.safeParse(config).error?.issues[0]).toMatchObject({ path: [path], message });
  });

  it.each(Object.entries(tinyConfigs))('but not those of %s', (_, config) => {
    expect(modelConfig.parse(config)).toEqual(config);
  });
});

describe.each(Object.entries(tinyConfigs))('the weights of %s', (_, config) => {
  const specs = architectures[config.architecture].weights(config);

  it('begin as their specification says', () => {
    const weights = initialWeights(specs, 1);
    expect([...weights.keys()]).toEqual(specs.map(({ name }) => name));
    for (const { name, shape, init } of specs) {
      const data = weights.get(name)!;
      expect(data.length, name).toBe(sizeOf(shape));
      if ('constant' in init) expect(new Set(data), name).toEqual(new Set([init.constant]));
      else expect(Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length) / init.std, name).toBeCloseTo(1, 0);
    }
  });

  it('follow from the seed, bit by bit', () => {
    expect(initialWeights(specs, 5)).toEqual(initialWeights(specs, 5));
    expect(initialWeights(specs, 5)).not.toEqual(initialWeights(specs, 6));
  });
});
