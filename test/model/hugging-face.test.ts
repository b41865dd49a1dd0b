import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  env,
  type LogitsProcessorList,
  type Tensor,
} from '@huggingface/transformers';
import { afterAll, expect, it } from 'vitest';
import { type FitOptions, fit } from '../../src/model/fit.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { outside } from '../outside.ts';
import { saveTinyBase } from './tiny-base.ts';

const folder = mkdtempSync(join(tmpdir(), 'tabletalk-hf-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Animals whose legs and sound follow from their kind. */
const animals = tableFromRows(
  Array.from({ length: 300 }, (_, i) => {
    const kind = ['cat', 'hen', 'bee'][i % 3]!;
    return {
      kind,
      legs: { cat: 4, hen: 2, bee: 6 }[kind]!,
      sound: { cat: 'purr', hen: 'cluck', bee: 'hum, hum' }[kind]!,
    };
  }),
);

const stories = outside('models/stories260K');

it.each<[string, () => Promise<FitOptions>]>([
  ['a new model', async () => ({ epochs: 12 })],
  [
    'a base that others trained, or a tiny one where it is absent',
    async () =>
      stories
        ? { base: stories, epochs: 8, learningRate: 4e-3 }
        : { base: await saveTinyBase(folder, 'llama'), epochs: 20, learningRate: 4e-3 },
  ],
])(
  'transformers.js opens the folder that fit wrote from %s, and writes rows with it on its own',
  async (_, options) => {
    const path = mkdtempSync(join(folder, 'animals-'));
    await (await fit(animals, { seed: 1, threads: 1, ...(await options()) })).save(path);
    env.allowRemoteModels = false;
    env.localModelPath = dirname(path);
    const tokenizer = await AutoTokenizer.from_pretrained(basename(path));
    const model = await AutoModelForCausalLM.from_pretrained(basename(path), { dtype: 'fp32' });

    const prompts = ['', 'kind is hen', 'legs is 6'];
    const sentences: string[] = [];
    for (const prompt of prompts) {
      const inputs = tokenizer(prompt);
      const output = (await model.generate({ ...inputs, max_new_tokens: 48, do_sample: false })) as Tensor;
      sentences.push(tokenizer.batch_decode(output, { skip_special_tokens: true })[0]!);
    }
    await model.dispose();

    const { check } = createValidator(animals.schema);
    const rows = sentences.map((sentence) => check(sentence));
    const known = new Set(['cat,4,purr', 'hen,2,cluck', 'bee,6,hum, hum']);
    for (const [i, row] of rows.entries()) {
      expect(sentences[i]).toMatch(new RegExp(`^${prompts[i]}`));
      if (!('values' in row)) throw new Error(`${sentences[i]}: ${row.issues[0]!.message}`);
      const cells = animals.schema.columns.map((column, c) =>
        column.kind === 'category' ? column.values[row.values[c] as number] : row.values[c],
      );
      expect(known).toContain(cells.join(','));
    }
    expect(sentences[1]).toContain('cluck');
    expect(sentences[2]).toContain('bee');
  },
);

it('transformers.js writes only rows that meet conditions when the grammar drives it', async () => {
  const path = join(folder, 'driven');
  const trained = await fit(animals, { epochs: 1, seed: 2, threads: 1 });
  await trained.save(path);
  env.localModelPath = dirname(path);
  const tokenizer = await AutoTokenizer.from_pretrained(basename(path));
  const model = await AutoModelForCausalLM.from_pretrained(basename(path), { dtype: 'fp32' });
  const where = { kind: { ne: 'bee' }, legs: { gte: 4 } };
  const processor = trained.logitsProcessor({ where, order: ['sound', 'legs', 'kind'] });
  const generate = async (prompt: string) =>
    tokenizer.batch_decode(
      // Any iterable of functions will do.
      (await model.generate({
        ...tokenizer(prompt),
        max_new_tokens: 20,
        do_sample: true,
        logits_processor: [processor] as unknown as LogitsProcessorList,
      })) as Tensor,
      { skip_special_tokens: true },
    )[0]!;
  const { check } = createValidator(animals.schema);
  for (const prompt of ['', '', '', 'sound is cluck', 'sound is purr, legs is 6']) {
    const sentence = await generate(prompt);
    expect(sentence).toMatch(/^sound is (purr|cluck|"hum, hum"), legs is [46], kind is (cat|hen)$/);
    expect(sentence.startsWith(prompt)).toBe(true);
    expect(check(sentence)).toHaveProperty('values');
  }
  await expect(generate('sound is purr, legs is 2')).rejects.toThrow(
    'the prompt is not the beginning of a row that meets the conditions',
  );
  await model.dispose();
});
