import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import type { Figure } from '../../src/evaluate/report/figure-schema.ts';
import { reportSchema } from '../../src/evaluate/report/report.ts';
import { mixedTable, shuffled, tableOf } from './tables.ts';

/** Categories are summed in another order when other tables bring other ones: the last digits may differ. */
function nearly(value: number | null): unknown {
  return value === null ? null : expect.closeTo(value, 10);
}

const small = tableOf({
  age: ['integer', [20, 30, 40, 50]],
  pay: ['decimal', [1.5, 2.5, 2.0, 4.5]],
  city: ['category', ['Bonn', 'Ulm', 'Bonn', 'Bonn']],
  owns: ['boolean', ['no', 'yes', 'no', 'yes']],
});

describe('evaluate', () => {
  it('gives a shuffled copy full marks, and says that it is a copy', async () => {
    const report = await evaluate({ train: small, synthetic: shuffled(small), target: 'city', baselines: false });
    expect(report.columnShapes.value).toBe(1);
    expect(report.columnPairTrends.value).toBeCloseTo(1, 12);
    expect(report.validity.value).toBe(1);
    expect(report.missingValues.value).toBe(1);
    expect(report.copies.copiesOfTrain).toEqual({ value: 1, reference: null });
    expect(report.target?.classes).toEqual([
      { value: 'Bonn', train: 0.75, synthetic: 0.75, test: null },
      { value: 'Ulm', train: 0.25, synthetic: 0.25, test: null },
    ]);
    expect(report.verdict.map(({ text }) => text)).toContain(
      '4 rows (100 %) are exact copies of training rows. Without a test table nobody can say whether real rows would repeat training as often.',
    );
  });

  it('gives every figure the reference that the test rows score in the synthetic place', async () => {
    await fc.assert(
      fc.asyncProperty(mixedTable, mixedTable, mixedTable, async (train, synthetic, test) => {
        const report = await evaluate({ train, synthetic, test, target: 'city', baselines: false });
        const swapped = await evaluate({ train, synthetic: test, target: 'city', baselines: false });
        const references = (figures: readonly Figure[]) => figures.map(({ reference }) => reference);
        const values = (figures: readonly Figure[]) => figures.map(({ value }) => nearly(value));
        expect(references(report.columnShapes.columns)).toEqual(values(swapped.columnShapes.columns));
        expect(references(report.columnPairTrends.pairs)).toEqual(values(swapped.columnPairTrends.pairs));
        expect(references(report.validity.columns)).toEqual(values(swapped.validity.columns));
        const [own, other] = [report, swapped].map((each) => [
          each.columnShapes,
          each.columnPairTrends,
          each.validity,
          each.missingValues,
          each.copies.copiesOfTrain,
          each.copies.duplicateRows,
          each.target!.shape,
          each.target!.trends,
        ]);
        expect(references(own!)).toEqual(values(other!));
      }),
      { numRuns: 15 },
    );
  });

  it('reports any tables as JSON, HTML and text, with shares that sum to 1', async () => {
    await fc.assert(
      fc.asyncProperty(
        mixedTable,
        mixedTable,
        fc.option(mixedTable, { nil: undefined }),
        async (train, synthetic, test) => {
          const report = await evaluate(
            test ? { train, synthetic, test, target: 'age' } : { train, synthetic, baselines: false },
          );
          expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual({ ...report });
          expect(Object.keys(report)).not.toContain('toHtml');
          expect(report.toHtml()).not.toMatch(/NaN|undefined[^:]|Infinity|\[object/);
          expect(report.toText()).not.toMatch(/NaN|undefined|Infinity|\[object/);
          for (const distribution of report.distributions) {
            if (distribution.type === 'none') continue;
            const total = distribution.shares.synthetic.reduce((a, b) => a + b, 0);
            if (total > 0) expect(total).toBeCloseTo(1, 12);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('maps categories by their strings and columns by their names', async () => {
    const train = tableOf({ x: ['category', ['a', 'b', 'b']], y: ['integer', [1, 2, 3]] });
    const synthetic = tableOf({ y: ['integer', [1, 2, 3]], x: ['category', ['b', 'b', 'c']] });
    const report = await evaluate({ train, synthetic });
    expect(report.columnShapes.columns[0]!.value).toBeCloseTo(2 / 3, 6);
    expect(report.distributions[0]).toMatchObject({ values: ['b', 'a'], shares: { synthetic: [2 / 3, 0, 0, 1 / 3] } });
    expect(report.columnShapes.columns[1]!.value).toBe(1);
  });

  it('compares whole numbers with decimals and booleans with categories, which a file read alone may be taken for', async () => {
    const train = tableOf({ x: ['decimal', [1.5, 2]], y: ['boolean', ['no', 'yes']] });
    const synthetic = tableOf({ x: ['integer', [1, 2]], y: ['category', ['yes', 'yes']] });
    const report = await evaluate({ train, synthetic });
    expect(report.columnShapes.columns.map(({ value }) => value)).toEqual([0.5, 0.5]);
  });
});

describe('the call', () => {
  const call = (options: unknown) => evaluate(options as Parameters<typeof evaluate>[0]);

  it.each([
    [{ train: small, synthetic: small, targt: 'age' }, 'evaluate has no option "targt"; did you mean "target"?'],
    [{ train: small, synthetic: small, seed: -1 }, 'evaluate: "seed": must not be negative'],
    [{ train: small }, 'evaluate: "synthetic": must be a table, such as readTable gives'],
    [{ train: 'adult.csv', synthetic: small }, 'evaluate: "train": must be a table, such as readTable gives'],
    [{ train: small, synthetic: small, target: 3 }, 'evaluate: "target": must be the name of a column'],
    [
      { train: small, synthetic: small, target: 'agee' },
      'target: the training table has no column "agee"; did you mean "age"?',
    ],
    [undefined, 'evaluate: takes one object of options'],
  ])('%#: %o', async (options, message) => {
    await expect(call(options)).rejects.toMatchObject({ name: 'TabletalkError', code: 'option', message });
  });

  it.each([
    [{ age: ['integer', [1]] }, 'the synthetic table has no column "city", which the training table has'],
    [
      { age: ['integer', [1]], City: ['category', ['a']] },
      'the synthetic table has no column "city", which the training table has; did you mean "City"?',
    ],
    [
      { age: ['text', ['1']], city: ['category', ['a']] },
      'column "age": integer in the training table, text in the synthetic table; read both with one schema: readTable(path, { like: train.schema })',
    ],
    [
      { age: ['integer', [1]], city: ['category', ['a']], x: ['integer', [1]] },
      'the synthetic table has a column "x" that the training table lacks; drop it, or evaluate against a training table that has it',
    ],
    [{ age: ['integer', []], city: ['category', []] }, 'the synthetic table has no rows'],
  ] as [Parameters<typeof tableOf>[0], string][])('refuses %o', async (columns, message) => {
    const train = tableOf({ age: ['integer', [1, 2]], city: ['category', ['a', 'b']] });
    await expect(call({ train, synthetic: tableOf(columns) })).rejects.toMatchObject({ code: 'input', message });
  });

  it('refuses a text target', async () => {
    const train = tableOf({ note: ['text', ['a', 'b']] });
    await expect(call({ train, synthetic: train, target: 'note' })).rejects.toMatchObject({ code: 'option' });
  });
});
