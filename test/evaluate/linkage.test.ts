/** Linkability and attribute inference: high for a generator that copies, near nothing for one that does not, and right by hand. */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { takeRows } from '../../src/table/select.ts';
import { people } from './people.ts';
import { tableOf } from './tables.ts';

const [train, test] = [people(400, 1), people(400, 2)];
const options = { train, test, baselines: false, workers: 1 };

describe('linkage', () => {
  it('is easy with a copied table: halves of a row meet again, and cells are told', async () => {
    const copies = takeRows(train, createRandom(4).shuffle([...Array(400).keys()]));
    const { linkage, verdict } = await evaluate({ ...options, synthetic: copies });
    const { linkability, inference } = linkage!;
    expect(linkability.synthetic.attacks).toBe(400);
    expect(linkability.synthetic.attack.value).toBeGreaterThan(0.9);
    expect(linkability.synthetic.risk.low).toBeGreaterThan(0.8);
    // Hardly anybody's pay is in the table by chance; that of a copied person is.
    const city = inference.columns.find(({ column }) => column === 'city')!.synthetic;
    expect([city.attack.value > 0.95, city.control.value < 0.5, city.risk.low > 0.8]).toEqual([true, true, true]);
    expect(inference.worst.synthetic.attacks).toBe(200);
    expect(inference.worst.synthetic.risk.low).toBeGreaterThan(0.5);
    expect(inference.worst.test!.risk.low).toBe(0);
    expect(verdict.find(({ text }) => text.startsWith('Whoever knows some cells'))!.tone).toBe('poor');
  });

  it('is no more than chance with fresh rows, though columns tell each other, for several seeds', async () => {
    for (const seed of [1, 2, 3]) {
      const { linkage, verdict } = await evaluate({ ...options, synthetic: people(400, 20 + seed), seed });
      expect(linkage!.linkability.synthetic.risk.low).toBeLessThan(0.05);
      expect(linkage!.inference.worst.synthetic.risk.low).toBeLessThan(0.3);
      // Who is rich follows from the pay: told of everybody, so no risk of training's people.
      const rich = linkage!.inference.columns.find(({ column }) => column === 'rich')!.synthetic;
      expect([rich.attack.value > 0.85, rich.control.value > 0.85]).toEqual([true, true]);
      const text = 'Whoever knows some cells of a person learns hardly more';
      expect(verdict.find((each) => each.text.startsWith(text))!.tone).toBe('good');
    }
  });

  it('counts what can be counted by hand: numbers within 5 %, missing cells as values', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => 100 * (i + 1));
    const make = (keys: number[], factor: number, name: string | null) =>
      tableOf({
        key: ['integer', keys],
        value: ['integer', keys.map((x) => x * factor)],
        name: ['category', keys.map((_, i) => (i === 0 ? 'known' : name))],
      });
    const real = make(numbers, 1000, null);
    const found = async (factor: number) => {
      const synthetic = make(numbers, factor, null);
      const unseen = make([...numbers].reverse(), 7, 'other');
      const { linkage } = await evaluate({ ...options, train: real, test: unseen, synthetic });
      return linkage!.inference.columns.map(({ synthetic: { attack, attacks } }) => {
        const share = (successes: number) => (successes + 1.92073) / (attacks + 3.84146);
        return Math.round(attacks * ((attack.value - share(0)) / (share(attacks) - share(0))));
      });
    };
    expect(await found(1000)).toEqual([20, 20, 20]);
    expect((await found(1040)).slice(1)).toEqual([20, 20]);
    expect((await found(1070))[1]).toBeCloseTo(0, 9);
  });

  it('is left out where there are too few unseen rows, and undecided where there are few', async () => {
    expect((await evaluate({ ...options, test: people(9, 2), synthetic: people(60, 3) })).linkage).toBeNull();
    const { verdict } = await evaluate({ ...options, test: people(60, 2), synthetic: people(60, 3) });
    expect(verdict.find(({ text }) => text.startsWith('Too few unseen rows to say what'))!.tone).toBe('fair');
  });
});
