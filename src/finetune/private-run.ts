/**
 * Trains a model with differential privacy (Abadi et al. 2016, DP-SGD): Poisson samples of the rows, every row's gradient clipped,
 * noise on their sum, and a number of steps that is known before a row is read. Nothing else of the rows leaves it: no loss, no
 * curve, no best epoch.
 */

import type { ModelConfig, Weights } from '../../models/config.ts';
import { createRandom } from '../numeric/random.ts';
import { addNoise, poissonSample, secretSeed } from '../privacy/noise.ts';
import { encodeTable } from '../serialize/codec/encoded-table.ts';
import type { Codec } from '../serialize/codec/grammar.ts';
import type { Table } from '../table/table.ts';
import { type BatchSource, batchesByLength, makeBatch } from './batches.ts';
import { createCheckpointTimer, interruption } from './checkpoint-timer.ts';
import { canonicalShareOf, columnOrders } from './column-orders.ts';
import type { FinetuneContext, Finetuned } from './finetune.ts';
import type { SettledOptions } from './options.ts';
import { rowsAtOnce } from './plan.ts';
import type { Progress } from './progress.ts';
import { endedRun, type Run, startRun, stateOf } from './run.ts';
import { learningRateAt, longestSchedule } from './schedule.ts';

/** What a private fit does, from what is public: the number of rows and the options. */
export interface PrivatePlan {
  /** Rows of a step on average. */
  readonly batchSize: number;
  /** The probability with which a row is in a step. */
  readonly rate: number;
  readonly steps: number;
}

/**
 * Rows that are read in all, and the least and the most steps for them. Batches are large, for noise is added once a step, whatever its
 * rows. With as much epsilon hardly more is learned in many steps than in few, so that steps are as many as their work allows.
 */
const [rowsRead, fewestSteps, mostSteps] = [76_800, 50, 250];
/** That many times as many steps. */
const lengths = { quick: 0.4, standard: 1, best: 4 } as const;
const mostBatch = 1024;
const shareOfRows = 8;

export function planPrivately(rows: number, { batchSize, epochs, effort }: SettledOptions): PrivatePlan {
  const size = Math.min(rows, batchSize ?? Math.max(1, Math.min(mostBatch, Math.round(rows / shareOfRows))));
  const standard = Math.min(mostSteps, Math.max(fewestSteps, rowsRead / size));
  const steps = epochs === undefined ? lengths[effort] * standard : (epochs * rows) / size;
  return { batchSize: size, rate: size / rows, steps: Math.max(1, Math.round(steps)) };
}

/** Ranges and digits are what the rows were begun with; a column's name is given when rows are drawn. */
const privateWeights = { phrase: 0, value: 1, digit: 0, lastTarget: 1 };

/**
 * The less noise there is for the rows of a step, the longer the step, because AdamW makes all equally long; and none longer than a
 * model of this width takes without noise.
 */
const privateRate = (batchSize: number, sigma: number, nEmbd: number): number =>
  Math.min(0.25 / nEmbd, 8e-5 * Math.sqrt(batchSize / sigma));

export interface PrivateContext extends Pick<FinetuneContext, 'onProgress' | 'now' | 'resume' | 'keep' | 'signal'> {
  readonly plan: PrivatePlan;
  /** Noise on a sum of gradients, as a multiple of the norm to which each is clipped. */
  readonly sigma: number;
  /** Weights that tell nothing of the rows but what was paid for, and their sizes. */
  readonly initial: { readonly config: ModelConfig; readonly weights: Weights };
}

/** `table` may have fewer rows than the plan is for. Throws `interrupted` when the signal came. */
export async function finetunePrivately(
  table: Table,
  codec: Codec,
  options: SettledOptions,
  { plan, sigma, initial, resume, ...context }: PrivateContext,
): Promise<Omit<Finetuned, 'heldOut'>> {
  const { gradClip: clip, warmup, finalRate } = options;
  const learningRate = options.learningRate ?? privateRate(plan.batchSize, sigma, initial.config.nEmbd);
  const warmupSteps = Math.ceil(plan.steps * warmup);
  const schedule = longestSchedule(learningRate, warmupSteps, plan.steps, finalRate);
  const canonicalShare = canonicalShareOf(options);
  const settled = { ...options, learningRate, batchSize: plan.batchSize, optimizer: 'adamw' as const, canonicalShare };
  const run = await startRun(
    { config: initial.config, options: settled, normalizer: plan.batchSize, schedule },
    context.now,
    { resume, initial: initial.weights },
  );
  const target = table.schema.columns.findIndex(({ name }) => name === options.target);
  const encoded = encodeTable(codec, table);
  const orders = columnOrders(codec.schema, target, canonicalShare);
  const source = { codec, encoded, orders, weights: privateWeights };
  const keeper = createCheckpointTimer(context.now);
  const soFar = () => {
    const weights = run.trainer.whole(run.trainer.average!);
    const nothing = { curve: [], bestEpoch: 0, heldOut: new Int32Array(0) };
    return { config: initial.config, weights, options: settled, ...nothing };
  };
  return endedRun(run, context, async () => {
    while (run.step < plan.steps) {
      const batches = batchesOf(source, poissonSample(table.rowCount, plan.rate), options);
      await run.trainer.privateStep(batches, learningRateAt(run.step, run.schedule), {
        clip,
        normalizer: plan.batchSize,
        addNoise: (sum) => addNoise(sum, sigma * clip),
      });
      run.step++;
      report(run, plan, context);
      if (run.step === plan.steps) break;
      const stop = context.signal?.aborted ?? false;
      const { keep } = context;
      const write = async () => {
        await run.trainer.pull();
        await keep?.(soFar(), stateOf(run));
      };
      const checkpoint = keep && (stop || keeper.isDue(false)) ? await keeper.keep(write) : undefined;
      if (checkpoint) report(run, plan, context, { checkpoint });
      if (stop) throw interruption(run.step, plan.steps, checkpoint?.problem);
    }
    await run.trainer.pull();
    return { ...soFar(), ended: 'length' };
  });
}

/**
 * A row is in one place of one batch: sentences are padded, never put together. The orders of their columns come from no known
 * seed: with one, a row more would change the orders, and so the gradients, of the rows after it.
 */
function batchesOf(source: BatchSource, rows: Int32Array, { microBatchSize }: SettledOptions) {
  const size = microBatchSize ?? rowsAtOnce(source.codec);
  const random = createRandom(secretSeed());
  return batchesByLength(source, rows, size).map((batch) => makeBatch(source, batch.rows, batch.shape, random));
}

function report(
  run: Run,
  { steps }: PrivatePlan,
  { onProgress }: Pick<FinetuneContext, 'onProgress'>,
  event: Partial<Progress> = {},
): void {
  const secondsLeft = (run.seconds() / run.step) * (steps - run.step);
  const place = { epoch: 1, epochs: 1, step: run.step, maxSteps: steps, secondsLeft };
  onProgress?.({ ...place, loss: null, tokensPerSecond: null, ...event });
}
