import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { writeSentence } from '../../src/serialize/sentence/sentence.ts';
import { valueAt } from '../../src/table/cells.ts';
import { tableRows } from '../../src/table/rows.ts';
import { rowSchema } from '../../src/validate/row-schema.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { peopleTable } from '../model/tiny-table.ts';
import { anyTableInOrder } from '../serialize/any-table.ts';

const table = peopleTable(60);
const { schema } = table;
const validator = createValidator(schema);

/** Whatever is said: rows that the schema holds, and for every other sentence what is wrong with it. */
function expectSound({ check, validate }: typeof validator, sentences: readonly string[]): number {
  const row = rowSchema(schema);
  const { table, accepted, rejections } = validate(sentences);
  for (const cells of tableRows(table)) expect(row.safeParse(cells).error).toBeUndefined();
  for (const [i, sentence] of sentences.entries()) {
    const result = check(sentence);
    expect('values' in result).toBe(accepted[i]);
    if ('issues' in result) {
      for (const { code, message } of result.issues)
        expect([code, message].every((text) => text.length > 3)).toBe(true);
      expect(result.issues.length).toBeGreaterThan(0);
    }
  }
  expect(rejections.reduce((sum, { count }) => sum + count, table.rowCount)).toBe(sentences.length);
  return table.rowCount;
}

describe('garbage is told from rows', () => {
  it('when tokens come in any order, as from a model that learned nothing', () => {
    const codec = createCodec(schema, learnGrammar(table));
    const random = createRandom(3);
    const babble = Array.from({ length: 1500 }, () =>
      codec.text(Int32Array.from({ length: random.int(40) }, () => random.int(codec.vocabSize))),
    );
    expect(expectSound(validator, babble)).toBe(0);
  });

  it('when a sentence is cut off, doubled, or has characters changed', () => {
    const random = createRandom(4);
    const good = table.columns[0]!.length;
    const sentences = Array.from({ length: good }, (_, row) => sentenceOf(row));
    const spoilt = sentences.flatMap((sentence) => {
      const at = random.int(sentence.length);
      return [
        sentence.slice(0, at),
        sentence + sentence,
        sentence.slice(0, at) + 'aZ"\\,\n 9é<'[random.int(10)] + sentence.slice(at + 1),
        sentence.slice(0, at) + sentence.slice(at + 1),
        sentence.replaceAll(' is ', ': '),
      ];
    });
    expect(expectSound(validator, sentences)).toBe(good);
    expect(expectSound(validator, spoilt)).toBeLessThan(spoilt.length / 2);
  });

  it('when it is any text at all', () => {
    const word = fc.constantFrom(
      'age',
      ' is ',
      ', ',
      'pay',
      '39',
      'missing',
      '"',
      '\\',
      'rich',
      'true',
      '1990-01-01',
      '\n',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }), (words) => {
        expectSound(validator, [words.join('')]);
      }),
      { numRuns: 500 },
    );
  });
});

function sentenceOf(row: number): string {
  const values = table.columns.map((data) => valueAt(data, row));
  return writeSentence(schema, values, schema.columns.keys());
}

it('blanks around a sentence are no part of it', () => {
  fc.assert(
    fc.property(anyTableInOrder, ({ table, rows, orders }) => {
      fc.pre(!table.schema.template);
      const sentences = rows.map((row, i) => `\n ${writeSentence(table.schema, row, orders[i]!)} \n`);
      expect(createValidator(table.schema).validate(sentences).table).toEqual(table);
    }),
    { numRuns: 100 },
  );
});

describe('rules', () => {
  const checked = { ...schema, checks: ['pay >= age', 'age < 60'] };
  const say = (age: number, pay: number) =>
    `age is ${age}, pay is ${pay}, work is Private, rich is true, born is 1990-01-01`;

  it('that a row breaks are its issues, counted by rule', () => {
    const validator = createValidator(checked);
    const result = validator.check(say(61, 60.5));
    expect('issues' in result && result.issues).toEqual([
      { code: 'broken-check', message: '"pay >= age" does not hold' },
      { code: 'broken-check', message: '"age < 60" does not hold' },
    ]);
    const { rejections, accepted } = validator.validate([
      say(30, 90),
      say(61, 60.5),
      say(62, 90),
      say(63, 95),
      say(300, 90),
    ]);
    expect(accepted).toEqual([true, false, false, false, false]);
    expect(rejections.map(({ code, message, count }) => [code, message, count])).toEqual([
      ['broken-check', '"age < 60" does not hold', 2],
      ['broken-check', '"pay >= age" does not hold', 1],
      ['invalid-value', expect.stringContaining('"age": Too big'), 1],
    ]);
  });

  it('can be left unchecked', () => {
    expect(createValidator(checked, { checks: false }).validate([say(61, 60.5)]).accepted).toEqual([true]);
  });

  it('of combinations are judged where these are known', () => {
    const columns = [
      { name: 'city', kind: 'category' as const, missing: '', values: ['Oslo', 'Rome'] },
      { name: 'land', kind: 'category' as const, missing: '', values: ['Italy', 'Norway'] },
    ];
    const schema = { version: 1 as const, columns, checks: ['combination(city, land)'] };
    const known = createValidator(schema, {
      combinations: [
        [
          [0, 1],
          [1, 0],
          [1, -1],
        ],
      ],
    });
    const sentences = [
      'city is Oslo, land is Norway',
      'city is Oslo, land is Italy',
      'city is Rome, land is missing',
      'city is Oslo, land is missing',
    ];
    expect(known.validate(sentences).accepted).toEqual([true, false, true, false]);
    expect(createValidator(schema).validate(sentences).accepted).toEqual([true, true, true, true]);
  });
});

describe('a row said again', () => {
  const [a, b] = [sentenceOf(0), sentenceOf(1)];

  it('is a row of its own unless told otherwise', () => {
    expect(validator.validate([a, b, a, a]).accepted).toEqual([true, true, true, true]);
    const strict = createValidator(schema, { duplicates: false });
    for (const _ of [1, 2]) {
      const { accepted, rejections } = strict.validate([a, b, a, 'age', a]);
      expect(accepted).toEqual([true, true, false, false, false]);
      expect(rejections.map(({ code, count }) => [code, count])).toEqual([
        ['repeated-row', 2],
        ['syntax', 1],
      ]);
    }
  });
});
