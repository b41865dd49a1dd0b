import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ReportData, reportSchema } from '../../src/evaluate/report/report.ts';
import { peopleCsv, place } from '../cli/run.ts';

const { folder, run, write } = place();
write('train.csv', peopleCsv(90, 1));
write('synthetic.csv', peopleCsv(80, 2));
write('test.csv', peopleCsv(60, 3));

const args = [
  'evaluate',
  '--train',
  'train.csv',
  '--synthetic',
  'synthetic.csv',
  '--test',
  'test.csv',
  '--target',
  'rich',
];
const bytes = (name: string) => readFileSync(join(folder, name), 'utf8');
const read = (name: string): ReportData => reportSchema.parse(JSON.parse(bytes(name)));

describe('tabletalk evaluate', () => {
  it('measures the baselines in threads, and the report is the same for any number of them', () => {
    const { code, stderr } = run([...args, '--workers', '3', '--json', 'three.json', '--json-progress']);
    expect(code).toBe(0);
    const steps = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(steps).toHaveLength(steps[0].of);
    expect(steps.map(({ next }) => next)).toContain('detection of the baseline SMOTE-NC');
    expect(run([...args, '--workers', '1', '--json', 'one.json', '--quiet']).code).toBe(0);
    expect(bytes('three.json')).toBe(bytes('one.json'));
    expect(read('one.json').baselines.map(({ figures }) => Object.keys(figures).length)).not.toContain(0);
  });

  it('leaves baselines out when told, and groups rows by the columns it is told', () => {
    const more = ['--no-baselines', '--quasi-identifiers', 'age,work', '--json', 'bare.json', '--seed', '5', '--quiet'];
    expect(run([...args, ...more])).toMatchObject({ code: 0, stderr: '' });
    expect(read('bare.json')).toMatchObject({ seed: 5, baselines: [], anonymity: { columns: ['age', 'work'] } });
  });

  it.each([
    [
      ['--quasi-identifiers', 'age,wrok'],
      'quasiIdentifiers: the training table has no column "wrok"; did you mean "work"?',
    ],
    [['--workers', '0'], '--workers: must be at least 1'],
    [['--seed', '-1'], '--seed: must not be negative'],
  ])('%o', (more, message) => {
    expect(run([...args, ...more])).toEqual({ code: 2, stdout: '', stderr: `tabletalk: ${message}\n` });
  });
});
