import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { augment } from '../../src/augment/augment.ts';
import type { Progress } from '../../src/finetune/progress.ts';
import { type FitOptions, fit } from '../../src/model/fit.ts';
import { loadModel } from '../../src/model/model.ts';
import { epsilonOf } from '../../src/privacy/noise.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { saveTinyBase } from './tiny-base.ts';
import { people } from './tiny-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-private-'));
afterAll(() => rmSync(home, { recursive: true }));

/** What is public of the people of tiny-table.ts. */
const domain = {
  columns: [
    { name: 'age', kind: 'integer', min: 0, max: 120 },
    { name: 'pay', kind: 'decimal', scale: 2, min: 0, max: 400 },
    { name: 'work', kind: 'category', values: ['Private', 'State-gov', 'Self, "own"', 'Never-worked'] },
    { name: 'rich', kind: 'boolean', missing: null, values: ['false', 'true'] },
    { name: 'born', kind: 'datetime', format: 'YYYY-MM-DD', min: Date.UTC(1900, 0), max: Date.UTC(2030, 0) },
  ],
};
const options = {
  epsilon: 3,
  delta: 1e-4,
  domain,
  target: 'rich',
  epochs: 1,
  threads: 1,
  batchSize: 60,
} satisfies FitOptions;
const table = (seed: number) => tableFromRows(people(240, seed));

const textOf = (folder: string): string =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');

