import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortedNumbers } from '../../src/numeric/sorted-numbers.ts';

test('any doubles are sorted as typed arrays sort them, without NaN', () => {
  const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.NaN, 5e-324, -5e-324, 1e308));
  fc.assert(
    fc.property(fc.array(numbers), (values) => {
      const given = Float64Array.from(values);
      const expected = given.slice().sort();
      expect(sortedNumbers(given)).toEqual(expected.filter((value) => !Number.isNaN(value)));
    }),
    { numRuns: 1000 },
  );
});
