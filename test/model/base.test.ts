import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import { TabletalkError } from '../../src/errors/errors.ts';
import { type FitOptions, fit } from '../../src/model/fit.ts';
import { loadModel } from '../../src/model/model.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import { largestDifference } from '../models/tiny.ts';
import { outside } from '../outside.ts';
import { saveTinyBase, tinyBases } from './tiny-base.ts';
import { peopleTable } from './tiny-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-base-'));
afterAll(() => rmSync(home, { recursive: true }));

const table = peopleTable(40);
const bases: Record<string, string> = {};

beforeAll(async () => {
  for (const name of Object.keys(tinyBases)) bases[name] = await saveTinyBase(home, name);
});
const stories = outside('models/stories260K');
if (stories) bases.stories260K = stories;

describe.each([...Object.keys(tinyBases), ...Object.keys(bases)])('a fit from %s', (name) => {
  it('learns, samples valid rows, and is a folder that gives the same rows', async () => {
    const model = await fit(table, { base: bases[name]!, epochs: 1, seed: 3, target: 'rich', threads: 1 });
    const folder = join(home, `fitted-${name}`);
    await model.save(folder);
    const options = { rows: 30, seed: 5, workers: 1, where: { age: 30 } };
    const rows = tableRows(await model.sample(options));
    expect(rows.every(({ age }) => age === 30)).toBe(true);

    const loaded = await loadModel(folder);
    expect(tableRows(await loaded.sample(options))).toEqual(rows);
    expect(loaded.file).toEqual(model.file);
    expect(loaded.file.provenance.base).toEqual({
      name: basename(bases[name]!),
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const again = join(home, `again-${name}`);
    await loaded.save(again);
    for (const file of ['tabletalk.json', 'model.safetensors', 'tokenizer.json', 'config.json']) {
      expect(readFileSync(join(again, file)).equals(readFileSync(join(folder, file)))).toBe(true);
    }
  });

  it('keeps the tokenizer byte for byte, the special tokens, and nothing but the sizes it had', async () => {
    const [before, after] = [bases[name]!, join(home, `fitted-${name}`)];
    for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
      expect(readFileSync(join(after, file)).equals(readFileSync(join(before, file)))).toBe(true);
    }
    const [base, fitted] = [await loadCheckpoint(before), await loadCheckpoint(after)];
    expect(fitted.config).toEqual(base.config);
    const newline = JSON.parse(readFileSync(join(before, 'tokenizer.json'), 'utf8')).model.vocab.Ċ;
    expect(fitted.tokens).toEqual({ ...base.tokens, eos: base.tokens.eos ?? newline });
    expect(JSON.parse(readFileSync(join(after, 'tabletalk.json'), 'utf8'))).not.toHaveProperty('grammar.tokenizer');
  });

  it('with adapters learns too, changes only what has one, and goes on where it was interrupted', async () => {
    const options: FitOptions = { base: bases[name]!, epochs: 2, seed: 3, threads: 1, loraRank: 2, learningRate: 1e-2 };
    const model = await fit(table, options);
    const [folder, stopped] = [join(home, `adapted-${name}`), join(home, `stopped-${name}`)];
    await model.save(folder);
    const [base, adapted] = [await loadCheckpoint(bases[name]!), await loadCheckpoint(folder)];
    const changed = [...base.weights].filter(
      ([weight, data]) => largestDifference(adapted.weights.get(weight)!, data) > 0,
    );
    const layers = [...base.weights.keys()].filter((weight) => /\.\d+\..*(proj|c_attn|c_fc)\.weight$/.test(weight));
    expect(changed.map(([weight]) => weight).sort()).toEqual(layers.sort());
    expect(model.file.curve[1]!.trainLoss).toBeLessThan(model.file.curve[0]!.trainLoss);
    expect(tableRows(await model.sample({ rows: 5, seed: 1, workers: 1 }))).toHaveLength(5);

    const interrupt = new AbortController();
    const onProgress: FitOptions['onProgress'] = ({ step }) => step === 3 && interrupt.abort();
    const kept = { ...options, checkpoint: stopped };
    await expect(fit(table, { ...kept, signal: interrupt.signal, onProgress })).rejects.toMatchObject({
      code: 'interrupted',
    });
    await fit(table, { ...kept, resume: true });
    const weights = (place: string) => readFileSync(join(place, 'model.safetensors'));
    expect(weights(stopped).equals(weights(folder))).toBe(true);
  });

  it('starts from the weights of its base', async () => {
    const options: FitOptions = { base: bases[name]!, epochs: 1, learningRate: 1e-12, averageDecay: 0, threads: 1 };
    const folder = join(home, `still-${name}`);
    await (await fit(table, options)).save(folder);
    const [base, fitted] = [await loadCheckpoint(bases[name]!), await loadCheckpoint(folder)];
    for (const [weight, numbers] of base.weights) {
      expect(largestDifference(fitted.weights.get(weight)!, numbers)).toBeLessThan(1e-6);
    }
  });
});

describe('a base that cannot be used', () => {
  const broken = (file: string, change: (text: string) => string | Uint8Array): string => {
    const copy = mkdtempSync(join(home, 'broken-'));
    cpSync(bases.llama!, copy, { recursive: true });
    writeFileSync(join(copy, file), change(readFileSync(join(copy, file), 'latin1')));
    return copy;
  };
  const json = (change: (parsed: Record<string, object>) => void) => (text: string) => {
    const parsed = JSON.parse(Buffer.from(text, 'latin1').toString());
    change(parsed);
    return JSON.stringify(parsed);
  };
  const without = (file: string) => {
    const copy = broken('config.json', (text) => text);
    rmSync(join(copy, file));
    return copy;
  };

  it.each<[string, () => string | Promise<string>, string]>([
    ['no folder and no name', () => './nowhere/at all', 'no such folder'],
    ['no config', () => without('config.json'), '<base>/config.json: cannot be read'],
    [
      'no weights',
      () => without('model.safetensors'),
      '<base>: neither model.safetensors nor model.safetensors.index.json is there',
    ],
    ['no tokenizer', () => without('tokenizer.json'), '<base>/tokenizer.json: cannot be read'],
    [
      'a torn tokenizer',
      () => broken('tokenizer.json', (text) => text.slice(0, 90)),
      '<base>/tokenizer.json: not JSON: ',
    ],
    [
      'another kind of model',
      () =>
        broken(
          'config.json',
          json((config) => Object.assign(config, { model_type: 'bert' })),
        ),
      '<base>/config.json: model_type "bert" is not supported; supported: "llama", "gpt2"',
    ],
    [
      'a torn file of weights',
      () => broken('model.safetensors', (text) => Buffer.from(text.slice(0, -100), 'latin1')),
      '<base>/model.safetensors: tensor "model.norm.weight": the file is truncated: ',
    ],
    [
      'a tokenizer that does not fit',
      () =>
        broken(
          'tokenizer.json',
          json((file) => Object.assign((file.model as { vocab: object }).vocab, { 'one more': 5000 })),
        ),
      '<base>/tokenizer.json: does not fit the model: it has a token 5000, the model has ',
    ],
  ])('%s', async (_, make, message) => {
    const base = await make();
    const error = await fit(table, { base }).catch((thrown: unknown) => thrown);
    if (!(error instanceof TabletalkError)) throw error;
    expect(error.code).toBe('option');
    const said = error.message.replaceAll(base, '<base>');
    expect(said.slice(0, `base "<base>": ${message}`.length)).toBe(`base "<base>": ${message}`);
    expect(error.message).not.toContain('\n');
  });

  it('names the column that takes the most places', async () => {
    const base = await saveTinyBase(mkdtempSync(join(home, 'short-')), 'gpt2', { blockSize: 60 });
    const notes = tableFromRows(Array.from({ length: 30 }, (_, i) => ({ n: i, note: `${i}, ${'long '.repeat(20)}` })));
    await expect(fit(notes, { base })).rejects.toThrow(
      /^a row may take \d+ tokens, most of them for "note"; the base "gpt2" has places for 60$/,
    );
  });

  it('Muon for adapters, whose matrices are no layers of their own', async () => {
    const options: FitOptions = { base: bases.llama!, loraRank: 2, optimizer: 'muon' };
    await expect(fit(table, options)).rejects.toThrow('fit: "optimizer" must be "adamw" for adapters');
  });

  it.each(['preset', 'architecture'])('beside --%s, which is for new models', async (option) => {
    const options = { base: bases.llama!, [option]: option === 'preset' ? 'tiny' : 'llama' };
    await expect(fit(table, options)).rejects.toThrow(`fit: "${option}" is for new models: a base has its own`);
  });
});

it('a base with as many tokens as Llama 3 has, 128,256, is read and fitted', async () => {
  const wide = await saveTinyBase(mkdtempSync(join(home, 'wide-')), 'gpt2', {
    vocabSize: 128_256,
    nEmbd: 8,
    nInner: 16,
  });
  const path = join(wide, 'tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(path, 'utf8'));
  const { vocab } = tokenizer.model;
  for (let id = Object.keys(vocab).length; id < 128_256; id++) vocab[`unused${id}`] = id;
  writeFileSync(path, JSON.stringify(tokenizer));
  const model = await fit(table, { base: wide, epochs: 1, seed: 3, threads: 1 });
  const rows = tableRows(await model.sample({ rows: 2, seed: 5, workers: 1 }));
  expect(rows).toHaveLength(2);
});
