import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeSentence } from '../../src/serialize/sentence/sentence.ts';
import type { Schema } from '../../src/table/schema.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { anyTableInOrder } from '../serialize/any-table.ts';

it('the sentences of a table are its rows', () => {
  fc.assert(
    fc.property(anyTableInOrder, ({ table, rows, orders }) => {
      const sentences = rows.map((row, i) => writeSentence(table.schema, row, orders[i]!));
      const validated = createValidator(table.schema).validate(sentences);
      expect(validated).toEqual({ table, accepted: rows.map(() => true), rejections: [] });
    }),
    { numRuns: 300 },
  );
});

const schema: Schema = {
  version: 1,
  columns: [
    { name: 'age', kind: 'integer', missing: null, min: 17, max: 90 },
    { name: 'pay', kind: 'decimal', missing: 'NA', scale: 2, minScale: 0, min: 0, max: 10 },
    { name: 'born', kind: 'datetime', missing: null, format: 'DD/MM/YYYY', min: 0, max: 86_400_000 },
  ],
};
const good = 'age is 39, pay is 1.5, born is 1970-01-01';
const { check, validate } = createValidator(schema);

describe('what is wrong with a sentence', () => {
  it.each<[string, [string, string | undefined, string][]]>([
    [
      'age',
      [
        ['syntax', undefined, 'cannot read the sentence from character 1'],
        ['absent-column', 'age', 'no "age"'],
        ['absent-column', 'pay', 'no "pay"'],
        ['absent-column', 'born', 'no "born"'],
      ],
    ],
    [`${good}, sex is F`, [['unknown-column', 'sex', 'no column "sex"']]],
    [`${good}, age is 40`, [['repeated-column', 'age', '"age" is said twice']]],
    [good.replace('39', 'old'), [['unreadable-value', 'age', '"age" cannot be "old"']]],
    [good.replace('1.5', '1.555'), [['unreadable-value', 'pay', '"pay" cannot be "1.555"']]],
    ['age is 39, born is 1970-01-02', [['absent-column', 'pay', 'no "pay"']]],
    [good.replace('39', '16'), [['invalid-value', 'age', '"age": Too small: expected number to be >=17']]],
    [good.replace('39', '91'), [['invalid-value', 'age', '"age": Too big: expected number to be <=90']]],
    [good.replace('1.5', '10.01'), [['invalid-value', 'pay', '"pay": Too big: expected number to be <=10']]],
    [good.replace('01-01', '01-03'), [['invalid-value', 'born', '"born": not a time spelled DD/MM/YYYY in range']]],
    [
      good.replace('39', '16').replace('1.5', '-1'),
      [
        ['invalid-value', 'age', '"age": Too small: expected number to be >=17'],
        ['invalid-value', 'pay', '"pay": Too small: expected number to be >=0'],
      ],
    ],
  ])('%s', (sentence, expected) => {
    const result = check(sentence);
    const issues = 'issues' in result ? result.issues : [];
    expect(issues.map(({ code, column, message }) => [code, column, message])).toEqual(expected);
  });

  it('is nothing in a good one, whatever the order', () => {
    expect(check(good)).toEqual({ values: [39, 1.5, 0] });
    expect(check('born is 1970-01-02, age is 17, pay is missing')).toEqual({ values: [17, null, 86_400_000] });
  });
});

describe('many sentences', () => {
  const bad = [good.replace('39', '16'), good.replace('39', 'old'), good.replace('39', '12'), 'age is 39', ''];

  it('pass where they are rows, and are counted by what is wrong with the others', () => {
    const validated = validate([good, ...bad, good.replace('39', '40')]);
    expect(validated.accepted).toEqual([true, false, false, false, false, false, true]);
    expect([...validated.table.columns[0]!]).toEqual([39, 40]);
    expect(validated.rejections).toEqual([
      { code: 'invalid-value', column: 'age', count: 2, message: '"age": Too small: expected number to be >=17' },
      { code: 'unreadable-value', column: 'age', count: 1, message: '"age" cannot be "old"' },
      { code: 'absent-column', column: 'pay', count: 1, message: 'no "pay"' },
      { code: 'absent-column', column: 'age', count: 1, message: 'no "age"' },
    ]);
  });

  it('may be none', () => {
    expect(validate([])).toMatchObject({ table: { rowCount: 0 }, accepted: [], rejections: [] });
  });
});
