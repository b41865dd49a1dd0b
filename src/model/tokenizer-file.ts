/** The JSON of a tokenizer, which its library writes to files only. It knows nothing of what the tokenizer knows. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenizer } from 'tokenizers';
import { TabletalkError } from '../errors/errors.ts';

export async function tokenizerJson(tokenizer: Tokenizer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tabletalk-')).catch(({ code }: NodeJS.ErrnoException) => {
    throw new TabletalkError('failed', `${tmpdir()}: temporary files cannot be written there (${code}); set TMPDIR`);
  });
  try {
    const path = join(folder, 'tokenizer.json');
    save(tokenizer, path);
    return await readFile(path, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function save(tokenizer: Tokenizer, path: string): void {
  try {
    tokenizer.save(path, true);
  } catch (error) {
    throw new TabletalkError('failed', `${path}: cannot be written: ${(error as Error).message}`);
  }
}
