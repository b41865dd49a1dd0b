import { describe, expect, it } from 'vitest';
import type { Weights } from '../../models/config.ts';
import { efforts } from '../../src/finetune/efforts.ts';
import { type Finetuned, finetune } from '../../src/finetune/finetune.ts';
import { finetuneOptions } from '../../src/finetune/options.ts';
import type { Progress } from '../../src/finetune/progress.ts';
import { hasSlowed, isClearlyLess } from '../../src/finetune/schedule.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { peopleTable } from '../model/tiny-table.ts';

const table = peopleTable(48);
const codec = createCodec(table.schema, learnGrammar(table));
const quick = { batchSize: 16, epochs: 2, threads: 1, validationFraction: 0.25, target: 'rich' };

/** Trains by a clock that strikes one second at each step, or as told; events are collected. */
async function trained(
  options: object,
  secondsAt = (step: number) => step,
): Promise<Finetuned & { events: Progress[] }> {
  const events: Progress[] = [];
  let time = 0;
  const onProgress = (event: Progress) => {
    events.push(event);
    time = secondsAt(event.step) * 1000;
  };
  const parsed = { ...finetuneOptions.parse({ ...quick, ...options }), device: 'cpu' as const };
  return { ...(await finetune(table, codec, parsed, { now: () => time, onProgress })), events };
}

const bytesOf = (weights: Weights) =>
  [...weights].map(([name, data]) => [name, Buffer.from(data.slice().buffer).toString('hex')]);

describe('the same seed', () => {
  it('gives the same weights, byte for byte, and the same curve; another seed gives others', async () => {
    const [once, twice, other] = [await trained({ seed: 4 }), await trained({ seed: 4 }), await trained({ seed: 5 })];
    expect(bytesOf(twice.weights)).toEqual(bytesOf(once.weights));
    expect(twice.curve).toEqual(once.curve);
    expect(bytesOf(other.weights)).not.toEqual(bytesOf(once.weights));
  });
});

describe('training', () => {
  it('learns: both losses fall', async () => {
    const { curve } = await trained({ epochs: 8, seed: 1 });
    expect(curve.at(-1)!.trainLoss).toBeLessThan(0.9 * curve[0]!.trainLoss);
    expect(curve.at(-1)!.validationLoss).toBeLessThan(0.9 * curve[0]!.validationLoss!);
  });

  it('is judged by the same held-out batches every epoch', async () => {
    // A rate this small changes no weight, so only the batches could make a difference.
    const { curve } = await trained({ epochs: 3, learningRate: 1e-30, patience: 9 });
    const [first, ...later] = curve.map(({ validationLoss }) => validationLoss);
    expect(later).toEqual([first, first]);
    expect(curve[1]!.trainLoss).not.toBe(curve[0]!.trainLoss);
  });

  it('keeps the weights of its best epoch; its rate falls once the held-out loss has slowed, and it ends with the fall', async () => {
    // Far too fast for 36 rows: it overfits soon.
    const hasty = { epochs: 40, learningRate: 1e-2, averageDecay: 0, patience: 2, seed: 2 };
    // Time stands still while steps are timed, so that no schedule is shortened.
    const clock = (step: number) => (step <= 20 ? 0 : step);
    const { curve, bestEpoch, weights, ended, heldOut } = await trained(hasty, clock);
    const losses = curve.map(({ validationLoss }) => validationLoss!);
    const kept = losses.reduce((best, loss, i) => (isClearlyLess(loss, losses[best]!, heldOut.length) ? i : best), 0);
    expect(curve[kept]!.epoch).toBe(bestEpoch);
    // None is better by more than chance brings.
    expect(Math.min(...losses)).toBeGreaterThan(losses[kept]! * (1 - 0.02 / Math.sqrt(heldOut.length)) - 1e-9);
    const rates = curve.map(({ learningRate }) => learningRate);
    const steady = rates.lastIndexOf(hasty.learningRate) + 1;
    for (let epochs = 1; epochs <= steady; epochs++) {
      expect(hasSlowed(losses.slice(0, epochs), hasty.patience, efforts.standard.slow)).toBe(epochs === steady);
    }
    expect(ended).toBe('slowed');
    expect(curve.length - steady).toBeLessThanOrEqual(Math.ceil(steady / 2));
    expect(rates.slice(steady)).toEqual(rates.slice(steady).toSorted((a, b) => b - a));
    expect(bestEpoch).toBeLessThan(38);
    // The clock moves from step 21 on. The same run stopped by it at that epoch has those weights.
    expect(3 * bestEpoch).toBeGreaterThan(20);
    const stepsPerEpoch = 3;
    const maxMinutes = (bestEpoch * stepsPerEpoch + 0.5) / 60;
    const stopped = await trained({ ...hasty, maxMinutes }, clock);
    expect(stopped.curve).toEqual(curve.slice(0, bestEpoch));
    expect(bytesOf(stopped.weights)).toEqual(bytesOf(weights));
  });

  it('stops by the clock before an epoch that would end too late, but never before the first', async () => {
    expect((await trained({ epochs: 9, maxMinutes: 6.5 / 60 })).curve).toHaveLength(2);
    expect((await trained({ epochs: 9, maxMinutes: 1e-6 })).curve).toHaveLength(1);
  });

  it('shortens the schedule to the time there is, so that the rate still falls to the end', async () => {
    const { curve, events } = await trained({ epochs: 30, maxMinutes: 0.5, patience: 99, finalRate: 0.1 });
    expect(events.at(-1)!.step).toBe(27);
    expect(curve.at(-1)!.learningRate).toBeCloseTo(0.1 * 4e-3, 12);
  });

  it('without held-out rows keeps the last weights and never stops early', async () => {
    const { curve, bestEpoch } = await trained({ epochs: 3, validationFraction: 0, patience: 1 });
    expect(curve.map(({ validationLoss }) => validationLoss)).toEqual([null, null, null]);
    expect(bestEpoch).toBe(3);
  });

  it('says when the loss is not a number', async () => {
    await expect(trained({ learningRate: 1e30, warmup: 0, epochs: 9 })).rejects.toThrow(
      /^the loss is NaN at step \d+; try a lower learning rate$/,
    );
  });

  it('says so too when only the held-out rows show it, after the last step', async () => {
    await expect(trained({ learningRate: 1e38, warmup: 0, epochs: 1, batchSize: 36 })).rejects.toThrow(
      /^the loss is NaN at step 1; try a lower learning rate$/,
    );
  });
});

describe('progress', () => {
  it('comes with every step and every epoch, in order', async () => {
    const { events, curve } = await trained({ epochs: 3 });
    const steps = events.filter(({ point }) => !point);
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(steps.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
    expect(events.flatMap(({ point }) => point ?? [])).toEqual(curve);
    for (const { epochs, maxSteps, loss } of events) {
      expect([epochs, maxSteps]).toEqual([3, 9]);
      expect(loss).toBeGreaterThan(0);
    }
  });

  it('says the seconds since the start', async () => {
    const { curve } = await trained({ epochs: 2 });
    expect(curve.map(({ step, seconds }) => [step, seconds])).toEqual([
      [3, 3],
      [6, 6],
    ]);
  });
});
