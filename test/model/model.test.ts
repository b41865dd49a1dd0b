import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { fit } from '../../src/model/fit.ts';
import { loadModel, type Model } from '../../src/model/model.ts';
import { version } from '../../src/model/version.ts';
import type { Notice } from '../../src/sample/options.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';
import { people, peopleTable } from './tiny-table.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-model-'));
afterAll(() => rmSync(home, { recursive: true }));

const table = peopleTable(40);
let model: Model;
let folder: string;

beforeAll(async () => {
  model = await fit(table, { epochs: 1, seed: 3, target: 'rich', threads: 1 });
  folder = join(home, 'people');
  await model.save(folder);
});

/** A copy of the saved folder in which one file is another. */
async function changed(name: string, change: (text: string) => string): Promise<string> {
  const copy = mkdtempSync(join(home, 'changed-'));
  await model.save(copy);
  writeFileSync(join(copy, name), change(readFileSync(join(copy, name), 'utf8')));
  return copy;
}

async function refusal(work: Promise<unknown>): Promise<[string, string]> {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TabletalkError)) throw error;
  return [error.code, error.message];
}

describe('a model folder', () => {
  it('holds what Hugging Face loads, and tabletalk.json', () => {
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'onnx',
      join('onnx', 'model.onnx'),
      'tabletalk.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  it('says what was learned, how and from what, but no row of it', () => {
    const { file } = model;
    const { checksums, ...written } = JSON.parse(readFileSync(join(folder, 'tabletalk.json'), 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(file)));
    expect(Object.keys(checksums)).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
    );
    expect(file.writtenBy).toBe(`tabletalk ${version}`);
    expect(file.schema).toEqual(table.schema);
    expect(file.options).toMatchObject({ epochs: 1, seed: 3, target: 'rich' });
    expect(file.provenance).toMatchObject({
      rows: 40,
      columns: 5,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(file.curve).toHaveLength(1);
  });

  it('gives the same rows after loading, and after loading what was loaded and saved', async () => {
    const options = { rows: 50, seed: 9, workers: 1 };
    const rows = tableRows(await model.sample(options));
    const loaded = await loadModel(folder);
    expect(tableRows(await loaded.sample(options))).toEqual(rows);
    const again = join(home, 'again');
    await loaded.save(again);
    for (const name of ['tabletalk.json', 'model.safetensors', 'tokenizer.json', 'config.json']) {
      expect(readFileSync(join(again, name)).equals(readFileSync(join(folder, name)))).toBe(true);
    }
  });

  it('comes back where the table has both zeros', async () => {
    const rows = [-0.5, -0.2, 0, 0.5, 1.2].flatMap((x) => [{ x }, { x: x / 2 }]);
    const signed: Table = { ...tableFromRows([{ x: 0.5 }, ...rows]), rowCount: 11 };
    (signed.columns[0] as Float64Array)[4] = -0;
    const zeros = join(home, 'zeros');
    const fitted = await fit(signed, { epochs: 1, threads: 1 });
    await fitted.save(zeros);
    const options = { rows: 20, workers: 1 };
    expect(await (await loadModel(zeros)).sample(options)).toEqual(await fitted.sample(options));
  });
});

describe('refused folders', () => {
  it('without tabletalk.json', async () => {
    const empty = mkdtempSync(join(home, 'empty-'));
    expect(await refusal(loadModel(empty))).toEqual([
      'input',
      `${empty}: not a tabletalk model: it has no readable tabletalk.json`,
    ]);
  });

  it('of a newer format', async () => {
    const newer = await changed('tabletalk.json', (text) =>
      JSON.stringify({ ...JSON.parse(text), format: 2, writtenBy: 'tabletalk 7.0.0', surprise: true }),
    );
    expect(await refusal(loadModel(newer))).toEqual([
      'input',
      `${newer}/tabletalk.json: format 2, written by tabletalk 7.0.0; this version reads up to 1`,
    ]);
  });

  it('whose tabletalk.json is torn', async () => {
    const torn = await changed('tabletalk.json', (text) => text.slice(0, 100));
    const [code, message] = await refusal(loadModel(torn));
    expect(code).toBe('input');
    expect(message.startsWith(`${torn}/tabletalk.json: not JSON: `)).toBe(true);
  });

  it('whose tabletalk.json has another form', async () => {
    const odd = await changed('tabletalk.json', (text) => JSON.stringify({ ...JSON.parse(text), bestEpoch: 'one' }));
    const [code, message] = await refusal(loadModel(odd));
    expect([code, message]).toEqual([
      'input',
      `${odd}/tabletalk.json: bestEpoch: Invalid input: expected number, received string`,
    ]);
  });

  it('whose vocabulary is not the model’s', async () => {
    const other = await changed('tabletalk.json', (text) => {
      const file = JSON.parse(text);
      file.schema.columns[2].values.push('one more');
      return JSON.stringify(file);
    });
    const size = model.config.vocabSize;
    expect(await refusal(loadModel(other))).toEqual([
      'input',
      `${other}: the vocabulary has ${size + 1} tokens, the model ${size}`,
    ]);
  });

  it('none whose replacement was cut short: its new files count', async () => {
    const torn = await changed('tabletalk.json', () => '{');
    const weights = join(torn, 'model.safetensors');
    mkdirSync(join(torn, '.complete'));
    mkdirSync(join(torn, '.partial'));
    writeFileSync(join(torn, '.complete', 'model.safetensors'), readFileSync(weights));
    writeFileSync(weights, 'old');
    writeFileSync(join(torn, '.complete', 'tabletalk.json'), readFileSync(join(folder, 'tabletalk.json')));
    writeFileSync(join(torn, '.partial', 'tabletalk.json'), '{"format"');
    expect((await loadModel(torn)).file).toEqual(JSON.parse(JSON.stringify(model.file)));
    await model.save(torn);
    expect(readdirSync(torn, { recursive: true }).sort()).toEqual(readdirSync(folder, { recursive: true }).sort());
  });

  it('without weights', async () => {
    const light = await changed('config.json', (text) => text);
    rmSync(join(light, 'model.safetensors'));
    expect((await refusal(loadModel(light)))[0]).toBe('input');
  });
});

describe('calls that are refused before any work', () => {
  const one = tableFromRows(people(1));
  it.each<[string, () => Promise<unknown>, string, string]>([
    ['one row', () => fit(one), 'input', 'fit needs at least 2 rows, got 1'],
    [
      'no such target',
      () => fit(table, { target: 'Rich!' }),
      'option',
      'fit: "target": no column "Rich!"; did you mean "rich"?',
    ],
    [
      'an unknown option',
      () => fit(table, { epoch: 3 } as object),
      'option',
      'fit has no option "epoch"; did you mean "epochs"?',
    ],
    [
      'an impossible value',
      () => fit(table, { epochs: 0 }),
      'option',
      'fit: "epochs": Too small: expected number to be >0',
    ],
    [
      'a wrong type',
      () => fit(table, { seed: '1' } as object),
      'option',
      'fit: "seed": Invalid input: expected number, received string',
    ],
    ['no function', () => fit(table, { onProgress: 1 } as object), 'option', 'fit: "onProgress": must be a function'],
    ['no rows asked for', () => model.sample({} as never), 'option', 'sample: "rows": say how many rows'],
    [
      'a condition on no column',
      () => model.sample({ rows: 1, where: { agee: 1 } }),
      'option',
      'where "agee": no column "agee"; did you mean "age"?',
    ],
  ])('%s', async (_, work, code, message) => {
    expect(await refusal(work())).toEqual([code, message]);
  });
});

describe('rows from a model', () => {
  it('come in batches that are the table’s in order', async () => {
    const options = { rows: 520, seed: 2, workers: 1 };
    const batches: Table[] = [];
    for await (const batch of model.stream(options)) batches.push(batch);
    expect(batches.map(({ rowCount }) => rowCount)).toEqual([512, 8]);
    expect(batches.flatMap(tableRows)).toEqual(tableRows(await model.sample(options)));
  });

  it('have the asked cells', async () => {
    const rows = tableRows(await model.sample({ rows: 20, where: { work: null, age: 30 }, workers: 1 }));
    expect(new Set(rows.map(({ work, age }) => JSON.stringify([work, age])))).toEqual(new Set(['[null,30]']));
  });

  it('may be none', async () => {
    expect(await model.sample({ rows: 0 })).toMatchObject({ rowCount: 0, schema: table.schema });
  });

  it('may be left unread', async () => {
    for await (const batch of model.stream({ rows: 5000, workers: 1 })) {
      expect(batch.rowCount).toBe(512);
      break;
    }
  });
});

describe('gaps in a table', () => {
  const holes = tableFromRows([
    { born: '1980-01-01', age: null, work: 'Private' },
    { born: null, age: 30, work: null },
  ]);

  it('are filled, and nothing else changes', async () => {
    const rows = tableRows(await model.impute(holes, { workers: 1 }));
    expect(rows).toEqual([
      { born: '1980-01-01', age: expect.any(Number), work: 'Private' },
      { born: expect.any(String), age: 30, work: expect.any(String) },
    ]);
    expect(tableRows(holes)[1]).toEqual({ born: null, age: 30, work: null });
  });

  it('are filled beside cells unlike those of training, and beside columns that were always missing', async () => {
    const told: string[] = [];
    const onNotice = ({ message }: Notice) => told.push(message);
    const never = tableFromRows(people(30).map(({ age }) => ({ age, gone: null })));
    const fitted = await fit(never, { epochs: 1, threads: 1 });
    const gaps = tableFromRows([
      { age: null, gone: null },
      { age: 200, gone: null },
      { age: null, gone: 'x' },
    ]);
    expect(tableRows(await fitted.impute(gaps, { workers: 1, onNotice }))).toEqual([
      { age: expect.any(Number), gone: null },
      { age: 200, gone: null },
      { age: expect.any(Number), gone: 'x' },
    ]);
    expect(told).toEqual([
      'column "age": 1 cell unlike training ("200"): read as the nearest number, left unchanged',
      'column "gone": 1 cell unlike training ("x"): not read, left unchanged',
      'column "gone" was always missing in training: 2 cells left missing',
    ]);
    told.length = 0;
    const odd = tableFromRows([
      { age: 200, work: 'Guard' },
      { age: 20.5, work: null },
      { age: 30, work: 'Diver' },
    ]);
    expect(tableRows(await model.impute(odd, { workers: 1, onNotice }))).toEqual([
      { age: 200, work: 'Guard' },
      { age: 20.5, work: expect.any(String) },
      { age: 30, work: 'Diver' },
    ]);
    expect(told).toEqual([
      'column "age": 2 cells unlike training (such as "200"): read as the nearest number, left unchanged',
      'column "work": 2 cells unlike training (such as "Guard"): not read, left unchanged',
    ]);
  });

  it('are filled against the checks where the cells that are there leave no other way', async () => {
    const spans = tableFromRows(Array.from({ length: 60 }, (_, i) => ({ a: i % 9, b: (i % 9) + (i % 5) })));
    const checked = { ...spans, schema: { ...spans.schema, checks: ['b = a + 3'] } };
    const rows = Array.from({ length: 60 }, (_, i) => ({ a: i % 9, b: (i % 9) + 3 }));
    const fitted = await fit({ ...tableFromRows(rows), schema: checked.schema }, { epochs: 1, threads: 1 });
    const told: Notice[] = [];
    const gaps = tableFromRows([
      { a: 2, b: null },
      { a: null, b: 1 },
      { a: null, b: 9 },
    ]);
    const options = { workers: 1, draws: 3, onNotice: (notice: Notice) => told.push(notice) };
    expect(tableRows(await fitted.impute(gaps, options))).toEqual([
      { a: 2, b: 5 },
      { a: expect.any(Number), b: 1 },
      { a: 6, b: 9 },
    ]);
    expect(told).toEqual([{ rows: 1, message: expect.stringContaining('no way to keep the checks') }]);
  });
});

describe('rows like others', () => {
  it('take the nearest number for one outside training, and draw anew what training does not have', async () => {
    const told: Notice[] = [];
    const like = tableFromRows([
      { age: 200, work: 'Guard' },
      { age: 30, work: 'Private' },
    ]);
    const rows = tableRows(await model.sample({ like, workers: 1, onNotice: (notice) => told.push(notice) }));
    const { max } = table.schema.columns.find(({ name }) => name === 'age') as { max: number };
    expect(rows.map(({ age, work }) => [age, work])).toEqual([
      [max, rows[0]!.work],
      [30, 'Private'],
    ]);
    expect(rows[0]!.work).not.toBe('Guard');
    expect(told).toEqual([
      { column: 'age', cells: 1, message: 'column "age": 1 cell unlike training ("200"): the nearest number taken' },
      { column: 'work', cells: 1, message: 'column "work": 1 cell unlike training ("Guard"): drawn anew' },
    ]);
    told.length = 0;
    await model.sample({ like, keep: ['work'], workers: 1, onNotice: (notice) => told.push(notice) });
    expect(told.map(({ column }) => column)).toEqual(['work']);
  });
});

it('rows of the table are likelier than shuffled ones, and some cells than others', async () => {
  const known = await fit(table, { epochs: 20, seed: 1, threads: 1 });
  const { rows, cells } = await known.logProb(table, { orders: 2, cells: true });
  const shuffled = tableRows(table).map((row, i) => ({ ...row, born: tableRows(table)[(i + 7) % 40]!.born! }));
  const others = await known.logProb(tableFromRows(shuffled, table.schema), { orders: 2 });
  const mean = (nats: Float64Array) => nats.reduce((sum, x) => sum + x, 0) / nats.length;
  expect(mean(rows)).toBeGreaterThan(mean(others.rows));
  expect(cells.map(({ length }) => length)).toEqual(Array(5).fill(40));
  expect(await refusal(known.logProb(tableFromRows([{ age: 30 }])))).toEqual(['input', 'no column "pay"']);
  // The model keeps how likely the four held-out rows are, and ranks others among them.
  const { likelihood } = known.file;
  const logProbs = likelihood!.logProbs.toSorted((a, b) => a - b);
  expect(likelihood).toEqual({ orders: 1, order: [0, 1, 2, 3, 4], logProbs });
  expect(likelihood!.logProbs).toHaveLength(4);
});

it('a model that held out no rows ranks among the real ones that it is given', async () => {
  const all = await fit(table, { epochs: 1, validationFraction: 0, threads: 1 });
  expect(all.file.likelihood).toBeUndefined();
  expect((await all.score(table)).absent.likelihood).toBe('needs log-probabilities of real rows to rank among');
  const { likelihood } = await all.score(table, { real: table });
  expect(likelihood!.reduce((sum, x) => sum + x, 0) / 40).toBeCloseTo(0.5, 1);
});
