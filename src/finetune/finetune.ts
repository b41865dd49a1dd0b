/** Trains a model on the sentences of a table until a held-out share of the rows says stop. */
import type { ModelConfig, Weights } from '../../models/config.ts';
import type { Batch, StepBatches } from '../../training/trainer.ts';
import { TabletalkError } from '../errors/errors.ts';
import { restoreRandom } from '../numeric/random.ts';
import type { Codec } from '../serialize/codec/grammar.ts';
import type { Table } from '../table/table.ts';
import { stepBatches, stratifiedSteps } from './batches.ts';
import { type CheckpointTimer, createCheckpointTimer, interruption } from './checkpoint-timer.ts';
import { efforts } from './efforts.ts';
import type { FinetuneOptions, SettledOptions } from './options.ts';
import { type Conditional, type Plan, planRun } from './plan.ts';
import type { CurvePoint, End, Progress } from './progress.ts';
import { endedRun, type Run, type RunState, type StoppedRun, startRun, stateOf } from './run.ts';
import {
  fallingFrom,
  hasSlowed,
  isClearlyLess,
  isFalling,
  learningRateAt,
  stepsToTime,
  withinTime,
} from './schedule.ts';

export interface FinetuneContext {
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** Goes on where that run stopped; table and options must be the same. */
  readonly resume?: StoppedRun;
  /**
   * Writes a checkpoint: the best weights so far and, if the run can be resumed, its full state. Both are views, valid
   * until the promise settles. Called periodically, on interruption and on failure.
   */
  readonly keep?: (soFar: Finetuned, state?: RunState) => Promise<void>;
  /** Ends the run after the step it is in. */
  readonly signal?: AbortSignal;
  /** A model to start from, whose vocabulary is the codec's; by default a new one. */
  readonly initial?: { readonly config: ModelConfig; readonly weights: Weights };
  readonly conditional?: Conditional;
}

export interface Finetuned {
  readonly config: ModelConfig;
  readonly weights: Weights;
  /** The options with every default that depended on the table filled in. */
  readonly options: FinetuneOptions;
  readonly curve: readonly CurvePoint[];
  /** The epoch whose weights these are; 0 while the first one is not over. */
  readonly bestEpoch: number;
  /** Absent while the run goes on. */
  readonly ended?: End;
  /** The rows, by index, that were held out. */
  readonly heldOut: Int32Array;
}

/** Throws `failed` when the loss is no number, and `interrupted` when the signal came. */
export async function finetune(
  table: Table,
  codec: Codec,
  options: SettledOptions,
  { resume, initial, conditional, ...context }: FinetuneContext,
): Promise<Finetuned> {
  const plan = planRun(table, codec, options, initial?.config, conditional);
  const run = await startRun(plan, context.now, { resume, initial: initial?.weights });
  const timer = createCheckpointTimer(context.now);
  const loop = { plan, run, context, timer, latest: { loss: 0, tokensPerSecond: 0 } };
  return endedRun(run, context, async () => {
    for (;;) {
      await trainEpoch(loop);
      await judgeEpoch(loop);
      const ended = endOf(loop);
      if (ended) return { ...soFar(loop), ended };
      fallWhereSlow(loop);
      Object.assign(run, { epoch: run.epoch + 1, batches: 0, lossSum: 0, epochRandom: run.random.state() });
      await pause(loop, true);
    }
  });
}

interface Loop {
  readonly plan: Plan;
  readonly run: Run;
  readonly context: FinetuneContext;
  readonly timer: CheckpointTimer;
  /** The figures of the last step. */
  latest: Pick<Progress, 'loss' | 'tokensPerSecond'>;
}

/** The epoch's batches, or those that are left of it. */
async function trainEpoch(loop: Loop): Promise<void> {
  const { plan, run, context } = loop;
  const { batchSize } = plan.options;
  const random = restoreRandom(run.epochRandom);
  const steps = stratifiedSteps(plan.trainRows, batchSize, plan.source.encoded.length, random);
  if (run.batches === 0) run.random = random;
  const speed = speedometer(context.now);
  while (run.batches < steps.length && run.step < run.schedule.maxSteps) {
    const batches = stepBatches(plan.source, steps[run.batches]!, plan.groups, run.random);
    const rate = learningRateAt(run.step, run.schedule);
    const { loss } = await run.trainer.step(batches, rate);
    run.step++;
    await requireLoss(loss, loop);
    run.batches++;
    run.lossSum += loss;
    loop.latest = { loss, tokensPerSecond: speed(batches) };
    report(loop);
    if (run.step === stepsToTime) {
      const inTime = withinTime(run.schedule, run.seconds() / run.step, plan.options.maxMinutes);
      run.hurried = inTime.maxSteps < run.schedule.maxSteps;
      run.schedule = inTime;
    }
    await pause(loop, false);
  }
}

