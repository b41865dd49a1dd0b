import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors.ts';
import { givenCells, type Where } from '../../src/sample/where.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { textTable } from '../model/tiny-table.ts';

const rows = [
  { age: 17, pay: 1.5, work: 'Private', rich: false, born: '1960-02-29', rank: 1 },
  { age: 90, pay: -2.25, work: 'State-gov', rich: true, born: '2001-12-31', rank: 9 },
  { age: 40, pay: 3, work: null, rich: true, born: '1999-01-01', rank: 4 },
];
const table = tableFromRows(rows);
const codec = createCodec(table.schema, learnGrammar(table));
const said = (where: Where) => givenCells(codec, where).map((tokens) => tokens && codec.text(tokens));

describe('conditions', () => {
  it('are the tokens of their cells, as JavaScript or as text', () => {
    expect(said({})).toEqual(Array(6).fill(undefined));
    const typed = said({ age: 40, pay: 3, work: null, rich: true, born: '1999-01-01', rank: 9 });
    expect(typed).toEqual(['40', '3', 'missing', 'true', '1999-01-01', '9']);
    expect(said({ age: '40', pay: '3.00', rich: 'true', work: 'Private' })).toEqual([
      ...['40', '3', 'Private', 'true', undefined, undefined],
    ]);
  });

  it.each<[Where, string]>([
    [{ agee: 1 }, 'where "agee": no column "agee"; did you mean "age"?'],
    [{ salary: 1 }, 'where "salary": no column "salary"'],
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
  ])('%j', (where, message) => {
    expect(() => said(where)).toThrow(new TabletalkError('option', message));
  });

  it('on text may use any characters, but no more of them than were seen', () => {
    const texts = textTable(['abcdef', 'gh']);
    const textCodec = createCodec(texts.schema, learnGrammar(texts));
    expect(givenCells(textCodec, { note: 'hé' })).toEqual([textCodec.encode(0, 'hé')]);
    expect(() => givenCells(textCodec, { note: 'éé' })).toThrow(
      'cannot satisfy where "note=éé": "note" may have 6 characters, and one that training never had counts as 5',
    );
  });
});