describe('a private fit', () => {
  it('says in its folder what it spent, by which the accountant comes to the same epsilon', async () => {
    const model = await fit(table(1), options);
    const { privacy, curve, bestEpoch, likelihood, provenance } = model.file;
    const { noise, rate, steps, counts, spent } = privacy!;
    expect(privacy).toMatchObject({ epsilon: 3, delta: 1e-4, accountant: 'rdp', clip: 1, rate: 60 / 240, steps: 4 });
    const found = epsilonOf(
      [
        { sigma: noise, rate, times: steps },
        { sigma: counts.noise, rate: 1, times: counts.rounds },
      ],
      1e-4,
    );
    expect(found).toBeLessThanOrEqual(3);
    expect(found).toBeGreaterThan(2.99);
    expect(Object.values(spent).reduce((a, b) => a + b)).toBeCloseTo(found, 9);
    expect([curve, bestEpoch, likelihood]).toEqual([[], 0, undefined]);
    expect(provenance.rows).toBe(240);
    const rows = await model.sample({ rows: 50, where: { age: { gte: 30, lt: 60 } }, seed: 1 });
    expect(rows.rowCount).toBe(50);
    await model.save(join(home, 'saved'));
    expect((await loadModel(join(home, 'saved'))).file).toEqual(model.file);
  });

  it('has a folder that is the same for any rows, but for noisy ranges and weights', async () => {
    const odd = tableFromRows(
      people(240, 2).map((row, i) => (i === 7 ? { ...row, work: 'Zookeeper', age: 119 } : row)),
    );
    const [first, second] = [await fit(table(1), options), await fit(odd, options)];
    const known = ({ file: { grammar: _, ...file } }: typeof first) => file;
    expect(known(second)).toEqual(known(first));
    for (const { file } of [first, second]) {
      for (const [i, { bins = [] }] of file.grammar.cells.entries()) {
        const column = domain.columns[i]!;
        if (!('min' in column)) continue;
        expect([bins[0]![0], bins.at(-1)![1]], column.name).toEqual([column.min, column.max]);
      }
    }
    await second.save(join(home, 'odd'));
    expect(textOf(join(home, 'odd'))).not.toContain('Zookeeper');
  });

  it('draws its noise from no seed', async () => {
    const [first, second] = [await fit(table(1), options), await fit(table(1), options)];
    const rows = await Promise.all([first, second].map((model) => model.sample({ rows: 30, seed: 1 })));
    expect(rows[0]!.columns).not.toEqual(rows[1]!.columns);
  });

  it('tells the caller, and nobody else, how many cells the domain does not hold', async () => {
    const rows = people(240, 1).map((row, i) => (i < 5 ? { ...row, work: 'Zookeeper' } : row));
    const events: Progress[] = [];
    await fit(tableFromRows(rows), { ...options, onProgress: (event) => events.push(event) });
    expect(events.flatMap(({ outside }) => outside ?? [])).toEqual([5]);
    const private_ = events.filter(({ loss }) => loss === null);
    expect(private_.map(({ step, maxSteps }) => [step, maxSteps])).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
  });

  it('goes on where it was interrupted, with the ranges it had, and not with another epsilon', async () => {
    const checkpoint = join(home, 'kept');
    const stop = new AbortController();
    const onProgress = ({ loss, step }: Progress) => loss === null && step === 2 && stop.abort();
    const ended = fit(table(1), { ...options, checkpoint, signal: stop.signal, onProgress });
    await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
    const before = (await loadModel(checkpoint)).file;
    expect(textOf(checkpoint)).not.toContain('lossSum":1');
    const resume = { ...options, checkpoint, resume: true };
    await expect(fit(table(1), { ...resume, epsilon: 2 })).rejects.toThrow('option "epsilon" was 3, is 2');
    const other = join(home, 'other');
    cpSync(checkpoint, other, { recursive: true });
    const file = join(other, 'tabletalk.json');
    const counts = { ...before.privacy!.counts, rounds: before.privacy!.counts.rounds + 1 };
    writeFileSync(file, JSON.stringify({ ...before, privacy: { ...before.privacy, counts } }));
    await expect(fit(table(1), { ...resume, checkpoint: other })).rejects.toThrow('begun with another plan of noise');
    const steps: number[] = [];
    const model = await fit(table(1), { ...resume, microBatchSize: 7, onProgress: ({ step }) => steps.push(step) });
    expect(steps).toEqual([3, 4]);
    expect([model.file.grammar, model.file.privacy]).toEqual([before.grammar, before.privacy]);
  });

  it('needs no domain: kinds, bounds and categories are measured, under a share of the budget', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({
      age: `${20 + (i % 8)}`,
      job: i === 9 ? 'Zookeeper' : 'xy'[i % 2]!,
      rich: i % 3 ? 'no' : 'yes',
    }));
    const checkpoint = join(home, 'alone');
    const stop = new AbortController();
    const { domain: _, ...alone } = { ...options, epsilon: 20, target: 'rich', batchSize: 100, checkpoint };
    const onProgress = ({ loss }: Progress) => loss === null && stop.abort();
    const ended = fit(tableFromRows(rows), { ...alone, signal: stop.signal, onProgress });
    await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
    const model = await fit(tableFromRows(rows), { ...alone, resume: true });
    const { schema, privacy } = model.file;
    expect(schema.columns).toEqual([
      { name: 'age', kind: 'integer', missing: null, min: 16, max: 31 },
      { name: 'job', kind: 'category', missing: null, values: ['x', 'y'] },
      { name: 'rich', kind: 'category', missing: null, values: ['no', 'yes'] },
    ]);
    const { noise, rate, steps, counts, spent, domain } = privacy!;
    expect(domain).toMatchObject({ columns: ['age', 'job', 'rich'] });
    const paid = [
      { sigma: noise, rate, times: steps },
      { sigma: counts.noise, rate: 1, times: counts.rounds },
      { sigma: domain!.noise, rate: 1, times: 1 },
    ];
    expect(epsilonOf(paid, 1e-4 - domain!.delta)).toBeLessThanOrEqual(20);
    expect(Object.keys(spent)).toEqual(['domain', 'counts', 'training']);
    expect(Object.values(spent).reduce((a, b) => a + b)).toBeCloseTo(epsilonOf(paid, 1e-4 - domain!.delta), 9);
    expect(spent.domain).toBeCloseTo(0.15 * 20, 2);
    expect(textOf(checkpoint)).not.toContain('Zookeeper');
    expect((await model.sample({ rows: 20, seed: 1 })).rowCount).toBe(20);
    const other = {
      columns: [
        { name: 'age', kind: 'integer', min: 10, max: null },
        { name: 'job', kind: null },
        { name: 'rich', kind: null },
      ],
    };
    await expect(fit(tableFromRows(rows), { ...alone, domain: other, resume: true })).rejects.toThrow(
      'min of column "age" was 16, is 10',
    );
  });

  it('says so where it is stopped before a row’s gradient was seen: there is nothing to go on from', async () => {
    const stop = new AbortController();
    const checkpoint = join(home, 'early');
    const early = { ...options, checkpoint, signal: stop.signal, onProgress: () => stop.abort() };
    await expect(fit(table(1), early)).rejects.toThrow('stopped before the first private step: nothing was kept');
    await expect(fit(table(1), { ...options, checkpoint, resume: true })).rejects.toThrow('nothing to resume');
  });

  it('learns what counts cannot say, where there is hardly noise', async () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({ a: i % 2 ? 'x' : 'y', b: i % 2 ? 'p' : 'q' }));
    const both = ['a', 'b'].map((name, i) => ({
      name,
      kind: 'category',
      missing: null,
      values: i ? ['p', 'q'] : ['x', 'y'],
    }));
    const learn = {
      epsilon: 50,
      domain: { columns: both },
      batchSize: 200,
      epochs: 60,
      learningRate: 0.01,
      threads: 1,
    };
    const model = await fit(tableFromRows(rows), learn);
    const [a, b] = (await model.sample({ rows: 400, seed: 1 })).columns as [Int32Array, Int32Array];
    const together = a.filter((code, row) => code === 1 - b[row]!).length;
    // Independent columns would agree in half of the rows. Values are sorted as the domain has them: x with p.
    expect(Math.abs(together - 200)).toBeGreaterThan(120);
  });

  it.each<[string, () => Promise<FitOptions>]>([
    ['a new gpt2', async () => ({ architecture: 'gpt2' })],
    ['a base', async () => ({ base: await saveTinyBase(home, 'llama') })],
    ['adapters beside a base', async () => ({ base: await saveTinyBase(home, 'gpt2'), loraRank: 2, batchSize: 30 })],
  ])('works with %s', async (_, given) => {
    const small = { columns: [domain.columns[0]!, domain.columns[3]!] };
    const rows = tableFromRows(people(60, 1).map(({ age, rich }) => ({ age, rich })));
    const model = await fit(rows, { ...options, domain: small, batchSize: 20, ...(await given()) });
    expect(model.file.privacy).toMatchObject({ epsilon: 3, steps: 60 / (model.file.options.batchSize ?? 0) });
    const drawn = await model.sample({ rows: 10, where: { age: { lt: 60 } }, seed: 1 });
    expect(drawn.columns[0]!.every((age) => Number.isNaN(age) || (age as number) < 60)).toBe(true);
  });

  it.each<[string, FitOptions, string]>([
    ['a column that no count can tell of', { epsilon: 1 }, '"born": no value comes in more than about'],
    ['a domain without epsilon', { domain }, '"domain": needs "epsilon"'],
    ['a delta without epsilon', { delta: 1e-6 }, '"delta": needs "epsilon"'],
    ['no epsilon at all', { epsilon: 0, domain }, '"epsilon": Too small'],
    ['an epsilon below zero', { epsilon: -1, domain }, '"epsilon": Too small'],
    ['so large an epsilon that it is no promise', { epsilon: 51, domain }, '"epsilon": Too big'],
    [
      'a delta that a row could be published at',
      { epsilon: 1, delta: 1 / 240, domain },
      '"delta": must be below 1 / rows',
    ],
    [
      'rows held out',
      { epsilon: 1, validationFraction: 0.1, domain },
      '"validationFraction": cannot be given with "epsilon"',
    ],
    ['Muon', { epsilon: 1, optimizer: 'muon', domain }, '"optimizer": must be "adamw" with "epsilon"'],
    ['a stop by time', { epsilon: 1, maxMinutes: 1, domain }, '"maxMinutes": cannot be given with "epsilon"'],
    ['a target that is no column', { epsilon: 1, target: 'ritch', domain }, 'no column "ritch"; did you mean "rich"?'],
  ])('refuses %s', async (_, given, message) => {
    await expect(fit(table(1), given)).rejects.toThrow(message);
  });
});

describe('real rows beside a private model', () => {
  it('need a word of the caller', async () => {
    const model = await fit(table(1), options);
    const real = table(1);
    const rows = await model.sample({ rows: 20, seed: 1 });
    await expect(model.score(rows, { real })).rejects.toThrow('"real": reads real rows again');
    await expect(model.sample({ rows: 5, minQuality: 0.1, real })).rejects.toThrow('"allowRealRows" lets it');
    await expect(augment(real, { target: 'rich', rows: 5, model })).rejects.toThrow('augment: "model": is private');
    expect((await model.score(rows)).total).toHaveLength(20);
    expect((await model.score(rows, { real, allowRealRows: true })).novelty).toHaveLength(20);
  });
});
