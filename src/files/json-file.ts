/** JSON files of others: read, and held against a zod schema. */
import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { inputError, TabletalkError } from '../errors/errors.ts';

/** Throws `input` errors that name the file; `unreadable` is the message when it cannot be read at all. */
export async function readJson(path: string, unreadable = `${path}: cannot be read`): Promise<unknown> {
  const text = await readText(path).catch((error: unknown) => {
    throw error instanceof TabletalkError ? error : new TabletalkError('input', unreadable);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw inputError(path, `not JSON: ${(error as Error).message}`);
  }
}

/** Characters of the largest JSON file; a tokenizer has some ten million. */
const longestFile = 1 << 28;

async function readText(path: string): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  for await (const part of createReadStream(path, { encoding: 'utf8' })) {
    length += part.length;
    if (length > longestFile) {
      throw new TabletalkError('input', `${path}: is longer than ${longestFile} characters, and no JSON file of ours`);
    }
    parts.push(part);
  }
  return parts.join('');
}

/** What `schema` makes of `json`. Throws an `input` error with the place, the key and what is wrong with it. */
export function checkJson<T>(schema: z.ZodType<T>, json: unknown, place: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw inputError(place, [path.join('.'), message].filter(Boolean).join(': '));
}
