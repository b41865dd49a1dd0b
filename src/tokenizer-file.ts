/** The JSON of a tokenizer, which its library writes to files only. It knows nothing of what the tokenizer knows. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tokenizer } from 'tokenizers';

export async function tokenizerJson(tokenizer: Tokenizer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tabletalk-'));
  try {
    const path = join(folder, 'tokenizer.json');
    tokenizer.save(path, true);
    return await readFile(path, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}
