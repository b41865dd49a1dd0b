/** Full disks, terminals, spreadsheets, signals and absurd numbers, as they meet the command line. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { place, program } from './run.ts';

const { folder, run, write } = place();
const file = (name: string) => join(folder, name);

/** Cells that a terminal or a spreadsheet would act on. */
const works = ['=cmd()', '-x', '+1 day', '@all', '\u001b[31mred', 'plain'];
const csv = `age,work,pay\n${Array.from({ length: 120 }, (_, i) => `${20 + (i % 40)},${works[i % 6]},${(i % 50) - 25}.5`).join('\n')}\n`;
const small = ['--epochs', '1', '--preset', 'tiny', '--threads', '1', '--seed', '1'];

beforeAll(() => {
  write('people.csv', csv);
  expect(run(['fit', 'people.csv', '--out', 'model', ...small, '--quiet']).code).toBe(0);
});

describe('a full disk behind a redirect', () => {
  it.each([
    'schema people.csv',
    'inspect model',
    'sample model --rows 5',
    'evaluate --train people.csv --synthetic people.csv --no-baselines --quiet --json -',
    '--help',
  ])('ends "%s" with one line and exit code 1', (command) => {
    const ended = spawnSync('sh', ['-c', `"${process.execPath}" "${program}" ${command} > /dev/full`], {
      cwd: folder,
      encoding: 'utf8',
    });
    const lines = ended.stderr.split('\n').filter((line) => line.startsWith('tabletalk: '));
    expect(ended.status).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/^tabletalk: standard output: .*ENOSPC/)]);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
  });
});

describe('codes for the terminal', () => {
  it('are shown by inspect, not sent', () => {
    const { stdout } = run(['inspect', 'model']);
    expect(stdout).toContain('\\x1b[31mred');
    expect(stdout).not.toContain('\u001b');
  });

  it('are shown in errors, not sent', () => {
    const { code, stderr } = run(['sample', 'model', '--rows', '1', '--where', '\u001b]0;title\u0007=1']);
    expect(code).toBe(2);
    expect(stderr).toContain('\\x1b]0;title\\x07');
    expect(stderr).not.toContain('\u001b');
  });
});

describe('--safe-csv', () => {
  const cells = (text: string) => text.split('\n').map((line) => line.split(',')[1] ?? '');

  it("puts ' before text that a spreadsheet would run, and leaves numbers", () => {
    const { stdout, stderr } = run(['sample', 'model', '--rows', '200', '--seed', '1', '--safe-csv']);
    expect(stderr).toBe('');
    expect(cells(stdout).filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    expect(cells(stdout).some((cell) => cell.startsWith("'="))).toBe(true);
    expect(stdout).toMatch(/,-\d+\.5\n/);
  });

  it('is named where such cells are written without it', () => {
    const { stdout, stderr } = run(['sample', 'model', '--rows', '200', '--seed', '1']);
    const count = cells(stdout).filter((cell) => /^[=+\-@]/.test(cell)).length;
    expect(stderr).toBe(
      `standard output: ${count} cells begin with =, +, - or @: a spreadsheet may run such text as a formula; ` +
        "--safe-csv puts ' before it\n",
    );
  });

  it.each(['impute', 'score'])('%s has it', (command) => {
    const { code, stdout } = run([command, 'model', 'people.csv', '--safe-csv', '--quiet']);
    expect(code).toBe(0);
    expect(cells(stdout).filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
  });
});

describe('numbers beyond all bounds are refused at once, by the name of the option', () => {
  it.each([
    ['--batch-size', '1e9', ['fit', 'people.csv', '--out', 'm']],
    ['--lora-rank', '1e9', ['fit', 'people.csv', '--out', 'm']],
    ['--threads', '1e5', ['fit', 'people.csv', '--out', 'm']],
    ['--workers', '1e5', ['sample', 'model', '--rows', '5']],
    ['--workers', '1e5', ['evaluate', '--train', 'people.csv', '--synthetic', 'people.csv']],
    ['--draws', '1e9', ['impute', 'model', 'people.csv']],
  ])('%s %s', (option, value, command) => {
    const { code, stderr } = run([...command, option, value]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(`^tabletalk: ${option}: .*(<=|at most )\\d+\n$`),
    });
  });
});

describe('a schema file', () => {
  const problemOf = (schema: unknown) => {
    write('schema.json', JSON.stringify(schema));
    return run(['fit', 'people.csv', '--out', 'm', '--schema', 'schema.json']);
  };

  it.each(['('.repeat(100_000), `${'-'.repeat(5_000)}age = 1`, `${'('.repeat(5_000)}age`])(
    'with a check nested without end is refused',
    (check) => {
      const { code, stderr } = problemOf({ checks: [check] });
      expect(code).toBe(2);
      expect(stderr).toMatch(/it is (longer than|nested more than) \d+/);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    },
  );

  it.each([
    ['that runs backwards', '[z-a]'],
    ['of a billion characters', '[\u0000-\u{10ffff}]{999}'],
    ['that never ends', '['.repeat(90_000)],
  ])('with a pattern %s is refused', (_, pattern) => {
    const columns = [{ name: 'work', replaced: { by: 'pattern', pattern } }];
    const { code, stderr } = problemOf({ columns });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tabletalk: schema: column "work": replaced\.pattern: must be .*\n$/);
  });
});

it('a model file without the grammar of a column is refused', () => {
  const path = file('model/tabletalk.json');
  const text = readFileSync(path, 'utf8');
  const { checksums: _, ...rest } = JSON.parse(text);
  rest.grammar.cells.pop();
  writeFileSync(path, JSON.stringify(rest));
  expect(run(['inspect', 'model'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'tabletalk: model/tabletalk.json: grammar.cells: expected 3 entries, got 2\n',
  });
  writeFileSync(path, text);
});

it('a missing TMPDIR is named', () => {
  const args = [program, 'fit', 'people.csv', '--out', 'nowhere', ...small];
  const env = { ...process.env, TMPDIR: '/no/such/folder' };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
  expect(status).toBe(1);
  expect(stderr).toBe('tabletalk: /no/such/folder: temporary files cannot be written there (ENOENT); set TMPDIR\n');
});

describe('SIGTERM during fit', () => {
  const long = ['fit', 'people.csv', '--out', 'long', '--epochs', '6', '--batch-size', '8', '--preset', 'tiny'];
  const command = [...long, '--threads', '1', '--seed', '1', '--resume', 'auto'];

  it('writes a checkpoint and exits with 75, and the same command goes on to the same model', async () => {
    const child = spawn(process.execPath, [program, ...command, '--json-progress'], { cwd: folder });
    child.stderr.once('data', () => child.kill('SIGTERM'));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(75);
    expect(existsSync(file('long/training.safetensors'))).toBe(true);
    expect(run([...command, '--quiet']).code).toBe(0);
    expect(existsSync(file('long/training.safetensors'))).toBe(false);
    expect(run([...long, '--threads', '1', '--seed', '1', '--out', 'straight', '--quiet']).code).toBe(0);
    const weights = (name: string) => readFileSync(file(`${name}/model.safetensors`));
    expect(weights('long').equals(weights('straight'))).toBe(true);
  });

  it('and a finished model stays as it is', () => {
    const { code, stderr } = run(command);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^long: was finished already/m);
  });
});
