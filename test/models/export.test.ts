import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM, AutoTokenizer, env, type PreTrainedModel, Tensor } from '@huggingface/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel, saveCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { forwardLogits, greedy, largestDifference, tinyConfigs, tinyWeights } from './tiny.ts';

const hub = mkdtempSync(join(tmpdir(), 'tabletalk-export-'));
const [bos, pad] = [0, 2];

/** A word for each token id, "w0" to "w22". */
const tokenizer = (vocabSize: number) => ({
  'tokenizer.json': JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(Array.from({ length: vocabSize }, (_, id) => [`w${id}`, id])),
      unk_token: 'w3',
    },
  }),
  'tokenizer_config.json': JSON.stringify({
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: 'w0',
    eos_token: 'w1',
    pad_token: 'w2',
    unk_token: 'w3',
    padding_side: 'left',
  }),
});

beforeAll(() => {
  env.allowRemoteModels = false;
  env.localModelPath = hub;
});
afterAll(() => rmSync(hub, { recursive: true }));

describe.each(Object.entries(tinyConfigs))('the exported %s in transformers.js', (name, config) => {
  const folder = name.replaceAll(' ', '-');
  const weights = tinyWeights(config, 5);
  let model: PreTrainedModel;

  beforeAll(async () => {
    const files = tokenizer(config.vocabSize);
    await saveCheckpoint(join(hub, folder), { config, weights, tokens: { bos, eos: null, pad }, files });
    model = await AutoModelForCausalLM.from_pretrained(folder, { dtype: 'fp32' });
  });
  afterAll(() => model.dispose());

  it('gives the logits of our own forward graph', async () => {
    const ids = randomIds(config.vocabSize, 3 * 9);
    const { logits } = await model({
      input_ids: wholes(ids, [3, 9]),
      attention_mask: wholes(
        ids.map(() => 1),
        [3, 9],
      ),
    });
    const expected = await forwardLogits(config, weights, ids, [3, 9]);
    expect(logits.dims).toEqual([3, 9, config.vocabSize]);
    expect(largestDifference(logits.data, expected)).toBeLessThan(1e-4);
  });

  it('does not see padding on the left', async () => {
    const [short, long] = [randomIds(config.vocabSize, 4), randomIds(config.vocabSize, 9)];
    const ids = Int32Array.of(...Array(5).fill(pad), ...short, ...long);
    const mask = Int32Array.from(ids, (_, i) => (i < 5 ? 0 : 1));
    const { logits } = await model({ input_ids: wholes(ids, [2, 9]), attention_mask: wholes(mask, [2, 9]) });
    const V = config.vocabSize;
    const own = await forwardLogits(config, weights, short, [1, 4]);
    expect(largestDifference(logits.data.subarray(5 * V, 9 * V), own)).toBeLessThan(1e-4);
  });

  it('generates with its cache what full forward passes give', async () => {
    const prompt = [bos, 7, 11];
    const inputs = wholes(Int32Array.from(prompt), [1, 3]);
    const generated = await model.generate({ inputs, max_new_tokens: 12, do_sample: false });
    const expected = await greedy(config, weights, prompt, 12);
    expect((generated as Tensor).tolist()[0].map(Number)).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(3);
  });

  it('generates for a batch padded on the left what it generates for each row', async () => {
    const loaded = await AutoTokenizer.from_pretrained(folder);
    const prompts = [[5], [bos, 7, 11, 13]];
    const encoded = loaded(
      prompts.map((ids) => ids.map((id) => `w${id}`).join(' ')),
      { padding: true, add_special_tokens: false },
    );
    expect(encoded.input_ids.tolist()[0].map(Number)).toEqual([pad, pad, pad, 5]);
    const generated = await model.generate({ ...encoded, max_new_tokens: 6, do_sample: false });
    for (const [i, row] of (generated as Tensor).tolist().entries()) {
      expect(row.map(Number).slice(-6)).toEqual((await greedy(config, weights, prompts[i]!, 6)).slice(-6));
    }
  });

  it('names standard operators only', () => {
    expect(new TextDecoder('latin1').decode(exportModel(config, weights))).not.toMatch(/com\.microsoft|Simplified/);
  });
});

function randomIds(vocabSize: number, count: number): Int32Array {
  const random = createRandom(count);
  return Int32Array.from({ length: count }, () => random.int(vocabSize));
}

function wholes(data: Int32Array, dims: number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(data, BigInt), dims);
}
