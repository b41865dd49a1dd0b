import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCodec } from '../../src/serialize/codec/codec.ts';
import { encodeTable, writeRow } from '../../src/serialize/codec/encoded-table.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import type { Value } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { csvChunks } from '../../src/table/csv/csv-write.ts';
import { type Dialect, plainDialect } from '../../src/table/csv/dialect.ts';
import { tableFromValues } from '../../src/table/from-values.ts';
import type { Table } from '../../src/table/table.ts';
import { realTables } from '../real-tables.ts';
import { anyDialect, plainlyNamedTable } from '../table/arbitraries.ts';
import { anyGrammar, anyTable } from './any-table.ts';

/** TABLETALK_RUNS=10000 draws as many tables as the promise is made for; every day a few hundred do. */
const numRuns = Number(process.env.TABLETALK_RUNS ?? 300);

const written = (table: Table, dialect: Dialect) => [...csvChunks(table, dialect)].join('');

/** Read, said, spelled in tokens, joined, understood and written again; and the mean tokens of a row. */
function around(content: string, source = 'x.csv'): { content: string; tokensPerRow: number } {
  const { text, dialect } = parseCsv(content, source);
  const table = tableFromText(text);
  const codec = createCodec(table.schema, anyGrammar(table));
  const encoded = encodeTable(codec, table);
  const order = table.columns.map((_, column) => column);
  const into = { tokens: new Int32Array(codec.longest), roles: new Uint8Array(codec.longest) };
  let count = 0;
  const rows = Array.from({ length: table.rowCount }, (_, row) => {
    // Each row in another order of its columns.
    order.push(order.shift()!);
    const length = writeRow(codec, encoded, row, order, -1, { ...into, at: 0 });
    count += length;
    const { cells, issues } = parseSentence(table.schema, codec.text(into.tokens.subarray(0, length)));
    expect(issues).toEqual([]);
    return cells as readonly (Value | null)[];
  });
  // Cells that a file spells otherwise than their column have their own text beside their value.
  const back = { ...tableFromValues(table.schema, rows), spelled: table.spelled };
  return { content: written(back, dialect), tokensPerRow: count / table.rowCount };
}

it('a file comes back byte for byte from its sentences, whatever texts it holds and however it is spelled', () => {
  const dialects = anyDialect.map((dialect): Dialect => ({ ...dialect, quote: 'needed' }));
  fc.assert(
    fc.property(plainlyNamedTable, dialects, (table, dialect) => {
      const content = written(table, dialect);
      expect(around(content).content).toBe(content);
    }),
    { numRuns },
  );
}, 3_600_000);

it('so does a file of numbers, times, categories and texts', () => {
  fc.assert(
    fc.property(anyTable, ({ table }) => {
      const names = table.schema.columns.map((_, i) => `c${i}`);
      const schema = {
        ...table.schema,
        columns: table.schema.columns.map((column, i) => ({ ...column, name: names[i]! })),
      };
      const content = written({ ...table, schema }, plainDialect);
      expect(around(content).content).toBe(content);
    }),
    { numRuns },
  );
}, 3_600_000);

/** Most tokens a row, on average. */
const budgets = { 'seattle-weather.csv': 30, 'adult/train.csv': 46, 'german_credit/train.csv': 56 };

it('so does every real table, in few tokens', () => {
  for (const path of realTables()) {
    const content = readFileSync(path, 'utf8');
    const back = around(content, path);
    expect(back.content === content, path).toBe(true);
    for (const [name, budget] of Object.entries(budgets))
      if (path.endsWith(name)) expect(back.tokensPerRow, path).toBeLessThanOrEqual(budget);
  }
});
