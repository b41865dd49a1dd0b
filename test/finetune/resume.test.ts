/** A run that was stopped anywhere and resumed is the run that was never stopped. */
import { describe, expect, it } from 'vitest';
import { createCheckpointTimer } from '../../src/finetune/checkpoint-timer.ts';
import { type FinetuneContext, type Finetuned, finetune } from '../../src/finetune/finetune.ts';
import { finetuneOptions } from '../../src/finetune/options.ts';
import type { Progress } from '../../src/finetune/progress.ts';
import type { RunState, StoppedRun } from '../../src/finetune/run.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { peopleTable } from '../model/tiny-table.ts';

const table = peopleTable(48);
const codec = createCodec(table.schema, learnGrammar(table));
const quick = { batchSize: 16, epochs: 4, threads: 1, validationFraction: 0.25, target: 'rich', seed: 6 };
const stepsInEpoch = 3;

interface Kept {
  readonly soFar: Finetuned;
  readonly state?: RunState;
}

/** A run whose clock strikes one second at each step, and goes on from where it stood when it is resumed. */
function run(options: object, { onProgress, ...context }: Partial<FinetuneContext> = {}): Promise<Finetuned> {
  let time = 0;
  let before = context.resume?.position.step ?? 0;
  const show = (event: Progress) => {
    time += (event.step - before) * 1000;
    before = event.step;
    onProgress?.(event);
  };
  const parsed = { ...finetuneOptions.parse({ ...quick, ...options }), device: 'cpu' as const };
  return finetune(table, codec, parsed, { now: () => time, ...context, onProgress: show });
}

/** Stops a run after a step and returns what it kept last, in memory that later steps do not touch. */
async function stoppedAfter(step: number, options: object, resume?: StoppedRun): Promise<Required<Kept>> {
  const stop = new AbortController();
  const kept: Kept[] = [];
  const ended = run(options, {
    signal: stop.signal,
    keep: async (soFar, state) => void kept.push(structuredClone({ soFar, ...(state && { state }) })),
    onProgress: (event) => event.step === step && stop.abort(),
    ...(resume && { resume }),
  });
  await expect(ended).rejects.toMatchObject({
    code: 'interrupted',
    message: expect.stringMatching(new RegExp(`^interrupted after step ${step} of \\d+$`)),
  });
  return kept.at(-1) as Required<Kept>;
}

/** As a file gives it back: numbers as JSON has them. */
const stopped = ({ position, weights }: RunState): StoppedRun => ({
  position: JSON.parse(JSON.stringify(position)),
  weights: async () => weights,
});

describe('a resumed run gives the weights, the curve and the best epoch of an uninterrupted one, bit for bit', () => {
  const variants: [string, object, number[]][] = [
    ['after each step', { epochs: 3 }, [1, 2, 3, 4, 5, 6, 7, 8]],
    ['as it overfits', { learningRate: 2e-2, averageDecay: 0, patience: 1 }, [4, 6]],
    ['without held-out rows', { validationFraction: 0 }, [3, 5]],
    ['with two threads', { threads: 2 }, [2, 7]],
  ];
  it.each(variants)('stopped %s', async (_, options, steps) => {
    const whole = await run(options);
    expect(whole.curve.at(-1)!.step).toBeGreaterThan(steps.at(-1)!);
    for (const step of steps) {
      const { state } = await stoppedAfter(step, options);
      expect(state.position.step).toBe(step);
      expect(await run(options, { resume: stopped(state) })).toEqual(whole);
    }
  });

  it('stopped before and after its rate begins to fall', async () => {
    const hasty = { learningRate: 2e-2, averageDecay: 0, patience: 1, epochs: 30 };
    const whole = await run(hasty);
    expect(whole.ended).toBe('slowed');
    const fall = whole.curve.findLast(({ learningRate }) => learningRate === hasty.learningRate)!.step;
    for (const step of [fall, fall + 1]) {
      const { state } = await stoppedAfter(step, hasty);
      expect(state.position.slowed).toBe(step > fall);
      expect(await run(hasty, { resume: stopped(state) })).toEqual(whole);
    }
  });

  it('stopped again and again', async () => {
    const whole = await run({});
    let resume: StoppedRun | undefined;
    for (const step of [1, 2, 3, 4]) resume = stopped((await stoppedAfter(step, {}, resume)).state);
    expect(await run({}, { resume: resume! })).toEqual(whole);
  });

  it('with little time, before and after the schedule is shortened to it', async () => {
    const hurried = { epochs: 30, maxMinutes: 0.5, patience: 99 };
    const whole = await run(hurried);
    expect(whole.curve.at(-1)!.step).toBe(27);
    for (const step of [19, 20, 26]) {
      const { state } = await stoppedAfter(step, hurried);
      expect(await run(hurried, { resume: stopped(state) })).toEqual(whole);
    }
  });

  it('with the options that it filled in itself', async () => {
    const whole = await run({});
    const { soFar, state } = await stoppedAfter(5, {});
    expect(await run(soFar.options, { resume: stopped(state) })).toEqual(whole);
  });
});