/** Adds to the curve what the held-out rows say of the weights, and keeps these if they are clearly the best so far. */
async function judgeEpoch(loop: Loop): Promise<void> {
  const { plan, run } = loop;
  const { epoch, step, trainer, best } = run;
  const validationLoss = await meanLoss(run, plan.validation);
  await requireLoss(validationLoss ?? 0, loop);
  const trainLoss = run.lossSum / run.batches;
  const learningRate = learningRateAt(step, run.schedule);
  const point = { epoch, step, trainLoss, validationLoss, learningRate, seconds: run.seconds() };
  run.curve.push(point);
  report(loop, { loss: trainLoss, point });
  // Without held-out rows the latest weights are kept.
  if (validationLoss === null || best.loss === null || isClearlyLess(validationLoss, best.loss, plan.heldOut.length)) {
    await trainer.pull();
    run.best = { epoch, loss: validationLoss, weights: copyOf(trainer.average!) };
  }
}

/** Lets the rate fall from here on where the held-out loss has all but stopped falling. */
function fallWhereSlow({ plan: { options }, run }: Loop): void {
  const { step, schedule, curve } = run;
  const losses = curve.flatMap(({ validationLoss }) => validationLoss ?? []);
  if (isFalling(step, schedule) || !hasSlowed(losses, options.patience, efforts[options.effort].slow)) return;
  run.slowed = true;
  run.schedule = fallingFrom(step, schedule);
}

/** Why the run is over, undefined while it is not. */
function endOf(loop: Loop): End | undefined {
  const { plan, run } = loop;
  const { epoch, step, batches, schedule } = run;
  const { maxMinutes, epochs } = plan.options;
  if (epoch >= epochs || step >= schedule.maxSteps) return run.slowed ? 'slowed' : run.hurried ? 'time' : 'length';
  if (isFalling(step, schedule) && isSpent(loop)) return 'slowed';
  if (maxMinutes === undefined) return undefined;
  const seconds = run.curve.at(-1)!.seconds;
  const ahead = (seconds / step) * Math.min(batches, schedule.maxSteps - step);
  return seconds + ahead > maxMinutes * 60 ? 'time' : undefined;
}

/** Whether at the falling rate, too, as many epochs as patience allows brought nothing better. */
function isSpent({ plan: { options }, run: { curve, best, schedule } }: Loop): boolean {
  const falling = curve.filter(({ epoch, step }) => epoch > best.epoch && step > schedule.fallFrom);
  return falling.length >= options.patience;
}

function soFar({ plan, run: { trainer, best, curve } }: Loop): Finetuned {
  return {
    config: plan.config,
    weights: trainer.whole(best.weights),
    options: plan.options,
    curve,
    bestEpoch: best.epoch,
    heldOut: plan.heldOut,
  };
}

/** Between two steps or two epochs: a checkpoint where one is due, and the end where one is asked for. */
async function pause(loop: Loop, betweenEpochs: boolean): Promise<void> {
  const { run, timer, context } = loop;
  const { keep, signal } = context;
  const stop = signal?.aborted ?? false;
  const checkpoint =
    keep && (stop || timer.isDue(betweenEpochs))
      ? await timer.keep(async () => {
          await run.trainer.pull();
          await keep(soFar(loop), stateOf(run));
        })
      : undefined;
  if (checkpoint) report(loop, { checkpoint });
  if (!stop) return;
  throw interruption(run.step, run.schedule.maxSteps, checkpoint?.problem);
}

/** Weights that give no loss are worth nothing, and later ones will be no better: the best so far are what remains. */
async function requireLoss(loss: number, loop: Loop): Promise<void> {
  if (Number.isFinite(loss)) return;
  const { timer, run, context } = loop;
  const { keep } = context;
  const kept = keep && run.best.epoch > 0 ? await timer.keep(() => keep(soFar(loop))) : undefined;
  const left = kept && kept.problem === undefined ? `; the weights of epoch ${run.best.epoch} are kept` : '';
  throw new TabletalkError('failed', `the loss is ${loss} at step ${run.step}; try a lower learning rate${left}`);
}

async function meanLoss({ trainer }: Run, batches: readonly Batch[]): Promise<number | null> {
  if (batches.length === 0) return null;
  let loss = 0;
  let weight = 0;
  for (const batch of batches) {
    const sums = await trainer.evaluate(batch, 'average');
    loss += sums.nats;
    weight += sums.weight;
  }
  return loss / weight;
}

function report({ plan, run, context, latest }: Loop, event: Partial<Progress> = {}): void {
  const { epoch, step, schedule } = run;
  const secondsLeft = (run.seconds() / Math.max(1, step)) * (schedule.maxSteps - step);
  const at = { epoch, epochs: plan.options.epochs, step, maxSteps: schedule.maxSteps, secondsLeft };
  context.onProgress?.({ ...at, ...latest, ...event });
}

/** Tokens a second from its making to the step it is shown. */
function speedometer(now: () => number): (step: StepBatches) => number {
  const started = now();
  let tokens = 0;
  return (step) => {
    for (const { B, T } of step) tokens += B * T;
    return tokens / Math.max(1e-3, (now() - started) / 1000);
  };
}

function copyOf(weights: Weights): Weights {
  return new Map([...weights].map(([name, data]) => [name, Float32Array.from(data)]));
}
