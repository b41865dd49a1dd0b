/**
 * Runs every command and every piece of code in README.md and docs/, page by page, each in a folder of its own in which
 * the demo's tables lie. Commands that fit do so in two epochs; everything else is what stands on the page.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPackaged, splitTable } from '../../bench/bench-tables.ts';
import { writeTable } from '../../src/table/write.ts';
import { type Block, blocksOf, pages, root } from './pages.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-docs-'));
const start = join(home, 'start');
const model = join(home, 'penguin-model');
const cli = join(root, 'dist/src/cli.js');
afterAll(() => rmSync(home, { recursive: true }));

/** `npx tabletalk` is the built command; a fit whose length the page leaves open takes two epochs. */
const npx = `#!/bin/sh
[ "$1" = tabletalk ] || { echo "npx $1: only tabletalk is run here" >&2; exit 127; }
shift
short=
case "$1" in fit|augment) case "$*" in *--epochs*|*--resume*) ;; *) short="--epochs 2" ;; esac ;; esac
exec node "${cli}" "$@" $short
`;

beforeAll(async () => {
  mkdirSync(join(start, 'demo'), { recursive: true });
  mkdirSync(join(start, 'node_modules'));
  symlinkSync(root, join(start, 'node_modules/tabletalk'));
  writeFileSync(join(start, 'package.json'), '{"type":"module"}');
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/npx'), npx);
  chmodSync(join(home, 'bin/npx'), 0o755);
  for (const [part, table] of Object.entries(splitTable(await readPackaged('penguins.json'), 1)))
    await writeTable(table, join(start, `demo/${part}.csv`));
  const { status, stderr } = spawnSync(process.execPath, [
    cli,
    ...['fit', join(start, 'demo/train.csv'), '--target', 'Species', '--epochs', '8', '--seed', '1', '--out', model],
  ]);
  expect(status, String(stderr)).toBe(0);
});

/** Runs a program in the page's folder; `stderr` is what it says there. */
function run(folder: string, command: string, args: readonly string[]): Promise<{ status: number; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, PATH: `${home}/bin:${process.env.PATH}` },
    });
    let stderr = '';
    child.stdout.resume();
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status: status ?? -1, stderr }));
  });
}

async function runBlock(folder: string, page: string, { language, note, line, text }: Block, next?: Block) {
  const place = `${page}:${line}`;
  if (note === 'not-run') return;
  if (language === 'json') JSON.parse(text);
  if (note.includes('.')) writeFileSync(join(folder, note), text);
  if (language === 'sh') {
    const { status, stderr } = await run(folder, 'bash', ['--norc', '-euc', text]);
    if (note !== 'fails') return expect(status, `${place}\n${stderr}`).toBe(0);
    expect(status, place).toBeGreaterThan(0);
    return expect(stderr, place).toBe(next?.text);
  }
  if (language === 'ts' || language === 'js') {
    const file = `block-${line}.mjs`;
    writeFileSync(join(folder, file), text);
    const { status, stderr } = await run(folder, process.execPath, [file]);
    expect(status, `${place}\n${stderr}`).toBe(0);
  }
}

describe.each(pages.filter((page) => blocksOf(page).length > 0))('%s', (page) => {
  it('runs as it stands', async () => {
    const folder = mkdtempSync(join(home, 'page-'));
    cpSync(start, folder, { recursive: true, verbatimSymlinks: true });
    const blocks = blocksOf(page);
    const isMadeHere = blocks.some(
      ({ text }) => text.includes('--out penguin-model') || text.includes("save('penguin-model')"),
    );
    if (!isMadeHere) cpSync(model, join(folder, 'penguin-model'), { recursive: true });
    for (const [i, block] of blocks.entries()) await runBlock(folder, page, block, blocks[i + 1]);
    expect(existsSync(folder)).toBe(true);
  });
});

it('code compiles under strict TypeScript', () => {
  const folder = mkdtempSync(join(home, 'types-'));
  cpSync(start, folder, { recursive: true, verbatimSymlinks: true });
  symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  const files = pages.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'ts')
      .map(({ line, text }) => {
        const file = `${page.replace(/\W/g, '-')}-${line}.ts`;
        writeFileSync(join(folder, file), text);
        return file;
      }),
  );
  const flags = '--noEmit --strict --module nodenext --target es2023 --types node --skipLibCheck'.split(' ');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, ...files], { cwd: folder, encoding: 'utf8' });
  expect(status, stdout).toBe(0);
});
