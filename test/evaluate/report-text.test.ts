import { expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { percent, quantity } from '../../src/evaluate/report/number-text.ts';
import { tableOf } from './tables.ts';

it('writes figures in aligned columns, then the verdict', async () => {
  const cells = (shift: number) => Array.from({ length: 40 }, (_, i) => ((i * 7 + shift) % 40) + 20);
  const make = (shift: number, rare: number) =>
    tableOf({
      age: ['integer', cells(shift)],
      pay: ['decimal', cells(shift * 3).map((x) => x / 4)],
      city: ['category', cells(0).map((x) => (x % rare === 0 ? 'Ulm' : 'Bonn'))],
    });
  const report = await evaluate({
    train: make(0, 4),
    test: make(1, 4),
    synthetic: make(2, 2),
    target: 'city',
    baselines: false,
  });
  expect(report.toText()).toMatchInlineSnapshot(`
    "40 synthetic rows, 40 training rows, 40 real test rows

                             synthetic  real test rows
    Column Shapes               91.7 %           100 %
    Pairs of columns            74.3 %          95.2 %
    Strong pairs only           73.0 %          85.7 %
    Pairs with the target       75.0 %           100 %
    Column Pair Trends          74.3 %          93.6 %
    Correlation difference       0.232           0.165
    Wasserstein distance         0.000           0.000
    Coverage                     100 %           100 %
    Valid cells                  100 %           100 %
    Missing cells                100 %           100 %
    α-precision                 74.0 %          96.9 %
    β-recall                    25.5 %          57.8 %
    Detection, trees             0.459           0.172
    Detection, logistic          0.544           0.436
    Learned from, trees          0.500           0.500
    Learned from, linear         0.483           0.483
    Training rows and these      0.324           0.500
    Copied rows                    0 %             0 %
    Near copies                    0 %             0 %
    Repeated rows                  0 %             0 %
    Closer to training          12.5 %          45.0 %
    Distance to closest          0.034           0.017
    Distance ratio               1.000           1.000
    Membership attack            0.169           0.320
    Members found                  0 %          20.0 %
    Singling out                   0 %             0 %
    Worst attack                 0.807           0.540
    Linkability                 13.4 %             0 %
    Attribute inference         26.8 %          16.9 %

    Columns furthest off
      city                      75.0 %           100 %
      age                        100 %           100 %
      pay                        100 %           100 %

    Looks real?  Not yet    AUC 0.459 of trees that tell these rows from training rows; a coin has 0.5 (real test rows 0.172)
    Teaches?     Not known  AUC 0.500 of a model that learned "city" from these rows, on real ones (learned from real rows 0.500)
    Protects?    No         AUC 0.807 of the worst attack that guesses who was in training; a coin has 0.5 (real test rows 0.540)

    Use these rows to test software and for demonstrations; draw no conclusions. Do not pass them on: they give real rows away.

    ! Not close yet: 3 points to mend, 3 to check.
    ! Pairs of columns move together as in training to 74.3 % (real test rows: 95.2 %), their correlations 0.232 off on average (real test rows: 0.165); the furthest off is "age" with "pay" at 73.0 % (real test rows: 85.7 %).
    ! The target "city" matches training to 75.0 % (real test rows: 100 %), its rarest class "Ulm" being 50.0 % of the rows (training: 25.0 %), and its pairs with the other columns to 75.0 % (real test rows: 100 %).
    ! An attack tells who was in training: the worst, LevAtt, has ROC AUC 0.807 (0.561 to 1.000 at 95 %) and finds 0 % of the members at 1 % false alarms.
    ~ Over the one pair that is clearly dependent in training it is 73.0 % (real test rows: 85.7 %): strong dependences are partly lost.
    ~ Too few descriptions or unseen rows to say whether rows that are unique here single out training rows: risk 0 % to 18.8 % at 95 %; a larger --test table narrows it.
    ~ Too few unseen rows to say what these rows tell of whoever is partly known: linking risk 0 % to 40.8 % at 95 %, guessing "city" 0 % to 65.9 % at 95 %.
      Trees that learned "city" from these rows score AUC 0.500 on real rows, from training 0.500, where there is nothing to learn.
    + Single columns match training to 91.7 % (real test rows: 100 %), at least as closely as the test rows on 2 of 3 columns; the furthest off is "city" at 75.0 % (real test rows: 100 %).
    + Boosted trees cannot tell the rows from training rows (ROC AUC 0.459, a coin 0.5; real test rows 0.172).
    + Every cell is within the ranges and categories of the training table.
    + No row is an exact copy of a training row (real test rows: 0 %).
    + 12.5 % of the rows are nearer to training than to as many unseen real rows (chance 50 %, real test rows 45.0 %): no sign that rows were remembered.
    + An attacker with these rows cannot tell who was in training (ROC AUC 0.169, chance 0.5; finds 0 % of the members at 1 % false alarms)."
  `);
});

it('is one line a sentence, whatever a column is called', async () => {
  const table = tableOf({ 'a\nb\u001b[31m': ['integer', [1, 2]] });
  const text = (await evaluate({ train: table, synthetic: table })).toText();
  expect(text).toContain('  a b [31m');
  expect(text).not.toContain('\u001b');
});

it('does not round a share to none or all', () => {
  expect([0, 0.0004, 0.0005, 0.5, 0.9994, 0.9996, 1, null].map(percent)).toEqual([
    '0 %',
    '<0.1 %',
    '0.1 %',
    '50.0 %',
    '99.9 %',
    '>99.9 %',
    '100 %',
    '–',
  ]);
});

it('spells measured values in five digits, whole numbers in full', () => {
  expect([0, 12345678, 1234.5678, 0.00123456, -3.5, 2e12, 1e-9].map(quantity)).toEqual([
    '0',
    '12,345,678',
    '1,234.6',
    '0.0012346',
    '-3.5',
    '2.00e+12',
    '1.00e-9',
  ]);
});
