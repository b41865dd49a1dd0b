import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSentence, writeSentence } from '../../src/serialize/sentence/sentence.ts';
import type { Column, Schema } from '../../src/table/schema.ts';
import { anyTable, anyTableInOrder, trickyText } from './any-table.ts';

it('a sentence says its row, for any names, values, kinds and column order', () => {
  fc.assert(
    fc.property(anyTableInOrder, ({ table: { schema }, rows, orders }) => {
      for (const [i, row] of rows.entries()) {
        const parsed = parseSentence(schema, writeSentence(schema, row, orders[i]!));
        expect(parsed).toEqual({ cells: row, issues: [], order: orders[i] });
      }
    }),
    { numRuns: 500 },
  );
});

it('a part of a row leaves the other columns open', () => {
  fc.assert(
    fc.property(anyTableInOrder, fc.nat(5), ({ table: { schema }, rows, orders }, count) => {
      const order = orders[0]!.slice(0, count);
      const { cells, issues } = parseSentence(schema, writeSentence(schema, rows[0]!, order));
      expect(issues).toEqual([]);
      expect(cells).toEqual(rows[0]!.map((cell, column) => (order.includes(column) ? cell : undefined)));
    }),
  );
});

it('two rows never share a sentence', () => {
  fc.assert(
    fc.property(anyTable, ({ table: { schema }, rows }) => {
      const order = schema.columns.map((_, column) => column);
      const sentences = new Set(rows.map((row) => writeSentence(schema, row, order)));
      const distinct = new Set(
        rows.map((row) => JSON.stringify(row.map((cell) => (Object.is(cell, -0) ? '-0' : cell)))),
      );
      expect(sentences.size).toBe(distinct.size);
    }),
  );
});

it('no text whatever makes the parser throw, and each column is filled or not', () => {
  const torn = fc
    .tuple(anyTableInOrder, trickyText, fc.nat(), fc.nat(3))
    .map(([{ table, rows, orders }, text, at, cut]) => {
      const whole = writeSentence(table.schema, rows[0]!, orders[0]!);
      const place = at % (whole.length + 1);
      return { schema: table.schema, sentence: whole.slice(0, place) + text + whole.slice(place + cut) };
    });
  fc.assert(
    fc.property(torn, ({ schema, sentence }) => {
      const { cells, issues, order } = parseSentence(schema, sentence);
      expect(cells).toHaveLength(schema.columns.length);
      expect(order).toEqual([...new Set(order)]);
      for (const column of order) expect(cells[column]).not.toBe(undefined);
      expect(order).toHaveLength(cells.filter((cell) => cell !== undefined).length);
      for (const { message } of issues) expect(message).toMatch(/./);
    }),
    { numRuns: 300 },
  );
});

describe('sentences as people read them', () => {
  const schema: Schema = {
    version: 1,
    columns: [
      { name: 'age', kind: 'integer', missing: null, min: 17, max: 90 },
      { name: 'pay, gross', kind: 'decimal', missing: 'NA', scale: 2, minScale: 1, min: -5, max: 10 },
      { name: 'work', kind: 'category', missing: '?', values: ['Private', 'What is this', 'missing'] },
      { name: 'seen', kind: 'datetime', missing: null, format: 'D.M.YYYY HH:mm', min: 0, max: 1e12 },
      { name: 'note', kind: 'text', missing: '' },
    ],
  };
  const all = [0, 1, 2, 3, 4];

  it.each([
    [
      [39, 1.5, 0, 60_000, 'ok'],
      'age is 39, "pay, gross" is 1.5, work is Private, seen is 1970-01-01T00:01, note is "ok"',
    ],
    [
      [39, 2, 1, 0, 'a "b"\n'],
      String.raw`age is 39, "pay, gross" is 2.0, work is "What is this", seen is 1970-01-01T00:00, note is "a \"b\"\n"`,
    ],
    [
      [39, null, 2, 0, null],
      'age is 39, "pay, gross" is missing, work is "missing", seen is 1970-01-01T00:00, note is missing',
    ],
  ])('%j', (row, sentence) => {
    expect(writeSentence(schema, row, all)).toBe(sentence);
    expect(parseSentence(schema, sentence).cells).toEqual(row);
  });

  it('are read where a number or a time is spelled as in the file, in quotes if it has a comma', () => {
    const style = { prefix: '$', group: ',', point: '.', suffix: '' } as const;
    const price: Column = {
      name: 'price',
      kind: 'decimal',
      missing: null,
      style,
      scale: 2,
      minScale: 2,
      min: 0,
      max: 9e3,
    };
    const own: Schema = { version: 1, columns: [price, schema.columns[3]!] };
    const cells = [1300, 60_000];
    expect(writeSentence(own, cells, [0, 1])).toBe('price is 1300.00, seen is 1970-01-01T00:01');
    for (const sentence of [
      'price is 1300.00, seen is 1970-01-01T00:01',
      'price is 1300, seen is 1.1.1970 00:01',
      'price is "$1,300.00", seen is "1.1.1970 00:01"',
      'price is "1300", seen is "1970-01-01T00:01"',
    ]) {
      expect(parseSentence(own, sentence)).toMatchObject({ cells, issues: [] });
    }
  });

  it.each([
    ['', []],
    ['age is 39', []],
    ['age', [['syntax', undefined, 'cannot read the sentence from character 1']]],
    ['age is 39,work is Private', [['syntax', undefined, 'cannot read the sentence from character 8']]],
    ['age is 39, ', [['syntax', undefined, 'cannot read the sentence from character 12']]],
    ['age is 39, note is "open', [['syntax', undefined, 'cannot read the sentence from character 20']]],
    ['note is "a" b', [['syntax', undefined, 'cannot read the sentence from character 9']]],
    [String.raw`note is "\x"`, [['syntax', undefined, 'cannot read the sentence from character 9']]],
    ['agee is 39', [['unknown-column', 'agee', 'no column "agee"']]],
    ['age is 39, age is 40', [['repeated-column', 'age', '"age" is said twice']]],
    ['age is old', [['unreadable-value', 'age', '"age" cannot be "old"']]],
    ['age is missing', [['unreadable-value', 'age', '"age" cannot be "missing"']]],
    [
      'age is 39.5, work is private',
      [
        ['unreadable-value', 'age', '"age" cannot be "39.5"'],
        ['unreadable-value', 'work', '"work" cannot be "private"'],
      ],
    ],
    ['seen is 1970-02-30T00:00', [['unreadable-value', 'seen', '"seen" cannot be "1970-02-30T00:00"']]],
  ])('%j', (sentence, expected) => {
    const { issues } = parseSentence(schema, sentence);
    expect(issues.map(({ code, column, message }) => [code, column, message])).toEqual(expected);
  });

  it('keeps what it could read before and after a bad value', () => {
    const { cells, order } = parseSentence(schema, 'age is old, work is Private, note is "x", boo');
    expect([cells, order]).toEqual([
      [undefined, undefined, 0, undefined, 'x'],
      [2, 4],
    ]);
  });
});
