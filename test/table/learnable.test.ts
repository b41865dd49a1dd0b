import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rareValues } from '../../src/table/identifiers/rare-values.ts';
import { learnedTable } from '../../src/table/learnable.ts';
import { type Row, tableFromRows, tableRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';

const many = Array.from({ length: 60 }, (_, i) => i);
const least = (table: Table, minCategoryCount: number): Table =>
  learnedTable({ ...table, schema: { ...table.schema, minCategoryCount } });

it('categories of too few rows are drawn anew from the others, and not in the schema', () => {
  const jobs = many.map((i) => ({ job: i === 7 ? 'astronaut' : ['cook', 'nurse'][i % 2]!, n: i % 5 }));
  const table = tableFromRows(jobs);
  const learned = learnedTable({ ...table, schema: { ...table.schema, minCategoryCount: 5 } });
  expect(learned.schema.columns[0]).toMatchObject({ values: ['cook', 'nurse'] });
  const rows = tableRows(learned);
  expect(rows.filter((_, i) => i !== 7)).toEqual(jobs.filter((_, i) => i !== 7));
  expect(['cook', 'nurse']).toContain(rows[7]!.job);
  expect(learnedTable(table).columns).toEqual(table.columns);
});

describe('with minCategoryCount', () => {
  it('no rarer value is left in the schema or the rows, whatever the counts are; every other cell stays', () => {
    const words = fc.array(fc.constantFrom('red', 'green', 'blue', 'mauve', 'teal'), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 6 }), (colours, minimum) => {
        const table = tableFromRows(colours.map((colour) => ({ colour })));
        const learned = least(table, minimum);
        const before = tableRows(table);
        const isCommon = (value: unknown) => before.filter(({ colour }) => colour === value).length >= minimum;
        const after = tableRows(learned);
        for (const [i, { colour }] of before.entries()) {
          if (isCommon(colour)) expect(after[i]!.colour).toBe(colour);
          else if (after[i]!.colour !== null) expect(isCommon(after[i]!.colour)).toBe(true);
        }
        const text = JSON.stringify(learned.schema);
        for (const { colour } of before) if (!isCommon(colour)) expect(text).not.toContain(colour);
      }),
    );
  });

  it('a column in which every value is rare has nothing left, and says so without quoting it', () => {
    const table = tableFromRows(many.map((i) => ({ room: `room ${i}`, n: i % 5 })));
    const learned = least(table, 3);
    expect(JSON.stringify(learned.schema)).not.toContain('room 7');
    expect(learned.schema.columns[0]!.reason).toMatch(/^0 different values/);
    expect(tableRows(learned).every(({ room }) => room === null)).toBe(true);
  });

  it('short texts count as categories do, sentences do not', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      ticket: i < 2000 ? `PC ${i}` : `SC ${i % 250}`,
      note: `the guest number ${i} asked for more towels again`,
    }));
    const table = tableFromRows(rows);
    expect(table.schema.columns.map(({ kind }) => kind)).toEqual(['text', 'text']);
    const learned = tableRows(least(table, 3));
    expect(learned.every(({ ticket }) => String(ticket).startsWith('SC '))).toBe(true);
    expect(learned.map(({ note }) => note)).toEqual(rows.map(({ note }) => note));
  });
});

it('values of one row only are named, by column; what repeats and what is replaced is not', () => {
  const rows = many.map(
    (i): Row => ({
      id: `K-${1000 + i}`,
      cabin: i < 3 ? `C${i}` : 'D1',
      manager: i === 5 ? 'Zoe Zufall' : 'Anna Anders',
    }),
  );
  expect(rareValues(tableFromRows(rows))).toEqual([
    { column: 'cabin', values: ['C0', 'C1', 'C2'] },
    { column: 'manager', values: ['Zoe Zufall'] },
  ]);
});

describe('free text', () => {
  const notes = many.slice(0, 30).map((i) => ({
    note: `please call her at +1 206 555 01${10 + i} or write to jo.${i}@shop.example about order ${i}`,
    n: i,
  }));

  it('is no category however few texts there are', () => {
    expect(tableFromRows(notes).schema.columns[0]!.kind).toBe('text');
    expect(tableFromRows(notes.slice(0, 3)).schema.columns[0]!.kind).toBe('text');
  });

  it('is learned without its addresses and numbers, and says whom it tells of', () => {
    const table = tableFromRows(notes);
    expect(table.schema.columns[0]!.reason).toMatch(/tells of persons: e-mail addresses in 30 of 30 texts/);
    const learned = tableRows(learnedTable(table)).map(({ note }) => String(note));
    for (const [i, note] of learned.entries()) {
      expect(note).not.toContain(`555 01${10 + i}`);
      expect(note).not.toContain('shop.example');
      expect(note).toMatch(/^please call her at \+\d \d{3} \d{3} \d{4} or write to \S+@example\.com about order \d+$/);
    }
    expect(learnedTable(table)).toEqual(learnedTable(table));
  });

  it('keeps its dates, amounts and short numbers', () => {
    const plain = 'paid 1,234.50 on 2024-01-31 at 10:15, see order 48213 and page 7';
    const table = tableFromRows([{ note: plain }, { note: 'nothing to say about that one' }]);
    expect(tableRows(learnedTable(table))[0]!.note).toBe(plain);
  });

  it('with names in it says that these are learned', () => {
    const table = tableFromRows(many.map((i) => ({ note: `Mrs. Meyer asked about the room number ${i}` })));
    expect(table.schema.columns[0]!.reason).toMatch(/names in 60 of 60 texts.*names are learned as they stand/);
  });
});
