/** What README.md and docs/ name is there: links, files, scripts, options of the command line, exports. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withOptions } from '../../bench/command-options.ts';
import { commands } from '../../src/cli/commands.ts';
import { pages, pageText, root } from './pages.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

const known = new Set([...commands.flatMap(({ options }) => options.map(({ long }) => long)), '--help', '--version']);
const ofBenchmarks = [
  '--data',
  '--table',
  '--speed',
  '--draws',
  '--seeds',
  '--minutes',
  '--folder',
  '--part-minutes',
  '--stream-rows',
];

describe.each(pages)('%s', (page) => {
  const text = pageText(page);

  it('links to files and headings that are there', () => {
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = target!.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, file)), `${page}: ${target}`).toBe(true);
      if (anchor) expect(anchorsOf(file), `${page}: ${target}`).toContain(anchor);
    }
  });

  it('names files and folders of the repository that are there', () => {
    for (const [, path] of text.matchAll(/`((?:src|models|training|bench|test|docs)\/[\w./-]*)`/g))
      expect(existsSync(join(root, path!)), `${page}: ${path}`).toBe(true);
  });

  it('names scripts of package.json that are there', () => {
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts, page).toHaveProperty([script!]);
  });

  it('names options that are there', () => {
    // The log of experiments tells of what was, and the changelog of what other tools have.
    if (/experiments|CHANGELOG/.test(page)) return;
    for (const [, option] of text.matchAll(/(?<![\w-])(--[a-z][a-z-]+)/g))
      expect([...known, ...ofBenchmarks, '--expose-gc'], page).toContain(option);
  });
});

it('docs/command-line.md has the options of every command, as npm run docs:commands writes them', () => {
  const page = pageText('docs/command-line.md');
  expect(withOptions(page)).toBe(page);
});

it('docs/library.md has every function that index.ts exports', async () => {
  const text = pageText('docs/library.md');
  for (const name of Object.keys(await import('../../src/index.ts'))) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
});

it.each([
  ['One row, from CSV to its gradient', 30],
  ['A fit that goes on', 6],
  ['One condition, to a written row', 28],
])('docs/architecture.md follows "%s" through at most %i files', (heading, most) => {
  const [, walk] = pageText('docs/architecture.md').split(`## ${heading}\n`);
  const [way] = walk!.split(/^(?:## |Beside the way)/m);
  const files = new Set([...way!.matchAll(/`((?:src|models|training)\/[\w./-]+\.ts)`/g)].map(([, path]) => path));
  expect(files.size).toBeGreaterThan(most / 2);
  expect(files.size).toBeLessThanOrEqual(most);
});

it('README.md is at most 150 lines of 120 columns', () => {
  const lines = pageText('README.md').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(150);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
});

/** The headings of a page as GitHub links to them. */
function anchorsOf(page: string): string[] {
  return [...pageText(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
