/** Made-up people with columns that depend on each other, for tests that need a table to be learned from. */
import { createRandom } from '../../src/numeric/random.ts';
import type { Table } from '../../src/table/table.ts';
import { tableOf } from './tables.ts';

/** People whose pay follows age and schooling, and whose being rich follows pay. */
export function people(rows: number, seed: number): Table {
  const random = createRandom(seed);
  const schools = ['none', 'school', 'college', 'doctorate'];
  const all = Array.from({ length: rows }, () => {
    const [age, school] = [18 + random.int(50), random.int(4)];
    const pay = Math.round(100 * (10 + age * 0.4 + school * 12 + random.normal() * 6)) / 100;
    return { age, school, pay, city: 'ABCDE'[Math.min(4, Math.floor(random.uniform() ** 2 * 5))]!, rich: pay > 45 };
  });
  return tableOf({
    age: ['integer', all.map(({ age }) => age)],
    school: ['category', all.map(({ school }) => schools[school]!)],
    pay: ['decimal', all.map(({ pay }) => pay)],
    city: ['category', all.map(({ city }) => city)],
    rich: ['boolean', all.map(({ rich }) => (rich ? 'yes' : 'no'))],
  });
}
