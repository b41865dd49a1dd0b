/** The text of parts one after the other, as one run would have written it. */
import { parse } from 'csv-parse/sync';
import { utf8Chunks } from '../files/text-input.ts';
import { headerLine } from '../table/csv/csv-write.ts';
import { headLength, plainDialect } from '../table/csv/dialect.ts';

/** Parts that have nothing before their rows. */
export async function* plainText(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* utf8Chunks(path);
}

/** Parts with a line of column names each; the first rows decide how one run would have spelled it. */
export async function* csvText(paths: readonly string[]): AsyncGenerator<Buffer> {
  let names: string[] | undefined;
  /** The beginning of the rows, until there is enough of it to know the header. */
  let head: Buffer | undefined = Buffer.alloc(0);
  const withHeader = (rows: Buffer) =>
    Buffer.concat([Buffer.from(headerLine(names!, plainDialect, rows.toString())), rows]);
  for (const path of paths) {
    const part = utf8Chunks(path);
    const { header, rest } = await cutHeader(part);
    names ??= namesOf(header);
    for await (const chunk of chained(rest, part)) {
      if (!head) {
        yield chunk;
        continue;
      }
      head = Buffer.concat([head, chunk]);
      // A character has at most four bytes.
      if (head.length <= 4 * headLength) continue;
      yield withHeader(head);
      head = undefined;
    }
  }
  if (head) yield withHeader(head);
}

const namesOf = (header: Buffer): string[] => (parse(header) as string[][])[0]!;

async function* chained(first: Buffer, others: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

const [quote, newline] = [34, 10];

/** The first line, which ends outside quotes, and what follows it of what was read. */
async function cutHeader(chunks: AsyncGenerator<Buffer>): Promise<{ header: Buffer; rest: Buffer }> {
  let read: Buffer = Buffer.alloc(0);
  let isQuoted = false;
  let at = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    read = Buffer.concat([read, next.value]);
    for (; at < read.length; at++) {
      if (read[at] === quote) isQuoted = !isQuoted;
      if (read[at] === newline && !isQuoted) return { header: read.subarray(0, at + 1), rest: read.subarray(at + 1) };
    }
  }
  return { header: read, rest: Buffer.alloc(0) };
}
