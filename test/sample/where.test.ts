import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { readWhere, type Where, whereSchema } from '../../src/sample/conditions/where.ts';
import { requestOf } from '../../src/sample/requests/row-request.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import type { Codec } from '../../src/serialize/codec/grammar.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { textTable } from '../model/tiny-table.ts';
import { pathsFrom } from '../serialize/paths.ts';

const rows = [
  { age: 17, pay: 1.5, work: 'Private', rich: false, born: '1960-02-29', rank: 1 },
  { age: 90, pay: -2.25, work: 'State-gov', rich: true, born: '2001-12-31', rank: 9 },
  { age: 40, pay: 3, work: null, rich: true, born: '1999-01-01', rank: 4 },
];
const table = tableFromRows(rows);
const codec = createCodec(table.schema, learnGrammar(table));
const given = (asked: Where, by: Codec = codec) => {
  const sets = readWhere(by, asked).map((one) => one?.set);
  return requestOf(by, { sets, first: [], shown: '' }).given;
};
const said = (where: Where) => given(where).map((tokens) => tokens && codec.text(tokens));
/** Every text that a column may have under conditions. */
const allowed = (where: Where) =>
  readWhere(codec, where).flatMap((one, column) =>
    one ? [[...pathsFrom(codec.restrict(column, one.set)!)].map((tokens) => codec.text(tokens))] : [],
  );

