/** The battery of membership attacks: finds copies, accuses nobody where there is nothing, and its bounds are exact. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { editDistance, epsilonAtLeast } from '../../src/evaluate/metrics/privacy/attacks.ts';
import { rateAtLeast, rateAtMost } from '../../src/evaluate/metrics/privacy/rate-intervals.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { takeRows } from '../../src/table/select.ts';
import { people } from './people.ts';

const [train, test] = [people(300, 1), people(300, 2)];
const options = { train, test, baselines: false, workers: 1 };

describe('the battery', () => {
  it('finds the members of a copied table, by some attacks nearly all, and says so', async () => {
    const copies = takeRows(train, createRandom(4).shuffle([...Array(300).keys()]));
    const { attacks, verdict } = await evaluate({ ...options, synthetic: copies });
    const auc = new Map(attacks!.attacks.map((each) => [each.name, each.auc.value!]));
    for (const name of ['MC ball', 'LevAtt'] as const) expect(auc.get(name)).toBeGreaterThan(0.95);
    for (const name of ['DCR difference', 'DOMIAS', 'Gen-LRA'] as const) expect(auc.get(name)).toBeGreaterThan(0.55);
    expect(attacks!.worst.low).toBeGreaterThan(0.8);
    expect(Math.max(...attacks!.attacks.map(({ epsilon }) => epsilon.value!))).toBeGreaterThan(2);
    expect(verdict.find(({ text }) => text.startsWith('An attack tells'))!.tone).toBe('poor');
  });

  it('accuses nobody on fresh real rows, for several seeds', async () => {
    for (const seed of [1, 2, 3]) {
      const { attacks, verdict } = await evaluate({ ...options, synthetic: people(300, 20 + seed), seed });
      expect(attacks!.rows).toBe(150);
      expect(attacks!.worst.low).toBeLessThan(0.5);
      expect(verdict.find(({ text }) => text.startsWith('None of seven attacks'))!.tone).toBe('good');
    }
  });

  it('is left out where there are too few unseen rows', async () => {
    const report = await evaluate({ ...options, test: people(19, 2), synthetic: people(60, 3) });
    expect(report.attacks).toBeNull();
  });
});

describe('bounds', () => {
  it('are those of Clopper and Pearson', () => {
    // scipy.stats.binomtest(8, 10).proportion_ci() and (0, 10), (3, 50)
    expect(rateAtLeast(8, 10, 0.025)).toBeCloseTo(0.4439, 4);
    expect(rateAtMost(8, 10, 0.025)).toBeCloseTo(0.97479, 4);
    expect([rateAtLeast(0, 10, 0.025), rateAtMost(10, 10, 0.025)]).toEqual([0, 1]);
    expect(rateAtMost(0, 10, 0.025)).toBeCloseTo(0.3085, 4);
    expect(rateAtLeast(3, 50, 0.025)).toBeCloseTo(0.01255, 4);
    expect(rateAtMost(3, 50, 0.025)).toBeCloseTo(0.16548, 4);
  });

  it('of epsilon are rarely above 0 for scores that know nothing, and grow with the rows for scores that know all', () => {
    const random = createRandom(7);
    const isMember = Int32Array.from({ length: 400 }, (_, row) => (row < 200 ? 1 : 0));
    const blind = Array.from({ length: 100 }, () =>
      epsilonAtLeast(isMember, Float64Array.from(isMember, random.uniform)),
    );
    expect(blind.filter((epsilon) => epsilon > 0).length).toBeLessThanOrEqual(5);
    const sure = (rows: number) => {
      const members = Int32Array.from({ length: 2 * rows }, (_, row) => (row < rows ? 1 : 0));
      return epsilonAtLeast(members, Float64Array.from(members));
    };
    expect(sure(50)).toBeGreaterThan(1);
    expect(sure(500)).toBeGreaterThan(sure(50) + 1);
  });
});

it('the edit distance is Levenshtein’s below its limit', () => {
  const plain = (a: string, b: string): number => {
    if (a === '' || b === '') return a.length + b.length;
    const same = a[0] === b[0] ? 0 : 1;
    return Math.min(plain(a.slice(1), b.slice(1)) + same, plain(a.slice(1), b) + 1, plain(a, b.slice(1)) + 1);
  };
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 8 }), (a, b, limit) => {
      const found = editDistance(a, b, limit);
      if (plain(a, b) < limit) expect(found).toBe(plain(a, b));
      else expect(found).toBeGreaterThanOrEqual(limit);
    }),
  );
});
