/** Trains a model on the sentences of a table until a held-out share of the rows says stop. It knows no gradients. */
import { architectures } from '../../models/architectures.ts';
import { initialWeights, type ModelConfig, type Weights } from '../../models/config.ts';
import { type PresetName, presetConfig } from '../../models/presets.ts';
import { averageOf } from '../../training/average.ts';
import { type Batch, createTrainer, type Trainer } from '../../training/step.ts';
import { TabletalkError } from '../errors.ts';
import { createRandom, type Random } from '../random.ts';
import type { Codec } from '../serialize/codec.ts';
import { encodeTable } from '../serialize/encoded-table.ts';
import type { Table } from '../table/table.ts';
import { type BatchSource, batchRows, makeBatch } from './batches.ts';
import type { FinetuneOptions } from './options.ts';
import { learningRateAt, type Schedule } from './schedule.ts';

/** One line of the training curve, written at the end of every epoch. Losses are mean nats per target token. */
export interface CurvePoint {
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
  /** Null where no rows were held out. */
  readonly validationLoss: number | null;
  readonly learningRate: number;
  readonly seconds: number;
}

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly maxSteps: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** Set at the end of an epoch. */
  readonly point?: CurvePoint;
}

export interface FinetuneContext {
  readonly onProgress?: (progress: Progress) => void;
  /** Milliseconds from any origin. */
  readonly now: () => number;
  /** A model to start from, whose vocabulary is the codec's; by default a new one. */
  readonly initial?: { readonly config: ModelConfig; readonly weights: Weights };
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
  { onProgress, now, initial }: FinetuneContext,
): Promise<Finetuned> {
  const plan = planRun(table, codec, options, initial?.config);
  const drawn = () => initialWeights(architectures[plan.config.architecture].weights(plan.config), options.seed);
  const trainer = createTrainer(plan.config, initial?.weights ?? drawn(), {
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

/** Steps after which their usual time is known; the first ones build graphs. */
const stepsToTime = 20;

/** A schedule that ends in time, so that its learning rate still falls to the end; a tenth is left for judging. */
function withinTime(schedule: Schedule, secondsPerStep: number, maxMinutes: number | undefined): Schedule {
  if (maxMinutes === undefined) return schedule;
  const affordable = Math.max(stepsToTime, Math.floor((0.9 * 60 * maxMinutes) / secondsPerStep));
  if (affordable >= schedule.maxSteps) return schedule;
  const warmupSteps = Math.ceil((schedule.warmupSteps * affordable) / schedule.maxSteps);
  return { ...schedule, maxSteps: affordable, warmupSteps };
}

interface Plan {
  /** What was asked for, with what depended on the table filled in. */
  readonly options: FinetuneOptions & { readonly batchSize: number; readonly epochs: number };
  readonly config: ModelConfig;
  readonly source: BatchSource;
  readonly trainRows: Int32Array;
  readonly validation: readonly Batch[];
  readonly schedule: Schedule;
}

/**
 * The label counts five times where it comes last. Digits are mostly chance once a number's range is known: counted in
 * full they drown out what columns say of each other, and stop a fit too soon (training/LOG.md).
 */
const trainingWeights = { phrase: 0.1, value: 1, digit: 0.3, lastTarget: 5 };
const validationWeights = { phrase: 0, value: 1, digit: 0.3, lastTarget: 1 };

function planRun(table: Table, codec: Codec, options: FinetuneOptions, base: ModelConfig | undefined): Plan {
  const target = table.schema.columns.findIndex(({ name }) => name === options.target);
  const encoded = encodeTable(codec, table);
  const source = { codec, encoded, target, weights: trainingWeights };
  const random = createRandom(options.seed, 1);
  const rows = random.shuffle(Int32Array.from({ length: table.rowCount }, (_, row) => row));
  const held = Math.floor(table.rowCount * options.validationFraction);
  const trainRows = rows.slice(held);
  const wanted = Math.min(64, Math.max(8, 8 * Math.round(trainRows.length / 30 / 8)));
  const batchSize = options.batchSize ?? Math.min(wanted, rowsAtOnce(codec));
  const perEpoch = Math.ceil(trainRows.length / batchSize);
  const epochs = options.epochs ?? Math.min(mostEpochs, Math.max(1, Math.round(defaultSteps / perEpoch)));
  const maxSteps = perEpoch * epochs;
  const preset = options.preset ?? choosePreset(table);
  const learningRate = options.learningRate ?? (base ? rateOfBase(base) : defaultRates[preset]);
  const filled = { ...options, batchSize, epochs, learningRate };
  return {
    options: base ? { ...filled, architecture: base.architecture } : { ...filled, preset },
    config: base ?? presetConfig(preset, options.architecture, codec.vocabSize, codec.longest),
    source,
    trainRows,
    validation: validationBatches({ ...source, weights: validationWeights }, rows.subarray(0, held), random),
    schedule: {
      peak: learningRate,
      warmupSteps: Math.ceil(maxSteps * options.warmup),
      maxSteps,
      finalShare: options.finalRate,
    },
  };
}

/** A run's length unless told otherwise: seven passes over 30,000 rows, 32 over a thousand (training/LOG.md). */
const defaultSteps = 3000;
const mostEpochs = 32;

/** Narrow models take, and want, larger steps. */
const defaultRates: Record<PresetName, number> = { tiny: 4e-3, small: 2e-3, medium: 1.5e-3, large: 1e-3 };

/** What was learned before is not to be shaken off; as for new models, the wider, the smaller the steps. */
const rateOfBase = ({ nEmbd }: ModelConfig): number => 0.064 / nEmbd;

/** A few thousand rows teach a tiny model all they know, and a larger one to repeat them. */
function choosePreset(table: Table): PresetName {
  return table.rowCount < 5000 ? 'tiny' : 'small';
}

/** Rows of a wide table take a thousand tokens each: 64 of them at once would take 8 GB. */
const tokensAtOnce = 8192;
/** As many logits as a fit with a base's vocabulary should have in memory at once, several times over: 256 MiB. */
const logitsAtOnce = 2 ** 26;
const rowsAtOnce = ({ longest, vocabSize }: Codec) =>
  Math.max(1, Math.floor(Math.min(tokensAtOnce, logitsAtOnce / vocabSize) / longest));

/** Held-out rows in fixed orders: the same batches judge every epoch. A small share is read in several orders. */
function validationBatches(source: BatchSource, rows: Int32Array, random: Random): Batch[] {
  const size = Math.min(64, rowsAtOnce(source.codec));
  const enough = Math.min(400, 100_000 / source.codec.longest);
  const readings = Math.max(1, Math.ceil(enough / Math.max(1, rows.length)));
  const repeated = Int32Array.from({ length: rows.length * readings }, (_, i) => rows[i % rows.length]!);
  return batchRows(repeated, size, source.encoded.length, random).map((batch) =>
    makeBatch(source, batch, size, random),
  );
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
