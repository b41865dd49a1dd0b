/** Equal values are equal however they are spelled; what is no value of its column is counted as invalid. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { readTable } from '../../src/table/read.ts';

const folder = mkdtempSync(join(tmpdir(), 'spellings-'));
let files = 0;

type Row = { age: string; smoker: string; grade: string; city: string; zip: string; day: string };

function rows(count: number, seed: number): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => ({
    age: String(20 + random.int(60)),
    smoker: ['true', 'false'][random.int(2)]!,
    grade: ['1', '2', '3'][random.int(3)]!,
    city: ['Bonn', 'Ulm', 'Jena'][random.int(3)]!,
    zip: ['0123', '0777', '9120'][random.int(3)]!,
    day: `2024-0${1 + random.int(9)}-1${random.int(10)}`,
  }));
}

async function read(all: readonly Row[], like?: Awaited<ReturnType<typeof readTable>>) {
  const path = join(folder, `${files++}.csv`);
  const names = Object.keys(all[0]!) as (keyof Row)[];
  writeFileSync(
    path,
    `${[names, ...all.map((row) => names.map((name) => row[name]))].map((r) => r.join()).join('\n')}\n`,
  );
  return readTable(path, like ? { like: like.schema, lenient: true } : {});
}

const train = await read(rows(120, 1));
const synthetic = rows(90, 2);
const judge = async (made: readonly Row[]) =>
  evaluate({ train, synthetic: await read(made, train), baselines: false, workers: 1 });

describe('evaluate', () => {
  it.each<[string, (row: Row) => Partial<Row>]>([
    ['38.0', ({ age }) => ({ age: `${age}.0` })],
    ['3.8e1', ({ age }) => ({ age: Number(age).toExponential() })],
    ['True', ({ smoker }) => ({ smoker: smoker[0]!.toUpperCase() + smoker.slice(1) })],
    ['1 and 0', ({ smoker }) => ({ smoker: smoker === 'true' ? '1' : '0' })],
    ['classes with decimals', ({ grade }) => ({ grade: `${grade}.0` })],
    ['capitals and blanks', ({ city }) => ({ city: ` ${city.toUpperCase()}` })],
  ])('reads values spelled otherwise (%s) as equal', async (_, change) => {
    const other = await judge(synthetic.map((row) => ({ ...row, ...change(row) })));
    expect({ ...other }).toEqual({ ...(await judge(synthetic)) });
  });

  it('counts what cannot be read, and does not praise the column', async () => {
    const bad = synthetic.map((row, i) => (i < 9 ? { ...row, age: 'old', day: i < 2 ? '2024-02-31' : row.day } : row));
    const report = await judge(bad);
    expect(report.invalidCells.columns).toEqual([
      { column: 'age', train: 0, synthetic: 9, test: null },
      { column: 'day', train: 0, synthetic: 2, test: null },
    ]);
    expect(report.validity.columns.find(({ column }) => column === 'age')!.value).toBeLessThanOrEqual(0.9);
    expect(report.verdict.find(({ text }) => text.includes('no value of their column'))!.tone).toBe('poor');
    expect(report.verdict.map(({ text }) => text).join()).not.toContain('Every cell is within');
  });

  it('counts decimals among whole numbers, and compares their values', async () => {
    const halves = synthetic.map((row, i) => (i < 30 ? { ...row, age: `${row.age}.5` } : row));
    const report = await judge(halves);
    expect(report.invalidCells.columns).toMatchObject([{ column: 'age', synthetic: 30 }]);
    expect(report.missingValues.columns.find(({ column }) => column === 'age')!.synthetic).toBe(0);
  });

  it('takes a code that lost its zeros, and a word for a class, for other categories', async () => {
    const lost = synthetic.map((row, i) => (i < 45 ? { ...row, zip: String(Number(row.zip)) } : row));
    const report = await judge(lost);
    const share = synthetic.slice(0, 45).filter(({ zip }) => zip.startsWith('0')).length / 90;
    expect(report.validity.columns.find(({ column }) => column === 'zip')!.value).toBeCloseTo(1 - share, 12);
  });
});
