/**
 * Where a run stands between two steps: all that changes while it goes on, as plain data that another process can go on
 * from to the same weights, bit for bit.
 */
import { z } from 'zod';
import { architectures } from '../../models/architectures.ts';
import { initialWeights, type Weights } from '../../models/config.ts';
import type { Lora } from '../../training/lora.ts';
import { createTrainer, type Trainer, trainedSpecs } from '../../training/trainer.ts';
import { TabletalkError } from '../errors/errors.ts';
import { createRandom, type Random, restoreRandom } from '../numeric/random.ts';
import { reasonOf } from '../onnx/devices.ts';
import { DeviceFailure } from '../onnx/session.ts';
import type { SettledOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { type CurvePoint, curvePoint } from './progress.ts';
import { type Schedule, schedule } from './schedule.ts';

const randomState = z.array(z.int()).length(4);

/** The part of a run's state that is not weights. The order of the rows follows from random states; no row is in it. */
export const runPosition = z.strictObject({
  /** Steps done. */
  step: z.int().min(0),
  /** The epoch it is in, from 1. */
  epoch: z.int().min(0),
  /** Batches of this epoch that are done, and the sum of their losses. */
  batches: z.int().min(0),
  lossSum: z.number(),
  /** The random generator before it drew this epoch's batches, and now. */
  epochRandom: randomState,
  random: randomState,
  /** Not the plan's where it was shortened: to end in time (`hurried`), or because the held-out loss slowed (`slowed`). */
  schedule,
  hurried: z.boolean(),
  slowed: z.boolean(),
  curve: z.array(curvePoint),
  /** Epoch 0: none has ended yet. The loss is null without held-out rows. */
  best: z.strictObject({ epoch: z.int().min(0), loss: z.number().nullable() }),
  /** Since the run began. */
  seconds: z.number(),
});
type RunPosition = z.infer<typeof runPosition>;

/** `live` are the weights that steps change, the moments AdamW's, `average` the running one, `best` those of the best epoch. */
export const runWeightParts = ['live', 'firstMoment', 'secondMoment', 'average', 'best'] as const;
export type RunWeights = Readonly<Record<(typeof runWeightParts)[number], Weights>>;

export interface RunState {
  readonly position: RunPosition;
  readonly weights: RunWeights;
}

export type TrainedSpecs = ReturnType<typeof trainedSpecs>;

/** A state to go on from; its weights are read when they are needed, and not held afterwards. */
export interface StoppedRun {
  readonly position: RunPosition;
  /** All parts for the weights in `specs`; second moments only for those that AdamW moves. Throws an `input` error if one is missing. */
  weights(specs: TrainedSpecs): Promise<RunWeights>;
}

export interface Run {
  readonly trainer: Trainer;
  step: number;
  epoch: number;
  batches: number;
  lossSum: number;
  epochRandom: readonly number[];
  random: Random;
  schedule: Schedule;
  hurried: boolean;
  slowed: boolean;
  readonly curve: CurvePoint[];
  /** Until an epoch has ended its weights are the running average itself. */
  best: { epoch: number; loss: number | null; weights: Weights };
  seconds(): number;
}

/** What a run starts from, where it is not random weights. */
interface Start {
  /** Where an earlier run stopped. */
  readonly resume?: StoppedRun | undefined;
  /** The weights of a base, whose sizes are the plan's. */
  readonly initial?: Weights | undefined;
}

type RunPlan = Pick<Plan, 'config' | 'normalizer' | 'schedule'> & { readonly options: SettledOptions };

/** A run at its beginning, or where an earlier one stopped. `now` is in milliseconds. */
export async function startRun(plan: RunPlan, now: () => number, start: Start = {}): Promise<Run> {
  const stopped = start.resume;
  const { config, options, normalizer } = plan;
  const lora = loraOf(options);
  const optimizer = { ...options, epsilon: 1e-8, ...(options.optimizer === 'muon' && { momentum: muonMomentum }) };
  const kept = await stopped?.weights(trainedSpecs(config, lora, optimizer));
  const step = stopped?.position.step ?? 0;
  const drawn = () => initialWeights(architectures[config.architecture].weights(config), options.seed);
  const initial = start.initial ?? drawn();
  const trainer = createTrainer(config, initial, {
    threads: options.threads,
    device: options.device,
    seed: options.seed,
    normalizer,
    averageDecay: options.averageDecay,
    optimizer,
    ...(lora && { lora }),
    ...(kept && { resume: { ...kept, step, weights: kept.live } }),
  });
  const random = createRandom(options.seed, 2);
  const { best, seconds, ...position } = stopped?.position ?? {
    step,
    epoch: 1,
    batches: 0,
    lossSum: 0,
    epochRandom: random.state(),
    random: random.state(),
    schedule: plan.schedule,
    hurried: false,
    slowed: false,
    curve: [],
    best: { epoch: 0, loss: null },
    seconds: 0,
  };
  const started = now() - seconds * 1000;
  return {
    ...position,
    trainer,
    random: restoreRandom(position.random),
    curve: [...position.curve],
    best: { ...best, weights: kept && best.epoch > 0 ? kept.best : trainer.average! },
    seconds: () => (now() - started) / 1000,
  };
}

/** As Jordan et al. 2024 have it; 0.9 was no better over two tables (training/LOG.md). */
const muonMomentum = 0.95;

function loraOf({ loraRank: rank, loraAlpha, loraTargets }: SettledOptions): Lora | undefined {
  return rank === undefined ? undefined : { rank, alpha: loraAlpha ?? 2 * rank, targets: loraTargets ?? [] };
}

/** The weights are views: they hold until the next step. Those of a device are pulled before. */
export function stateOf(run: Run): RunState {
  const { trainer, best, step, epoch, batches, lossSum, epochRandom, schedule, hurried, slowed, curve } = run;
  const { firstMoment, secondMoment } = trainer.state();
  return {
    position: {
      step,
      epoch,
      batches,
      lossSum,
      epochRandom: [...epochRandom],
      random: [...run.random.state()],
      schedule,
      hurried,
      slowed,
      curve: [...curve],
      best: { epoch: best.epoch, loss: best.loss },
      seconds: run.seconds(),
    },
    weights: { live: trainer.weights, firstMoment, secondMoment, average: trainer.average!, best: best.weights },
  };
}

/**
 * What `work` comes to, the run's memory freed. A device may be lost, or have too little memory: its state is gone, and what is left
 * is the last checkpoint.
 */
export async function endedRun<T>(run: Run, { keep }: { readonly keep?: unknown }, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await run.trainer.release();
    return result;
  } catch (error) {
    // What a lost device says when it is let go is not what went wrong.
    await run.trainer.release().catch(() => undefined);
    throw error instanceof DeviceFailure ? deviceError(error, run.step, keep !== undefined) : error;
  }
}

function deviceError({ device, cause }: DeviceFailure, step: number, isKept: boolean): TabletalkError {
  const hint = isKept
    ? '"resume" goes on from the last checkpoint, also with a smaller "microBatchSize" or the "device" cpu'
    : 'try a smaller "microBatchSize" or the "device" cpu';
  return new TabletalkError('failed', `the device ${device} failed after step ${step} (${reasonOf(cause)}); ${hint}`);
}
