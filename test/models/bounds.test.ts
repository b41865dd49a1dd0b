/** Files that claim more than anything can hold: refused by what they say, before work or memory grows with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fromHuggingFace } from '../../models/checkpoint/hugging-face-config.ts';
import { encodeSafetensors, readSafetensors } from '../../models/checkpoint/safetensors.ts';
import { createBaseTokenizer } from '../../src/serialize/base/base-tokenizer.ts';

const llama = {
  model_type: 'llama',
  vocab_size: 8,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 16,
};

describe('a config.json', () => {
  it('of small sizes is read', () => {
    expect(fromHuggingFace(llama, 'config.json').config.nLayer).toBe(1);
  });

  it.each(Object.entries(llama).filter(([, size]) => typeof size === 'number'))('of a billion %s is refused', (key) => {
    const read = () => fromHuggingFace({ ...llama, [key]: 1e9 }, 'config.json');
    expect(read).toThrow(expect.objectContaining({ code: 'input', place: 'config.json' }));
    expect(read).toThrow(key);
  });
});

it('a tokenizer with a token id of 300 million is refused', () => {
  const json = JSON.stringify({ model: { type: 'BPE', vocab: { a: 3e8 }, merges: [] } });
  expect(() => createBaseTokenizer(json, [], 'tokenizer.json')).toThrow(/^tokenizer\.json: .*vocab/);
});

describe('a safetensors file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tabletalk-bounds-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'model.safetensors');
  const data = Float32Array.of(1, 2);
  const whole = encodeSafetensors(['a', 'b'].map((name) => ({ name, shape: [2], data })));

  it('whose tensors share bytes is refused', async () => {
    const text = Buffer.from(whole).toString('latin1');
    writeFileSync(path, Buffer.from(text.replace('[8,16]', '[4,12]'), 'latin1'));
    await expect(readSafetensors(path)).rejects.toThrow(`${path}: tensor "b": overlaps another tensor of the file`);
  });

  it('with an empty tensor between two is read', async () => {
    const empty = { name: 'aa', shape: [0], data: new Float32Array(0) };
    writeFileSync(path, encodeSafetensors([empty, ...['a', 'b'].map((name) => ({ name, shape: [2], data }))]));
    expect((await readSafetensors(path)).size).toBe(3);
  });
});