describe('conditions', () => {
  it('are the tokens of their cells, as JavaScript or as text', () => {
    expect(said({})).toEqual(Array(6).fill(undefined));
    const typed = said({ age: 40, pay: 3, work: null, rich: true, born: '1999-01-01', rank: 9 });
    expect(typed).toEqual(['40', '3', 'missing', 'true', '1999-01-01', '9']);
    expect(said({ age: '40', pay: '3.00', rich: 'true', work: 'Private' })).toEqual([
      ...['40', '3', 'Private', 'true', undefined, undefined],
    ]);
  });

  it('are numbers as the file spells them, with marks between thousands or without, or plain ones', () => {
    const prices = tableFromRows(['$950.50', '$1,500.00', '$2,000.25'].map((price) => ({ price })));
    const ofPrices = createCodec(prices.schema, learnGrammar(prices));
    const present = (price: Where[string]) => readWhere(ofPrices, { price })[0]!.set.present;
    for (const cell of ['$1,500.00', '$1500', '1500', 1500]) expect(present(cell)).toEqual(present({ eq: 1500 }));
    for (const bound of ['$1,500', '$1500.00', '1500.00', 1500]) {
      expect(present({ gte: bound })).toEqual(present({ gte: 1500 }));
    }
    expect(present({ gte: '1499.995' })).toEqual(present({ gte: 1499.995 }));
    expect(() => present({ gte: '€1,500' })).toThrow('expected a number, got "€1,500"');
    expect(() => present('1,5')).toThrow('expected a number spelled like $2,000.25, got "1,5"');
  });

  it.each<[Where, string, column?: string]>([
    [{ agee: 1 }, 'where "agee": no column "agee"; did you mean "age"?', 'agee'],
    [{ salary: 1 }, 'where "salary": no column "salary"', 'salary'],
    [{ age: 'abc' }, 'cannot satisfy where "age=abc": expected a whole number, got "abc"'],
    [{ age: true }, 'cannot satisfy where "age=true": expected a whole number, got "true"'],
    [{ age: 200 }, 'cannot satisfy where "age=200": "age" was 17..90 in training'],
    [{ age: -1 }, 'cannot satisfy where "age=-1": "age" was 17..90 in training'],
    [{ age: null }, 'cannot satisfy where "age is missing": "age" was never missing in training'],
    [{ pay: 1.555 }, 'cannot satisfy where "pay=1.555": expected a number with at most 2 decimals, got "1.555"'],
    [{ pay: 99 }, 'cannot satisfy where "pay=99": "pay" was -2.25..3 in training'],
    [{ rank: 5 }, 'cannot satisfy where "rank=5": "rank" never had this value in training'],
    [
      { work: 'private' },
      'cannot satisfy where "work=private": expected one of "Private", "State-gov", got "private"; did you mean "Private"?',
    ],
    [{ rich: 'maybe' }, 'cannot satisfy where "rich=maybe": expected "false" or "true", got "maybe"'],
    [
      { born: '1960-02-30' },
      'cannot satisfy where "born=1960-02-30": expected a time spelled YYYY-MM-DD, got "1960-02-30"',
    ],
    [{ born: '1950-01-01' }, 'cannot satisfy where "born=1950-01-01": "born" was 1960-02-29..2001-12-31 in training'],
  ])('%j', (where, message, column) => {
    expect(() => said(where)).toThrow(new TabletalkError('option', message, { column }));
  });

  it('on text may use any characters, but no more of them than were seen', () => {
    const texts = textTable(['abcdef', 'gh']);
    const textCodec = createCodec(texts.schema, learnGrammar(texts));
    expect(given({ note: 'hé' }, textCodec)).toEqual([textCodec.encode(0, 'hé')]);
    expect(() => given({ note: 'éé' }, textCodec)).toThrow(
      'cannot satisfy where "note=éé": "note" may have 6 characters, and one that training never had counts as 5',
    );
  });

  it('are ranges, lists, exclusions and missing, all of which must hold', () => {
    expect(allowed({ age: { gte: 40 } })).toEqual([['40', '90']]);
    expect(allowed({ age: { gt: 40, lte: '90' } })).toEqual([['90']]);
    expect(allowed({ age: [{ ne: 40 }, { lt: 90 }] })).toEqual([['17']]);
    expect(allowed({ age: { gt: 16.5, lt: 17.5 } })).toEqual([['17']]);
    expect(allowed({ pay: { in: [3, '1.50'] } })).toEqual([['1.5', '3']]);
    expect(allowed({ work: { ne: 'Private' } })).toEqual([['State-gov']]);
    expect(allowed({ work: { missing: false } })).toEqual([['Private', 'State-gov']]);
    expect(allowed({ work: [{ missing: true }] })).toEqual([['missing']]);
    expect(allowed({ rich: { in: [true, 'false'] } })).toEqual([['false', 'true']]);
    expect(allowed({ born: { lt: '2000-01-01' } })).toEqual([['1960-02-29', '1999-01-01']]);
    expect(allowed({ born: { gte: '1999-01-01T12:00' } })).toEqual([['2001-12-31']]);
  });

  it('may be Dates on columns of times, in UTC', () => {
    const noon = new Date('1999-01-01T12:00Z');
    expect(said({ born: new Date('1999-01-01') })).toEqual(said({ born: '1999-01-01' }));
    expect(allowed({ born: { gte: noon } })).toEqual([['2001-12-31']]);
    expect(allowed({ born: { in: [new Date('1960-02-29'), '2001-12-31'] } })).toEqual([['1960-02-29', '2001-12-31']]);
    expect(() => said({ born: noon })).toThrow(
      'cannot satisfy where "born=1999-01-01T12:00:00.000Z": "born" never had',
    );
    for (const name of ['age', 'work', 'rich']) expect(() => said({ [name]: noon })).toThrow('got a Date');
    expect(() => said({ work: { gt: noon } })).toThrow('"work" has no order');
    expect(whereSchema.safeParse({ born: new Date('never') }).success).toBe(false);
  });

  it('on a category with an order are bounds too', () => {
    const sizes = tableFromRows(['S', 'M', 'L', 'S', 'M', 'L'].map((size) => ({ size })));
    const column = { name: 'size', kind: 'category' as const, missing: null, values: ['S', 'M', 'L'], ordered: true };
    const ordered = createCodec({ version: 1, columns: [column] }, learnGrammar(sizes));
    const codes = (where: Where) => readWhere(ordered, where)[0]!.set.present;
    expect(codes({ size: { gte: 'M' } })).toEqual({ is: 'codes', codes: [1, 2] });
    expect(codes({ size: { lt: 'M' } })).toEqual({ is: 'codes', codes: [0] });
    expect(() => codes({ size: { gt: 'L' } })).toThrow('cannot satisfy where "size>L": no other value is known');
    expect(() => codes({ size: { gt: 'XL' } })).toThrow(
      'cannot satisfy where "size>XL": expected one of "S", "M", "L"',
    );
  });

  it.each<[Where, string]>([
    [{ age: { gte: 200 } }, 'cannot satisfy where "age>=200": "age" was 17..90 in training'],
    [{ age: { lt: 17 } }, 'cannot satisfy where "age<17": "age" was 17..90 in training'],
    [{ age: { gt: 'old' } }, 'cannot satisfy where "age>old": expected a number, got "old"'],
    [{ born: { gt: 'old' } }, 'cannot satisfy where "born>old": expected a time spelled YYYY-MM-DD, got "old"'],
    [{ work: { gt: 'A' } }, 'cannot satisfy where "work>A": "work" has no order; use =, != or in'],
    [{ age: { missing: true } }, 'cannot satisfy where "age is missing": "age" was never missing in training'],
    [
      { work: { in: ['Private', 'Guard'] } },
      'cannot satisfy where "work in Private|Guard": expected one of "Private", "State-gov", got "Guard"',
    ],
    [{ age: { gt: 40, lt: 50 } }, 'cannot satisfy where "age<50" with where "age>40"'],
    [
      { work: [{ missing: true }, { ne: 'Private' }] },
      'cannot satisfy where "work!=Private" with where "work is missing"',
    ],
  ])('%j', (where, message) => {
    expect(() => readWhere(codec, where)).toThrow(new TabletalkError('option', message));
  });

  it.each<{ condition: unknown }>(
    [
      ...[{ gte: null }, { above: 3 }, [3], { in: 3 }, {}, [], { gte: undefined }, [{ gte: 3 }, {}]],
      ...[new Set(['a']), new Map([['gte', 3]]), /a/, new Uint8Array(2), () => 3, Promise.resolve('a')],
    ].map((condition) => ({ condition })),
  )('are not $condition', ({ condition }) => {
    const { issues } = whereSchema.safeParse({ a: condition }).error!;
    expect([...new Set(issues.map(({ path }) => path[0]))]).toEqual(['a']);
  });
});
