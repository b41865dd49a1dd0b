import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@huggingface/transformers';
import fc from 'fast-check';
import { Tokenizer } from 'tokenizers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenizer, tokenizerConfig } from '../../src/model/folder.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { createCodec, isSpecial, learnGrammar, special } from '../../src/serialize/codec/codec.ts';
import { encodeTable, writeRow } from '../../src/serialize/codec/encoded-table.ts';
import { writeSentence } from '../../src/serialize/sentence/sentence.ts';
import { valueAt } from '../../src/table/cells.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';
import { anyGrammar, anyTableInOrder } from './any-table.ts';

const hub = mkdtempSync(join(tmpdir(), 'tabletalk-tokenizer-'));
const folder = join(hub, 'model');
mkdirSync(folder);
afterAll(() => rmSync(hub, { recursive: true }));

/** Begin, row and end of each row, with the columns in an order of its own. */
function sentencesOf(table: Table, orders: readonly (readonly number[])[]) {
  const codec = createCodec(table.schema, anyGrammar(table));
  const encoded = encodeTable(codec, table);
  return orders.map((order, row) => {
    const into = { tokens: new Int32Array(codec.longest), roles: new Uint8Array(codec.longest), at: 0 };
    const length = writeRow(codec, encoded, row, order, -1, into);
    const cells = table.columns.map((data) => valueAt(data, row));
    return {
      ids: [...into.tokens.subarray(0, length)],
      sentence: writeSentence(table.schema, cells, order),
    };
  });
}

it('the library decodes the tokens of any table to its sentences, character by character', async () => {
  await fc.assert(
    fc.asyncProperty(anyTableInOrder, async ({ table, orders }) => {
      const tokenizer = createTokenizer(createCodec(table.schema, anyGrammar(table)));
      for (const { ids, sentence } of sentencesOf(table, orders)) {
        expect(await tokenizer.decode(ids, true)).toBe(sentence);
      }
    }),
    { numRuns: 100 },
  );
});

describe('tokenizer.json', () => {
  const random = createRandom(4);
  const pick = <Item>(items: readonly Item[]) => items[random.int(items.length)]!;
  /** No value or name begins with another, so that a sentence can be cut in one way only. */
  const people = Array.from({ length: 60 }, (_, i) => ({
    // All different, so that no number is frequent enough for a token of its own.
    age: 17 + i,
    'pay, gross': Math.round((i - 30) * 3731) / 100,
    work: pick(['Private', 'State-gov', 'never, "ever"', 'élève 😀']),
    rich: random.uniform() < 0.5,
    born: new Date(Date.UTC(1960, 0, 1) + random.int(20_000) * 86_400_000).toISOString().slice(0, 10),
    note: i % 7 === 0 ? null : `z${'x y'.repeat(random.int(3))}#\n${'abcdefghij'[i % 10]}`,
  }));
  const { columns } = tableFromRows(people).schema;
  const note = { name: 'note', kind: 'text' as const, missing: '' };
  const table = tableFromRows(people, { version: 1, columns: [...columns.slice(0, -1), note] });
  const codec = createCodec(table.schema, learnGrammar(table, 2));
  const rows = sentencesOf(
    table,
    Array.from({ length: table.rowCount }, () => random.shuffle([0, 1, 2, 3, 4, 5])),
  );
  /** What can be read off a sentence: ranges and hidden zeros cannot. */
  const shown = (ids: readonly number[]) => ids.filter((id) => !isSpecial(codec.pieces[id]!));

  beforeAll(async () => {
    createTokenizer(codec).save(join(folder, 'tokenizer.json'));
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig(codec)));
  });

  it('covers every kind of column', () => {
    const kinds = new Set(table.schema.columns.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['boolean', 'category', 'datetime', 'decimal', 'integer', 'text']);
  });

  it('is read by tokenizers, which encodes and decodes as the codec does', async () => {
    const tokenizer = Tokenizer.fromFile(join(folder, 'tokenizer.json'));
    for (const { ids, sentence } of rows) {
      expect(await tokenizer.decode(ids, true)).toBe(sentence);
      const encoding = await tokenizer.encode(sentence, null, { addSpecialTokens: false });
      expect(encoding.getIds()).toEqual(shown(ids));
      expect((await tokenizer.encode(sentence)).getIds()).toEqual([special.bos, ...shown(ids)]);
    }
  });

  it('is read by transformers.js from the folder', async () => {
    Object.assign(env, { allowRemoteModels: false, localModelPath: hub });
    const tokenizer: PreTrainedTokenizer = await AutoTokenizer.from_pretrained('model');
    for (const { ids, sentence } of rows) {
      expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(sentence);
      expect(tokenizer.encode(sentence, { add_special_tokens: false })).toEqual(shown(ids));
    }
    expect([tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id]).toEqual([0, 1, 2]);
  });
});
