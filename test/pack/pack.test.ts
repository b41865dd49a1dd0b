/** The package as others get it: packed, installed in an empty project where only npm can be reached, used from TypeScript and JavaScript. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peopleCsv } from '../cli/run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tabletalk-pack-'));
const project = join(folder, 'project');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packed = join(folder, `tabletalk-${version}.tgz`);

/** Without what npm set for this run: another project would not have it. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$|^ONNXRUNTIME_NODE_INSTALL/i.test(name)),
);
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: project, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const put = (name: string, text: string) => writeFileSync(join(project, name), text);

beforeAll(() => {
  mkdirSync(project);
  // The tests' setup has built it already.
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  put('package.json', JSON.stringify({ name: 'project', type: 'module', private: true }));
  run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', packed);
  put('people.csv', peopleCsv(60));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package in an empty project', () => {
  it('has a command that fits and samples', () => {
    run('npx', 'tabletalk', 'fit', 'people.csv', '--out', 'model', '--epochs', '1', '--quiet');
    run('npx', 'tabletalk', 'sample', 'model', '--rows', '5', '--out', 'new.csv', '--quiet');
    expect(readFileSync(join(project, 'new.csv'), 'utf8').trim().split('\n')).toHaveLength(6);
  });

  it('is typed for a strict project that has no types of Node', () => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      module: 'nodenext',
      target: 'es2023',
      types: [],
      noEmit: true,
    };
    put('tsconfig.json', JSON.stringify({ compilerOptions, include: ['use.ts'] }));
    put(
      'use.ts',
      `import { augment, evaluate, fit, loadModel, readTable, type Report, type Table, writeTable } from 'tabletalk';
       const train: Table = await readTable('people.csv');
       const model = await fit(train, { target: 'income', seed: 1, epochs: 1 });
       await model.save('saved');
       const rows = await (await loadModel('saved')).sample({ rows: 5, where: { age: { gte: 30 } } });
       await writeTable(rows, 'typed.csv');
       export const report: Report = await evaluate({ train, synthetic: rows, baselines: false });
       export const more = () => augment(train, { target: 'income', rows: 10 });
       // @ts-expect-error rows must be a number
       export const wrong = () => model.sample({ rows: 'five' });`,
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(run(process.execPath, tsc, '-p', '.')).toBe('');
  });

  it('works from plain JavaScript', () => {
    put(
      'use.js',
      `import { loadModel, tableRows } from 'tabletalk';
       const model = await loadModel('model');
       console.log(tableRows(await model.sample({ rows: 3, seed: 1 })).length);`,
    );
    expect(run(process.execPath, 'use.js')).toBe('3\n');
  });

  it('has no source maps without sources, and is small', () => {
    const [listed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' }),
    );
    const names: string[] = listed.files.map(({ path }: { path: string }) => path);
    expect(names.filter((name) => name.endsWith('.map'))).toEqual([]);
    expect(names).toContain('install/no-cuda-download.cjs');
    expect(statSync(packed).size).toBeLessThan(2e6);
  });
});
