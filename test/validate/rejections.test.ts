import { expect, it } from 'vitest';
import { tableFromRows } from '../../src/table/rows.ts';
import { rejectionsOf } from '../../src/validate/rejections.ts';

const known = tableFromRows([
  { age: 17, kind: 'cat' },
  { age: 60, kind: 'dog' },
  { age: 30, kind: 'dog' },
]);
const schema = { ...known.schema, checks: ['age > 20'] };

it('rows of a table are rejected once each, by the first that is wrong, and counted', () => {
  const made = tableFromRows([
    { age: 30, kind: 'dog' },
    { age: 18, kind: 'cat' },
    { age: 19, kind: 'dog' },
    { age: 95, kind: 'fish' },
    { age: 40, kind: 'fish' },
  ]);
  const found = rejectionsOf(made, schema).map(({ code, column, count }) => [code, column, count]);
  expect(found).toEqual([
    ['broken-check', undefined, 2],
    ['invalid-value', 'age', 1],
    ['unreadable-value', 'kind', 1],
  ]);
  expect(rejectionsOf(known, known.schema)).toEqual([]);
});
