/** Trains a model on the sentences of a table until a held-out share of the rows says stop. It knows no gradients. */
import { architectures } from '../../models/architectures.ts';
import { initialWeights, type ModelConfig, type Weights } from '../../models/config.ts';
import { averageOf } from '../../training/average.ts';
import { type Batch, createTrainer, type Trainer } from '../../training/step.ts';
import { TabletalkError } from '../errors.ts';
import { createRandom } from '../random.ts';
import type { Codec } from '../serialize/codec.ts';
import type { Table } from '../table/table.ts';
import { batchRows, makeBatch } from './batches.ts';
import type { FinetuneOptions } from './options.ts';
import { type Plan, planRun } from './plan.ts';
import type { CurvePoint, Progress } from './progress.ts';
import { learningRateAt, stepsToTime, withinTime } from './schedule.ts';

export interface FinetuneContext {
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export interface Finetuned {
  readonly config: ModelConfig;
  readonly weights: Weights;
  /** The options with every default that depended on the table filled in. */
  readonly options: FinetuneOptions;
  readonly curve: readonly CurvePoint[];
  /** The epoch whose weights these are. */
  readonly bestEpoch: number;
}

export async function finetune(
  table: Table,
  codec: Codec,
  options: FinetuneOptions,
  { onProgress, now }: FinetuneContext,
): Promise<Finetuned> {
  const plan = planRun(table, codec, options);
  const initial = initialWeights(architectures[plan.config.architecture].weights(plan.config), options.seed);
  const trainer = createTrainer(plan.config, initial, {
    threads: options.threads,
    optimizer: { ...options, epsilon: 1e-8 },
  });
  const average = averageOf(trainer.weights, options.averageDecay);
  const random = createRandom(options.seed, 2);
  const best = { epoch: 0, loss: Number.POSITIVE_INFINITY, weights: copyOf(average.weights) };
  const curve: CurvePoint[] = [];
  const started = now();
  const elapsed = () => (now() - started) / 1000;
  let { schedule } = plan;
  let step = 0;
  try {
    for (let epoch = 1; epoch <= plan.options.epochs && step < schedule.maxSteps; epoch++) {
      const sums = { loss: 0, steps: 0, tokens: 0, started: now() };
      for (const rows of batchRows(plan.trainRows, plan.options.batchSize, plan.source.encoded.length, random)) {
        const batch = makeBatch(plan.source, rows, plan.options.batchSize, random);
        const { loss } = await trainer.step(batch, learningRateAt(step, schedule));
        step++;
        checkLoss(loss, step);
        average.update();
        sums.loss += loss;
        sums.steps++;
        sums.tokens += batch.B * batch.T;
        onProgress?.(progressAt(plan, epoch, step, loss, sums, now()));
        if (step === stepsToTime) schedule = withinTime(schedule, elapsed() / step, options.maxMinutes);
        if (step >= schedule.maxSteps) break;
      }
      const validationLoss = await meanLoss(trainer, plan.validation, average.weights);
      checkLoss(validationLoss ?? 0, step);
      const seconds = elapsed();
      const trainLoss = sums.loss / sums.steps;
      const point = {
        epoch,
        step,
        trainLoss,
        validationLoss,
        learningRate: learningRateAt(step, schedule),
        seconds,
      };
      curve.push(point);
      onProgress?.({ ...progressAt(plan, epoch, step, trainLoss, sums, now()), point });
      // Without held-out rows the latest weights are kept.
      if (validationLoss === null || validationLoss < best.loss) {
        Object.assign(best, { epoch, loss: validationLoss, weights: copyOf(average.weights) });
      }
      const ahead = (seconds / step) * Math.min(sums.steps, schedule.maxSteps - step);
      const outOfTime = options.maxMinutes !== undefined && seconds + ahead > options.maxMinutes * 60;
      if (epoch - best.epoch >= options.patience || outOfTime) break;
    }
  } finally {
    await trainer.release();
  }
  return { config: plan.config, weights: best.weights, options: plan.options, curve, bestEpoch: best.epoch };
}

/** Weights that give no loss are worth nothing, and later ones will be no better. */
function checkLoss(loss: number, step: number): void {
  if (Number.isFinite(loss)) return;
  throw new TabletalkError('failed', `the loss is ${loss} at step ${step}; try a lower learning rate`);
}

async function meanLoss(trainer: Trainer, batches: readonly Batch[], weights: Weights): Promise<number | null> {
  if (batches.length === 0) return null;
  let nats = 0;
  let weight = 0;
  for (const batch of batches) {
    const sums = await trainer.evaluate(batch, weights);
    nats += sums.nats;
    weight += sums.weight;
  }
  return nats / weight;
}

function progressAt(
  plan: Plan,
  epoch: number,
  step: number,
  loss: number,
  sums: { tokens: number; started: number },
  time: number,
): Progress {
  const tokensPerSecond = sums.tokens / Math.max(1e-3, (time - sums.started) / 1000);
  return { epoch, epochs: plan.options.epochs, step, maxSteps: plan.schedule.maxSteps, loss, tokensPerSecond };
}

function copyOf(weights: Weights): Weights {
  return new Map([...weights].map(([name, data]) => [name, Float32Array.from(data)]));
}
