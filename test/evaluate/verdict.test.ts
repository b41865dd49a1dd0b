/** Tables whose verdict is plain: each must get the one it deserves. */
import { beforeAll, describe, expect, it } from 'vitest';
import { independentColumns, noise, smoteNc } from '../../src/evaluate/baselines/baselines.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import type { Report } from '../../src/evaluate/report/report.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { people } from './people.ts';

const [train, test] = [people(600, 1), people(400, 2)];
const tones = ({ verdict }: Report, part: RegExp) =>
  verdict.filter(({ text }) => part.test(text)).map(({ tone }) => tone);

function judge(synthetic: Table): Promise<Report> {
  return evaluate({ train, test, synthetic, target: 'rich' });
}

describe('the verdict', () => {
  let fresh: Report;
  beforeAll(async () => {
    fresh = await judge(people(600, 3));
  });

  it('on fresh real rows: nothing to mend, and no baseline to use instead', () => {
    expect(fresh.verdict.filter(({ tone }) => tone === 'poor')).toEqual([]);
    expect(tones(fresh, /^Trees that learned "rich"/)).toEqual(['good']);
    expect(tones(fresh, /^Boosted trees cannot tell/)).toEqual(['good']);
    expect(tones(fresh, /use it/)).toEqual([]);
    expect(fresh.detection.trees.auc.value).toBeGreaterThan(0.45);
    expect(fresh.detection.trees.auc.value).toBeLessThan(0.55);
    expect(fresh.baselines.map(({ name }) => name)).toEqual([
      'independent columns',
      'Gaussian copula',
      'SMOTE-NC',
      'noise',
    ]);
  });

  it('on a copy of training: the copies, the closeness and the attack are called out, fidelity is not', async () => {
    const report = await judge(takeRows(train, createRandom(4).shuffle([...Array(600).keys()])));
    expect(report.verdict[0]!.tone).toBe('poor');
    expect(tones(report, /exact copies of training rows/)).toEqual(['poor']);
    expect(tones(report, /nearer to training than to as many unseen/)).toEqual(['poor']);
    expect(tones(report, /^An attacker with these rows can tell/)).toEqual(['poor']);
    expect(tones(report, /which is what copies of training rows look like/)).toEqual(['poor']);
    expect(tones(report, /^Single columns match/)).toEqual(['good']);
    expect(report.closestRecords.dcrMedian.value).toBe(0);
    expect(report.membership!.calibrated.auc.value).toBeGreaterThan(0.95);
  });

  it('on columns shuffled apart: shapes are good, structure is lost, drawing columns alone does as well', async () => {
    const report = await judge(independentColumns(train, 600, createRandom(5), null));
    expect(report.verdict[0]!.tone).toBe('poor');
    expect(tones(report, /^Single columns match/)).toEqual(['good']);
    expect(tones(report, /^Pairs of columns move together/)).toEqual(['poor']);
    expect(tones(report, /^Boosted trees tell/)).toEqual(['poor']);
    expect(tones(report, /^Trees that learned "rich"/)).toEqual(['poor']);
    expect(tones(report, /^Drawing each column on its own does as well.*use it/)).toEqual(['poor']);
    expect(tones(report, /^No row is an exact copy/)).toEqual(['good']);
  });

  it('on one row repeated: shapes, coverage and learning are called out, and the repeats', async () => {
    const report = await judge(takeRows(train, new Int32Array(600)));
    expect(report.verdict[0]!.tone).toBe('poor');
    expect(tones(report, /^Single columns match/)).toEqual(['poor']);
    expect(tones(report, /repeat an earlier one/)).toEqual(['poor']);
    expect(tones(report, /^Boosted trees tell/)).toEqual(['poor']);
    expect(tones(report, /^Regions of the training rows are not reached/)).toEqual(['poor']);
    expect(report.utility!.learners[0]!.scores[0]).toMatchObject({ name: 'auc', tstr: 0.5 });
    expect(report.coverage.value).toBeLessThan(0.3);
  });

  it('on noise: everything but privacy is called out, and that noise does as well', async () => {
    const report = await judge(noise(train, 600, createRandom(6), null));
    expect(report.verdict[0]!.tone).toBe('poor');
    expect(tones(report, /^Single columns match/)).toEqual(['poor']);
    expect(tones(report, /^Boosted trees tell/)).toEqual(['poor']);
    expect(tones(report, /^(Mere noise|Drawing each column on its own) does as well/)).toEqual(['poor']);
    expect(tones(report, /nearer to training than to as many unseen/)).toEqual(['good']);
  });

  it('on SMOTE-NC: learned from well, and nearer to training than fresh rows are', async () => {
    const report = await judge(smoteNc(train, 600, createRandom(7), 4));
    const main = report.utility!.learners[0]!.scores[0]!;
    expect(main.tstr).toBeGreaterThan(main.trtr! - 0.05);
    expect(report.closestRecords.dcrMedian.value).toBeLessThan(fresh.closestRecords.dcrMedian.value!);
    expect(report.closerShare!.share.value).toBeGreaterThan(0.55);
  });

  it('is the same for the same seed, and seeds change only what is drawn', async () => {
    const again = await evaluate({ train, test, synthetic: people(600, 3), target: 'rich', seed: 1 });
    expect({ ...again }).toEqual({ ...fresh });
    const other = await evaluate({ train, test, synthetic: people(600, 3), target: 'rich', seed: 2, baselines: false });
    expect(other.columnShapes).toEqual(fresh.columnShapes);
    expect(other.detection.trees.auc).not.toEqual(fresh.detection.trees.auc);
  });
});

describe('the verdict on what cannot be praised', () => {
  const options = { train, test, baselines: false, workers: 1 };

  it('on a column without any value: it is the furthest off, not left out', async () => {
    const synthetic = people(600, 3);
    const age = synthetic.schema.columns.findIndex(({ name }) => name === 'age');
    const columns = synthetic.columns.with(age, new Float64Array(600).fill(Number.NaN));
    const report = await evaluate({ ...options, synthetic: { ...synthetic, columns } });
    expect(report.columnShapes.columns.find(({ column }) => column === 'age')!.value).toBe(0);
    expect(report.coverage.columns.find(({ column }) => column === 'age')!.value).toBe(0);
    expect(report.verdict.find(({ text }) => /furthest off is "age" at 0 %/.test(text))!.tone).toBe('poor');
  });

  it('on a risk that few unseen rows leave wide: not good, and how to narrow it', async () => {
    const few = people(30, 2);
    const report = await evaluate({ ...options, test: few, synthetic: people(40, 3) });
    const { risk } = report.singlingOut!.multivariate.synthetic;
    expect([risk.low <= 0.05, risk.high > 0.1]).toEqual([true, true]);
    expect(tones(report, /^Too few descriptions.*larger --test table/)).toEqual(['fair']);
    expect(tones(report, /single out hardly/)).toEqual([]);
  });

  it('says to train longer exactly where the last epoch was the best', async () => {
    const epochs = [1, 2, 3].map((epoch) => ({ epoch, trainLoss: 3 - epoch, validationLoss: 3 - epoch }));
    const said = async (bestEpoch: number) => {
      const report = await evaluate({ ...options, synthetic: people(60, 3), training: { bestEpoch, epochs } });
      return tones(report, /train longer/).length;
    };
    expect([await said(3), await said(2)]).toEqual([1, 0]);
  });
});
