/**
 * Damaged model folders and tables, as they come from a broken disk or a stranger: each is read, or refused in one line, within a
 * heap of 256 MB. The same seed gives the same damage; another finds other faults: TABLETALK_FUZZ_SEED, TABLETALK_FUZZ_CASES.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { fit } from '../../src/model/fit.ts';
import { writeTable } from '../../src/table/write.ts';
import { peopleCsv, place } from '../cli/run.ts';
import { peopleTable } from '../model/tiny-table.ts';

const program = fileURLToPath(new URL('damage.mjs', import.meta.url));
const seed = process.env.TABLETALK_FUZZ_SEED ?? '1';
const { folder: home, write } = place();

beforeAll(async () => {
  const table = peopleTable(120);
  const model = await fit(table, { epochs: 1, preset: 'tiny', threads: 1 });
  await model.save(join(home, 'model'));
  // Whoever sends a folder can give the checksums that fit.
  const path = join(home, 'model', 'tabletalk.json');
  const { checksums: _, ...file } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(file));
  write('people.csv', peopleCsv(120));
  write('people.csv.gz', gzipSync(peopleCsv(120)));
  await writeTable(table, join(home, 'people.jsonl'));
  await writeTable(table, join(home, 'people.parquet'));
  cpSync(join(home, 'model'), join(home, 'sent', 'model'), { recursive: true });
});

function damage(source: string, cases: number) {
  const count = process.env.TABLETALK_FUZZ_CASES ?? String(cases);
  const args = ['--max-old-space-size=256', program, source, seed, count, home];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 100_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('what is damaged is read or refused, and nothing else', () => {
  it('a model folder', () => {
    const { opened, refused, faults } = damage(`${join(home, 'sent', 'model')}/`, 120);
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThan(opened / 10);
    expect(opened).toBeGreaterThan(0);
  });

  it.each(['people.csv', 'people.csv.gz', 'people.jsonl', 'people.parquet'])('%s', (name) => {
    cpSync(join(home, name), join(home, 'sent', name));
    const { opened, refused, faults } = damage(join(home, 'sent', name), 150);
    expect(faults).toEqual([]);
    expect(opened + refused).toBeGreaterThan(0);
  });
});
