import { beforeAll, describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import { concatTables, takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { createScorer, type Scores } from '../../src/validate/score.ts';
import { people } from '../model/tiny-table.ts';

const mean = (scores: Float64Array | undefined) => scores!.reduce((sum, x) => sum + x, 0) / scores!.length;

const all = tableFromRows(people(1200));
const rowsFrom = (from: number, to: number) =>
  takeRows(
    all,
    Array.from({ length: to - from }, (_, i) => from + i),
  );
const [train, others] = [rowsFrom(0, 800), rowsFrom(800, 1200)];
const { schema } = all;
const column = (name: string) => schema.columns.findIndex((each) => each.name === name);

/** The table with another column in one's place. */
const withColumn = (table: Table, name: string, data: Table['columns'][number]): Table => ({
  ...table,
  columns: table.columns.with(column(name), data),
});
const flipped = (table: Table) =>
  withColumn(
    table,
    'rich',
    (table.columns[column('rich')] as Int32Array).map((code) => 1 - code),
  );
const shuffled = (table: Table): Table => ({
  ...table,
  columns: table.columns.map((data, c) => createRandom(5, c).shuffle(data.slice() as Float64Array)),
});

const scorer = createScorer({ schema, train, target: 'rich', seed: 1 });
let [ofTrain, ofOthers, ofShuffled, ofFlipped]: Scores[] = [];

beforeAll(async () => {
  [ofTrain, ofOthers, ofShuffled, ofFlipped] = [
    await scorer.score(train),
    await scorer.score(others),
    await scorer.score(shuffled(others)),
    await scorer.score(flipped(others)),
  ];
});

describe('novelty', () => {
  it('is 0 for a copy and above 0 for any other row', () => {
    expect(new Set(ofTrain!.novelty)).toEqual(new Set([0]));
    expect(Math.min(...ofOthers!.novelty!)).toBeGreaterThan(0);
  });

  it('is 1 for half of the rows that are as far apart as real ones, and for a row that is far from all', async () => {
    const far = ofOthers!.novelty!.filter((score) => score === 1).length / others.rowCount;
    expect(Math.abs(far - 0.5)).toBeLessThan(0.15);
    const odd = tableFromRows([{ age: 17, pay: 260, work: null, rich: true, born: '1950-01-01' }], schema);
    expect((await scorer.score(odd)).novelty).toEqual(Float64Array.of(1));
  });

  it('grows with the distance', async () => {
    const base = takeRows(train, [0]);
    const [pay] = base.columns[column('pay')] as Float64Array;
    const moved = [0, 0.01, 0.5, 2].map((more) => withColumn(base, 'pay', Float64Array.of(pay! + more)));
    const { novelty } = await scorer.score(concatTables(moved as [Table, ...Table[]]));
    expect(novelty![0]).toBe(0);
    for (const i of [1, 2, 3]) expect(novelty![i]!).toBeGreaterThan(novelty![i - 1]!);
  });
});

describe('consistency', () => {
  it('falls where the label is flipped', () => {
    expect(mean(ofOthers!.consistency)).toBeGreaterThan(0.75);
    expect(mean(ofFlipped!.consistency)).toBeLessThan(0.25);
  });

  it('of a number falls the further it is from what goes with the others', async () => {
    const numbers = createScorer({ schema, train, target: 'pay' });
    const pay = others.columns[column('pay')] as Float64Array;
    const means = await Promise.all(
      [0, 20, 60].map(async (more) => {
        const moved = pay.map((x) => x + more);
        return mean((await numbers.score(withColumn(others, 'pay', moved))).consistency);
      }),
    );
    expect(Math.abs(means[0]! - 0.5)).toBeLessThan(0.08);
    expect(means[1]!).toBeLessThan(means[0]! - 0.1);
    expect(means[2]!).toBeLessThan(0.05);
  });

  it('is 1 where the label is missing', async () => {
    const coin = tableFromRows(Array.from({ length: 60 }, (_, i) => ({ x: i, label: [null, 'a', 'b'][i % 3]! })));
    const { consistency } = await createScorer({ schema: coin.schema, train: coin, target: 'label' }).score(coin);
    expect(consistency!.filter((_, i) => i % 3 === 0)).toEqual(new Float64Array(20).fill(1));
  });
});

describe('no row is scored by a model that saw it', () => {
  // Labels are a coin's, but the same in all copies of a row: whoever saw one copy knows the label of the others.
  const random = createRandom(8);
  const coins = tableFromRows(
    Array.from({ length: 150 }, () => ({ x: random.int(1e6), y: random.int(1e6), label: 'ab'[random.int(2)]! })),
  );
  const copies = takeRows(
    coins,
    Array.from({ length: 1500 }, (_, row) => row % 150),
  );

  it('so a label that only a copy tells is no more than a coin', async () => {
    const { consistency } = await createScorer({ schema: coins.schema, train: copies, target: 'label' }).score(coins);
    expect(Math.abs(mean(consistency) - 0.5)).toBeLessThan(0.1);
  });

  it('so real rows can be told neither from themselves nor from their like', async () => {
    const same = await createScorer({ schema: coins.schema, train: copies }).score(coins);
    for (const realism of [same.realism, ofTrain!.realism, ofOthers!.realism]) {
      expect(Math.abs(mean(realism) - 0.5)).toBeLessThan(0.05);
    }
  });
});

describe('realism', () => {
  it('is lower where columns do not belong together', () => {
    expect(mean(ofShuffled!.realism)).toBeLessThan(0.35);
    expect(mean(ofOthers!.realism)).toBeGreaterThan(0.45);
  });

  it('finds in a mixture the rows that do not belong', async () => {
    const { realism } = await scorer.score(concatTables([others, shuffled(others)]));
    const [good, bad] = [realism!.slice(0, 400), realism!.slice(400)];
    expect(mean(good)).toBeGreaterThan(mean(bad) + 0.2);
  });

  it('needs rows to learn from', async () => {
    const few = await scorer.score(takeRows(others, [0, 1, 2]));
    expect([few.realism, few.absent]).toEqual([
      undefined,
      { likelihood: 'needs a model', realism: 'needs 20 real rows and as many to judge' },
    ]);
    expect(few.total).toEqual(few.validity!.map((v, i) => (v + few.consistency![i]! + few.novelty![i]!) / 3));
  });
});

describe('validity', () => {
  it('is the share of columns and checks that a row keeps', async () => {
    const checked = { ...schema, checks: ['pay >= age', 'age > 0'] };
    const good = { age: 30, pay: 90, work: 'Private', rich: false, born: '1994-05-05' };
    const rows = [
      good,
      { ...good, age: 60, pay: 59 },
      { ...good, age: 3 },
      { ...good, work: 'Pirate', born: '5.5.1994' },
      { ...good, age: null },
      { ...good, age: 300, pay: 1, work: 'x', rich: null, born: null },
    ];
    const { validity } = await createScorer({ schema: checked }).score(tableFromRows(rows));
    expect(validity).toEqual(Float64Array.of(1, 6 / 7, 6 / 7, 5 / 7, 6 / 7, 1 / 7));
  });

  it('knows combinations', async () => {
    const places = tableFromRows([
      { city: 'Oslo', land: 'Norway' },
      { city: 'Rome', land: 'Italy' },
      { city: 'Rome', land: 'Norway' },
    ]);
    const schema = { ...places.schema, checks: ['combination(city, land)'] };
    const known = createScorer({
      schema,
      combinations: [
        [
          [0, 1],
          [1, 0],
        ],
      ],
    });
    expect((await known.score(places)).validity).toEqual(Float64Array.of(1, 1, 2 / 3));
    expect((await createScorer({ schema }).score(places)).validity).toEqual(Float64Array.of(1, 1, 1));
  });
});

describe('likelihood', () => {
  /** A model that finds the old likelier. */
  const logProb = async (table: Table) => (table.columns[column('age')] as Float64Array).slice();

  it('is the share of real rows that are less likely', async () => {
    const rows = takeRows(others, [0, 1, 2]);
    const ages = Float64Array.of(20, 40, 75);
    const realLogProbs = [17, 20, 30, 40, 40, 60, 70, 71];
    const { likelihood } = await createScorer({ schema, logProb, realLogProbs }).score(withColumn(rows, 'age', ages));
    expect(likelihood).toEqual(Float64Array.of(1.5 / 8, 4 / 8, 1));
  });

  it('is a half in the mean for rows like the training rows, which stand in where no others are given', async () => {
    const { likelihood } = await createScorer({ schema, train, logProb }).score(others);
    expect(Math.abs(mean(likelihood) - 0.5)).toBeLessThan(0.05);
  });

  it('is 0 for rows that no model of the schema can say', async () => {
    const odd = tableRows(others)
      .slice(0, 3)
      .map((row, i) => (i === 1 ? { ...row, work: 'Pirate' } : row));
    const { likelihood } = await createScorer({ schema, train, logProb }).score(tableFromRows(odd));
    expect([...likelihood!].map((x) => x > 0)).toEqual([true, false, true]);
  });
});

describe('the total', () => {
  it('is the weighted mean of what is there', async () => {
    const weights = { validity: 0, novelty: 3, realism: 0 };
    const { total, consistency, novelty } = await createScorer({
      schema,
      train,
      target: 'rich',
      seed: 1,
      weights,
    }).score(others);
    expect(total).toEqual(novelty!.map((x, row) => (3 * x + consistency![row]!) / 4));
  });

  it('says what is absent and why', async () => {
    const alone = await createScorer({ schema }).score(others);
    expect(alone.total).toEqual(alone.validity);
    const needsReal = 'needs real rows';
    expect(alone.absent).toEqual({
      likelihood: 'needs a model',
      realism: needsReal,
      consistency: needsReal,
      novelty: needsReal,
    });
    const unlabelled = await createScorer({ schema, train }).score(others);
    expect(unlabelled.absent).toEqual({ likelihood: 'needs a model', consistency: 'needs a target' });
  });

  it('is the same for the same seed', async () => {
    expect(await createScorer({ schema, train, target: 'rich', seed: 1 }).score(others)).toEqual(ofOthers);
  });
});

describe('what is refused', () => {
  it.each<[string, () => Promise<unknown>, string, string]>([
    [
      'no such target',
      async () => createScorer({ schema, target: 'Rich' }),
      'option',
      'score: "target": no column "Rich"; did you mean "rich"?',
    ],
    [
      'a column too many',
      () => scorer.score(tableFromRows([{ ...tableRows(others)[0]!, extra: 1 }])),
      'input',
      'unexpected column "extra"',
    ],
    ['a column too few', () => scorer.score(tableFromRows([{ age: 3 }])), 'input', 'no column "pay"'],
    [
      'weights of nothing that can be had',
      () => createScorer({ schema, weights: { validity: 0 } }).score(others),
      'option',
      'score: "weights": no attribute that can be had counts; likelihood needs a model',
    ],
  ])('%s', async (_, work, code, message) => {
    const error = await work().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TabletalkError);
    expect([(error as TabletalkError).code, (error as TabletalkError).message]).toEqual([code, message]);
  });
});
