import { describe, expect, it } from 'vitest';
import { createReplacer } from '../../src/table/identifiers/replace.ts';
import { learnedTable } from '../../src/table/learnable.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import { learnedSchema } from '../../src/table/schema.ts';
import { concatTables, takeRows } from '../../src/table/select.ts';

const many = Array.from({ length: 60 }, (_, i) => i);
const letters = (i: number) => String.fromCharCode(97 + (i % 26)) + String.fromCharCode(97 + Math.floor(i / 26));

/** Customers as a shop keeps them; every third has no phone. */
const customers = tableFromRows(
  many.map((i) => ({
    customer_id: 1000 + i,
    code: `CUST-${String(i * 37).padStart(5, '0')}`,
    firstName: `Anna${letters(i)}`,
    'Last Name': ['Meyer', 'Schulz', 'Weber'][i % 3]!,
    contact: `anna.${letters(i)}@firma.de`,
    phone: i % 3 === 0 ? null : `+49 30 ${1_000_000 + i * 7919}`,
    age: 20 + (i % 40),
    note: `wrote ${i} words`,
  })),
);

describe('what is not learned', () => {
  it('is found by name and by form, with a reason', () => {
    const { columns, locale } = customers.schema;
    expect(Object.fromEntries(columns.map(({ name, replaced }) => [name, replaced]))).toMatchObject({
      customer_id: { by: 'sequence', next: 1060 },
      code: { by: 'pattern', pattern: 'CUST-0[0-9]{4}' },
      firstName: { by: 'firstName' },
      'Last Name': { by: 'lastName', distinct: 3 },
      contact: { by: 'email' },
      phone: { by: 'phone', forms: [{ pattern: expect.stringMatching(/^\+49 30 /), share: 1 }] },
      age: undefined,
      note: undefined,
    });
    expect(locale).toBe('de');
    for (const { replaced, reason } of columns) expect(reason?.includes('not learned')).toBe(replaced !== undefined);
    expect(learnedSchema(customers.schema).columns.map(({ name }) => name)).toEqual(['age', 'note']);
  });

  it('is in no schema: no name, no address, no category of them', () => {
    const text = JSON.stringify(customers.schema);
    for (const secret of ['Anna', 'Meyer', 'firma', '00037']) expect(text).not.toContain(secret);
    for (const { phone } of tableRows(customers)) if (phone) expect(text).not.toContain(String(phone).slice(-7));
  });

  it('is filled in: keys go on, nothing repeats that did not, an e-mail address has the name of its row', async () => {
    const learned = learnedTable(customers);
    const fill = async (seed: number) => {
      const replace = await createReplacer(customers.schema, { seed, rows: 60 });
      return concatTables([replace(takeRows(learned, many.slice(0, 25))), replace(takeRows(learned, many.slice(25)))]);
    };
    const filled = await fill(1);
    const rows = tableRows(filled);
    expect(filled.schema).toBe(customers.schema);
    expect(rows.map(({ customer_id }) => customer_id)).toEqual(many.map((i) => 1060 + i));
    expect(rows.map(({ age }) => age)).toEqual(many.map((i) => 20 + (i % 40)));
    for (const name of ['code', 'contact', 'customer_id']) expect(new Set(rows.map((row) => row[name])).size).toBe(60);
    expect(new Set(rows.map((row) => row['Last Name'])).size).toBeLessThanOrEqual(3);
    for (const row of rows) {
      expect(row.code).toMatch(/^CUST-0\d{4}$/);
      expect(row.contact).toMatch(/^\S+@example\.(?:com|net|org)$/);
      const plain = (text: unknown) =>
        String(text)
          .toLowerCase()
          .replaceAll(/[^a-z]/g, '');
      const names = [plain(row.firstName), plain(row['Last Name'])];
      expect(names.some((name) => plain(row.contact).includes(name.slice(0, 3)))).toBe(true);
    }
    const missing = rows.filter(({ phone }) => phone === null).length;
    expect(missing).toBeGreaterThan(5);
    expect(missing).toBeLessThan(40);
    expect(tableRows(await fill(1))).toEqual(rows);
    expect(tableRows(await fill(2))).not.toEqual(rows);
  });

  it('an unknown locale is an error', async () => {
    await expect(createReplacer({ ...customers.schema, locale: 'xx' }, { seed: 1, rows: 1 })).rejects.toThrow(
      /locale "xx" is none/,
    );
  });

  it('is not guessed of few rows, of words, of numbers that repeat, or of answers', () => {
    const few = tableFromRows([{ id: 1 }, { id: 2 }]);
    const plain = tableFromRows(
      many.map((i) => ({
        id: i % 30,
        telephone: i % 2 ? 'yes' : 'no',
        name: ['ford', 'audi'][i % 2]!,
        size: i * 17.5,
      })),
    );
    for (const { columns } of [few.schema, plain.schema])
      for (const { replaced } of columns) expect(replaced).toBe(undefined);
  });
});
