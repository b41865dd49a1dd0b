/** Tokens of a cell to its value: the reverse of encoding, and what the parser reads in the cell's text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/numeric/random.ts';
import { isEnding, type State } from '../../src/serialize/codec/automaton.ts';
import { createCodec, learnBaseGrammar, learnGrammar } from '../../src/serialize/codec/codec.ts';
import type { Codec, TableGrammar } from '../../src/serialize/codec/grammar.ts';
import { previousIn, quantileBins } from '../../src/serialize/numbers/bins.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { type Value, valueAt } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { isNumeric } from '../../src/table/schema.ts';
import type { Table } from '../../src/table/table.ts';
import { anyTable } from './any-table.ts';
import { baseTokenizers } from './base-tokenizers.ts';

/** The value that the parser reads in the sentence of this one cell. */
function parsed(codec: Codec, column: number, tokens: Int32Array): Value | null | undefined {
  const { cells, issues } = parseSentence(codec.schema, codec.text([...codec.phrase(column, true), ...tokens]));
  expect(issues).toEqual([]);
  return cells[column];
}

/** Some cell that the grammar admits. */
function anyCell(codec: Codec, column: number, random: Random): Int32Array {
  const tokens: number[] = [];
  for (let state: State = codec.start(column); state.tokens.length > 0; ) {
    const index = random.int(state.tokens.length);
    const token = state.tokens[index]!;
    state = state.next(index);
    if (!isEnding(token, state, codec.endings)) tokens.push(token);
  }
  return Int32Array.from(tokens);
}

/** The learned grammar, and one with a single range for each sign, in which nearly every number is spelled digit by digit. */
function grammarsOf({ schema, columns }: Table, grammar: TableGrammar): TableGrammar[] {
  const cells = grammar.cells.map((cell, i) => {
    const column = schema.columns[i]!;
    return isNumeric(column)
      ? { ...cell, bins: quantileBins(columns[i] as Float64Array, 1, previousIn(column)) }
      : cell;
  });
  return [grammar, { ...grammar, cells }];
}

function expectSame(codec: Codec, table: Table, seed: number): void {
  const random = createRandom(seed);
  for (const [column, data] of table.columns.entries()) {
    for (let row = 0; row < table.rowCount; row++) {
      const value = valueAt(data, row);
      if (!codec.canSay(column, value)) continue;
      const tokens = codec.encode(column, value);
      // toBe tells -0 from 0.
      expect(codec.decode(column, tokens)).toBe(value);
      expect(parsed(codec, column, tokens)).toBe(value);
    }
    for (let time = 0; time < 20; time++) {
      const tokens = anyCell(codec, column, random);
      expect(codec.decode(column, tokens)).toBe(parsed(codec, column, tokens));
    }
  }
}

describe('tokens are decoded to the cell that they were encoded from, and to what the parser reads', () => {
  it.each([1, 2] as const)('of any table, %i digits to a token', (width) => {
    fc.assert(
      fc.property(anyTable, fc.nat(), ({ table }, seed) => {
        for (const grammar of grammarsOf(table, learnGrammar(table, width))) {
          expectSame(createCodec(table.schema, grammar), table, seed);
        }
      }),
      { numRuns: 200 },
    );
  });

  const columns: Record<string, string[]> = {
    'negative zero': ['-0.0', '0.0', '0.5', '-1.5'],
    'doubles of 17 digits': ['0.30000000000000004', '123.45', '2.2250738585072014e-308', '1.7976931348623157e308'],
    'sums of money': ['$1,234.50', '$0.99', '($12.00)', '$1,000,000.00'],
    'decimal commas and percent': ['12,5 %', '0,1 %', '99,95 %', '100 %'],
    'large whole numbers': ['9007199254740991', '-9007199254740991', '0', '12'],
    'twenty decimals': ['0.12345678901234567891', '0.5', '1.00000000000000000001', '3'],
    exponents: ['6.626e-34', '0', '-1.5e10', '9.999e99'],
    weeks: ['2020-W53', '2021-W01', '1999-W10', '2004-W52'],
    months: ['2020-12', '2021-01', '0000-02', '9999-12'],
    microseconds: ['2024-02-29 23:59:59.999999', '1970-01-01 00:00:00.000001', '1969-12-31 23:59:59.999998'],
    'times of day': ['23:59:59.123456', '00:00:00.000000', '12:30:15.500001'],
    'far years': ['0000-01-01', '9999-12-31', '1582-10-15', '2000-02-29'],
    'quotes, escapes and controls': ['say "hi"', 'a\\b', 'tab\there', '<|eos|>', 'é😀𝄞', '\u2028 missing', 'missing'],
  };
  it.each(
    Object.entries(columns).flatMap(([name, cells]) => ([1, 2] as const).map((width) => [name, width, cells] as const)),
  )('%s, %i digits to a token', (_, width, cells) => {
    const quoted = [...cells, ''].map((cell) => `"${cell.replaceAll('"', '""')}"\n`).join('');
    const table = tableFromText(parseCsv(`x\n${quoted}`, 'x.csv').text);
    for (const grammar of grammarsOf(table, learnGrammar(table, width))) {
      expectSame(createCodec(table.schema, grammar), table, 1);
    }
  });

  it.each(Object.entries(baseTokenizers))('in the tokens of %s', (_, base) => {
    fc.assert(
      fc.property(anyTable, fc.nat(), ({ table: { schema, ...data } }, seed) => {
        // Some tokenizers have no token for what a template may hold.
        const { template: _, ...plain } = schema;
        const table = { ...data, schema: plain };
        expectSame(createCodec(plain, learnBaseGrammar(table, base)), table, seed);
      }),
      { numRuns: 20 },
    );
  });
});
