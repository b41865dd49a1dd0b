/** README.md and the pages of docs/, cut into blocks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Paths from the root. */
export const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/**
 * A fenced block. `note` is the second word of its first line: "not-run" for what cannot run in a test, "fails" for a command
 * that must end with the message in the block after it, or the name of the file that the block is.
 */
export interface Block {
  readonly language: string;
  readonly note: string;
  readonly line: number;
  readonly text: string;
}

export function pageText(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

export function blocksOf(page: string): Block[] {
  const text = pageText(page);
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map((found) => ({
    language: found[1]!,
    note: found[2] ?? '',
    line: text.slice(0, found.index).split('\n').length,
    text: found[3]!,
  }));
}
