import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, solve } from '../../src/table/checks/check-values.ts';
import { type Check, checkProblem, parseCheck } from '../../src/table/checks/checks.ts';
import { type Schema, tableSchema } from '../../src/table/schema.ts';

const number = { kind: 'integer' as const, missing: '', min: 0, max: 99 };
const time = { kind: 'datetime' as const, missing: null, format: 'YYYY-MM-DD', min: 0, max: 1e12 };
const schema: Schema = {
  version: 1,
  columns: [
    { ...number, name: 'a' },
    { ...number, name: 'b' },
    { ...number, name: 'hours-per-week' },
    { ...number, name: 'hours' },
    { ...time, name: 'start' },
    { ...time, name: 'end' },
    { name: 'city', kind: 'category', missing: null, values: ['x', 'y'] },
    { name: 'is "open"', kind: 'boolean', missing: null, values: ['no', 'yes'] },
  ],
};
type Comparison = Extract<Check, { is: 'comparison' }>;
const parse = (text: string) => parseCheck(text, schema.columns) as Comparison;

describe('a check', () => {
  it.each<[string, readonly (number | null)[], boolean]>([
    ['a <= b', [1, 2], true],
    ['a<=b', [3, 2], false],
    ['a + b * 2 = 7', [1, 3], true],
    ['(a + b) * 2 = 8', [1, 3], true],
    ['a - b - 1 = 0', [4, 3], true],
    ['-a < b / 2', [4, 3], true],
    ['b != 2 * a', [1, 2], false],
    ['a > b', [null, 2], true],
    ['"a" >= 0.5', [1], true],
    ['hours-per-week > hours', [0, 0, 5, 4], true],
    ['hours - 1 = a', [3, 0, 0, 4], true],
    ['end >= start', [0, 0, 0, 0, 86_400_000, 0], false],
  ])('%s of %j is %s', (text, values, expected) => {
    expect(holds(parse(text), values)).toBe(expected);
  });

  it.each([
    ['a <= c', 'expected a number, a column or "(" at character 6'],
    ['a b', 'expected =, !=, <, <=, > or >= at character 3'],
    ['a <', 'expected a number, a column or "(" at character 4, where it ends'],
    ['a < b b', 'expected the end at character 7'],
    ['(a < b', 'expected ")" at character 4'],
    ['1 < 2', 'it names no column'],
    ['city = a', '"city" is not a number or time'],
    ['end > a', 'a time can only be compared with another'],
    ['end > start + 1', 'a time can only be compared with another'],
    ['combination(city)', 'a combination has at least two columns'],
    ['combination(city, a)', '"a" is not a category'],
    ['process.exit(1)', 'expected a number, a column or "(" at character 1'],
  ])('%s is refused: %s', (text, problem) => {
    expect(checkProblem(text, schema.columns)).toBe(problem);
    const checked = tableSchema.safeParse({ ...schema, checks: ['a <= b', text] });
    expect(checked.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['checks.1', `"${text}": ${problem}`],
    ]);
  });

  it('on combinations names its columns', () => {
    expect(parseCheck('combination(city, "is \\"open\\"")', schema.columns).columns).toEqual([6, 7]);
  });
});

it('solved for one column, holds exactly for the values that the solution names', () => {
  const side = fc.letrec<{ expression: string; leaf: string }>((tie) => ({
    leaf: fc.oneof(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 9 }).map(String)),
    expression: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc
        .tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression'))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    ),
  })).expression;
  const sign = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
  const cell = fc.integer({ min: -9, max: 9 });
  fc.assert(
    fc.property(side, sign, side, cell, cell, (left, operator, right, a, b) => {
      const text = `${left} ${operator} ${right}`;
      fc.pre(/[ab]/.test(text));
      const check = parse(text);
      const asked = solve(check, [undefined, b], 0);
      fc.pre(asked !== undefined);
      const meets =
        typeof asked === 'boolean'
          ? asked
          : {
              '=': a === asked.bound,
              '!=': a !== asked.bound,
              '<': a < asked.bound,
              '<=': a <= asked.bound,
              '>': a > asked.bound,
              '>=': a >= asked.bound,
            }[asked.sign];
      expect(meets).toBe(holds(check, [a, b]));
    }),
    { numRuns: 2000 },
  );
});
