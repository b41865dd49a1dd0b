import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { tableOf } from './tables.ts';

const homes = { Adelie: ['Dream', 'Biscoe'], Chinstrap: ['Dream'], Gentoo: ['Biscoe'] } as const;
const islands = ['Dream', 'Biscoe', 'Torgersen'];
type Species = keyof typeof homes;

/** Species on their islands; a `wrong` share of the rows are on any island. Colours go with nothing. */
function penguins(rows: number, seed: number, wrong = 0): Table {
  const random = createRandom(seed);
  const one = () => {
    const species = Object.keys(homes)[random.int(3)] as Species;
    const home = homes[species][random.int(homes[species].length)]!;
    const island = random.uniform() < wrong ? islands[random.int(2)]! : home;
    return { species, island, colour: ['black', 'white', 'grey'][random.int(3)]!, code: `c${random.int(200)}` };
  };
  const all = Array.from({ length: rows }, one);
  const cells = (name: keyof (typeof all)[number]) => ['category', all.map((row) => row[name])] as const;
  return tableOf({ species: cells('species'), island: cells('island'), colour: cells('colour'), code: cells('code') });
}

const judge = (synthetic: Table, test?: Table) =>
  evaluate({ train: penguins(300, 1), synthetic, ...(test && { test }), baselines: false, workers: 1 });
const toneOf = ({ verdict }: Awaited<ReturnType<typeof judge>>) =>
  verdict.find(({ text }) => text.includes('two categories that never meet'))?.tone;

describe('unseen combinations', () => {
  it.each([undefined, penguins(100, 2)])('are rows to mend, with and without real test rows', async (test) => {
    const wrong = await judge(penguins(200, 3, 0.6), test);
    const kinds = (table: Table) => table.schema.columns.slice(0, 2).map((c) => ('values' in c ? c.values : []));
    const synthetic = penguins(200, 3, 0.6);
    const [species, places] = kinds(synthetic) as [string[], string[]];
    const expected = Array.from({ length: 200 }, (_, row) => {
      const [a, b] = [species[synthetic.columns[0]![row] as number]!, places[synthetic.columns[1]![row] as number]!];
      return !(homes[a as Species] as readonly string[]).includes(b);
    }).filter(Boolean).length;
    expect(wrong.combinations.value).toBeCloseTo(expected / 200, 12);
    expect(expected).toBeGreaterThan(20);
    expect(wrong.combinations.pairs.map(({ columns }) => columns)).toEqual([['species', 'island']]);
    expect(toneOf(wrong)).toBe('poor');
    expect(wrong.verdict[0]!.tone).toBe('poor');
    expect(toneOf(await judge(penguins(200, 4), test))).toBe('good');
  });

  it('are not looked for where chance explains what training lacks', async () => {
    const random = createRandom(5);
    const loose = (rows: number) =>
      tableOf({
        town: ['category', Array.from({ length: rows }, () => `t${random.int(40)}`)],
        street: ['category', Array.from({ length: rows }, () => `s${random.int(40)}`)],
      });
    const report = await evaluate({ train: loose(300), synthetic: loose(300), baselines: false, workers: 1 });
    expect(report.combinations).toMatchObject({ value: null, pairs: [] });
  });

  it('are counted beside what real rows have where most towns have one street', async () => {
    const table = (rows: number, seed: number) => {
      const random = createRandom(seed);
      const towns = Array.from({ length: rows }, () => random.int(60));
      const of = (letter: string) => ['category', towns.map((town) => `${letter}${town}`)] as const;
      return tableOf({ town: of('t'), zip: of('z') });
    };
    const train = table(400, 1);
    const fine = await evaluate({ train, synthetic: table(400, 2), baselines: false, workers: 1 });
    expect([fine.combinations.value, toneOf(fine)]).toEqual([0, 'good']);
    const zips = Int32Array.from(createRandom(3).shuffle(Array.from(train.columns[1] as Int32Array)));
    const mixed = { ...train, columns: [train.columns[0]!, zips] };
    expect(toneOf(await evaluate({ train, synthetic: mixed, baselines: false, workers: 1 }))).toBe('poor');
  });

  it('never occur among the training rows', async () => {
    const train = penguins(60, 7);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(59), { minLength: 1, maxLength: 20 }), async (rows) => {
        const { combinations } = await evaluate({
          train,
          synthetic: takeRows(train, rows),
          baselines: false,
          workers: 1,
        });
        expect(combinations.value ?? 0).toBe(0);
      }),
      { numRuns: 15 },
    );
  });
});