describe('what is kept', () => {
  it('is the running average until an epoch has ended, then the best weights', async () => {
    const early = await stoppedAfter(2, {});
    expect(early.soFar).toMatchObject({ bestEpoch: 0, curve: [] });
    expect(early.soFar.weights).toEqual(early.state.weights.average);
    const later = await stoppedAfter(stepsInEpoch + 1, {});
    const first = await stoppedAfter(stepsInEpoch, {});
    expect(later.soFar).toMatchObject({ bestEpoch: 1, curve: [{ epoch: 1 }] });
    expect(later.soFar.weights).toEqual(first.state.weights.average);
  });

  it('holds no row: random states, and as many numbers as a fit of any number of rows', async () => {
    const { state } = await stoppedAfter(4, {});
    const { curve, ...position } = state.position;
    const numbers = JSON.stringify(position).match(/-?\d[\d.e-]*(?=[,}\]])/g)!;
    expect(numbers).toHaveLength(20);
    expect(curve).toHaveLength(1);
    expect(Object.keys(state.weights)).toEqual(['live', 'firstMoment', 'secondMoment', 'average', 'best']);
    const { secondMoment, ...parts } = state.weights;
    const names = [...parts.live.keys()];
    for (const part of Object.values(parts)) expect([...part.keys()]).toEqual(names);
    // Muon, which moves the layers' matrices, has no second moment.
    expect([...secondMoment.keys()]).toEqual(names.filter((name) => !/layers.*proj/.test(name)));
  });
});

describe('a loss that is no number', () => {
  it('in the first epoch keeps nothing', async () => {
    const kept: Kept[] = [];
    const keep = async (soFar: Finetuned, state?: RunState) => void kept.push({ soFar, ...(state && { state }) });
    await expect(run({ learningRate: 1e30, warmup: 0 }, { keep })).rejects.toThrow(
      /^the loss is NaN at step [123]; try a lower learning rate$/,
    );
    expect(kept).toEqual([]);
  });

  it('later keeps the best weights, and nothing to go on from', async () => {
    const good = await stoppedAfter(stepsInEpoch + 1, {});
    const [live] = good.state.weights.live.values();
    live!.fill(Number.NaN);
    const kept: Kept[] = [];
    const keep = async (soFar: Finetuned, state?: RunState) => void kept.push({ soFar, ...(state && { state }) });
    await expect(run({}, { keep, resume: stopped(good.state) })).rejects.toMatchObject({
      code: 'failed',
      message: `the loss is NaN at step ${stepsInEpoch + 2}; try a lower learning rate; the weights of epoch 1 are kept`,
    });
    expect(kept).toEqual([{ soFar: good.soFar }]);
  });
});

describe('a disk that is full', () => {
  const full = async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { syscall: 'write' });
  };

  it('costs a checkpoint and is told of; the run goes on to the same end', async () => {
    const events: Progress[] = [];
    const ended = await run({}, { keep: full, onProgress: (event) => events.push(event) });
    expect(ended).toEqual(await run({}));
    const checkpoints = events.flatMap(({ checkpoint }) => checkpoint ?? []);
    expect(checkpoints).toEqual(Array(3).fill({ seconds: 0, problem: 'ENOSPC: no space left on device, write' }));
  });

  it('is part of the message when the run is interrupted', async () => {
    await expect(run({}, { keep: full, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'failed',
      message:
        'interrupted after step 1 of 12; no checkpoint of it could be written: ENOSPC: no space left on device, write',
    });
  });

  it('hides no other fault', async () => {
    const faulty = () => Promise.reject(new Error('a bug'));
    await expect(run({}, { keep: faulty })).rejects.toThrow('a bug');
  });
});

describe('a checkpoint is due', () => {
  /** Seconds at which a run that is asked every second keeps itself, when a checkpoint takes `cost` of them. */
  async function keptAt(cost: number, betweenEpochs: (second: number) => boolean): Promise<number[]> {
    let time = 0;
    const keeper = createCheckpointTimer(() => time * 1000);
    const kept: number[] = [];
    for (let second = 0; second < 300; second++, time++) {
      if (!keeper.isDue(betweenEpochs(second))) continue;
      kept.push(second);
      await keeper.keep(async () => {
        time += cost;
      });
    }
    return kept;
  }

  it('between epochs, and within a long one once a minute', async () => {
    expect(await keptAt(0, (second) => second % 40 === 39)).toEqual([39, 79, 119, 159, 199, 239, 279]);
    expect(await keptAt(0, (second) => second % 100 === 99)).toEqual([60, 99, 159, 199, 259, 299]);
  });

  it('no more often than it may cost', async () => {
    expect(await keptAt(2, (second) => second % 10 === 9)).toEqual([9, 109, 209]);
  });
});

it('a run without a disk keeps nothing and can be stopped', async () => {
  const random = createRandom(1);
  const stop = new AbortController();
  const step = 1 + random.int(8);
  const ended = run({}, { signal: stop.signal, onProgress: (event) => event.step === step && stop.abort() });
  await expect(ended).rejects.toThrow(`interrupted after step ${step} of 12`);
});
