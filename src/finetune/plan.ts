/** What a run will be, settled before its first step: sizes, defaults that depend on the table, held-out rows. */
import type { ModelConfig } from '../../models/config.ts';
import { type PresetName, presetConfig } from '../../models/presets.ts';
import type { Batch } from '../../training/trainer.ts';
import { createRandom, type Random } from '../numeric/random.ts';
import { encodeTable } from '../serialize/codec/encoded-table.ts';
import type { Codec } from '../serialize/codec/grammar.ts';
import type { Table } from '../table/table.ts';
import {
  type BatchSource,
  batchesByLength,
  type LengthGroup,
  lengthGroups,
  makeBatch,
  meanTargetWeight,
} from './batches.ts';
import { canonicalShareOf, columnOrders } from './column-orders.ts';
import { efforts } from './efforts.ts';
import type { SettledOptions } from './options.ts';
import { longestSchedule, type Schedule } from './schedule.ts';

export interface Plan {
  /** What was asked for, with what depended on the table filled in. */
  readonly options: SettledOptions & { readonly batchSize: number; readonly epochs: number };
  readonly config: ModelConfig;
  readonly source: BatchSource;
  readonly trainRows: Int32Array;
  /** The rows, by index, that only judge; `validation` is made of them. */
  readonly heldOut: Int32Array;
  readonly validation: readonly Batch[];
  /** The longest there may be; held-out rows may end it sooner. */
  readonly schedule: Schedule;
  /** How the rows of every step are grouped by length. */
  readonly groups: readonly LengthGroup[];
  /** Target weight of an average step: what every step's gradient is divided by. */
  readonly normalizer: number;
}

/**
 * The label counts five times where it comes last. Digits are mostly chance once a number's range is known: counted in
 * full they drown out what columns say of each other, and stop a fit too soon (training/LOG.md).
 */
const trainingWeights = { phrase: 0.1, value: 1, digit: 0.3, lastTarget: 5 };
const validationWeights = { phrase: 0, value: 1, digit: 0.3, lastTarget: 1 };

/** What a model of rows given other rows needs beyond a table's. */
export interface Conditional {
  /** Columns that are always known: first in every row, and no target. */
  readonly given: readonly string[];
  /** By row, the family that it belongs to. Families are held out whole: siblings say too much of each other. */
  readonly families: Int32Array;
}

/** @param base the sizes of a model to start from, whose vocabulary is the codec's. */
export function planRun(
  table: Table,
  codec: Codec,
  options: SettledOptions,
  base?: ModelConfig,
  conditional?: Conditional,
): Plan {
  const target = table.schema.columns.findIndex(({ name }) => name === options.target);
  const encoded = encodeTable(codec, table);
  const given = conditional?.given.map((name) => codec.schema.columns.findIndex((column) => column.name === name));
  const canonicalShare = canonicalShareOf(options);
  const orders = columnOrders(codec.schema, target, canonicalShare);
  const source = { codec, encoded, orders, weights: trainingWeights, ...(given && { given }) };
  const random = createRandom(options.seed, 1);
  const shuffled = random.shuffle(Int32Array.from({ length: table.rowCount }, (_, row) => row));
  const { rows, held } = holdOut(shuffled, table.rowCount * options.validationFraction, conditional?.families);
  const trainRows = rows.slice(held);
  const isCpu = options.device === 'cpu';
  // A base has work enough in a row for any device.
  const { rows: most, tokens } = isCpu || base ? ofCpu : ofGpu;
  const wanted = Math.min(most, Math.max(8, 8 * Math.round(trainRows.length / 30 / 8)));
  const batchSize = options.batchSize ?? Math.min(wanted, rowsOf(tokens, codec));
  const effort = efforts[options.effort];
  // Of larger batches fewer and longer steps are needed, if not as few as there are more rows (training/LOG.md, "512 rows a step").
  const wide = Math.max(1, batchSize / ofCpu.rows);
  const steps = effort.steps / Math.sqrt(wide);
  const perEpoch = Math.ceil(trainRows.length / batchSize);
  const epochs = options.epochs ?? Math.min(effort.epochs, Math.max(1, Math.round(steps / perEpoch)));
  // A pass over very many rows is longer than any effort; `epochs` asks for it.
  const isCut = options.epochs === undefined && epochs === 1 && !conditional;
  const maxSteps = isCut ? Math.min(perEpoch, Math.round(steps)) : perEpoch * epochs;
  const preset = options.preset ?? choosePreset(table.rowCount);
  const learningRate = options.learningRate ?? (base ? rateOfBase(base) : defaultRates[preset] * Math.cbrt(wide));
  const optimizer = options.optimizer ?? (base ? 'adamw' : 'muon');
  const config = base ?? presetConfig(preset, options.architecture, codec.vocabSize, codec.longest);
  const { nLayer, nHead, nEmbd, nInner } = config;
  /** Tokens in memory at once in sequences of T; the scores of attention are T a head and token. */
  const atOnce = (T: number) =>
    isCpu ? tokensAtOnce : activationsAtOnce / (nLayer * (16 * nEmbd + 6 * nInner + 4 * nHead * T));
  const filled = { ...options, batchSize, epochs, learningRate, optimizer, canonicalShare };
  return {
    options: base ? { ...filled, architecture: base.architecture } : { ...filled, preset },
    groups: lengthGroups(
      trainRows.map((row) => encoded.length(row)).sort(),
      batchSize,
      codec.longest,
      (T) => options.microBatchSize ?? Math.max(1, Math.floor(atOnce(T) / T)),
      (isCpu ? ofCpu : ofGpu).tokensOfGroup,
    ),
    normalizer: (meanTargetWeight(source, trainRows) * trainRows.length) / perEpoch,
    config,
    source,
    trainRows,
    heldOut: rows.slice(0, held),
    validation: validationBatches(
      { ...source, weights: validationWeights },
      rows.slice(0, held),
      random,
      Math.min(isCpu ? ofCpu.rows : ofGpu.rows, rowsOf(atOnce(codec.longest), codec)),
    ),
    schedule: longestSchedule(
      learningRate,
      Math.min(mostWarmupSteps, Math.ceil(maxSteps * options.warmup)),
      maxSteps,
      options.finalRate,
    ),
  };
}

/** The rows, those that are held out first, and how many these are. */
function holdOut(shuffled: Int32Array, wanted: number, families: Int32Array | undefined) {
  if (!families) return { rows: shuffled, held: Math.floor(wanted) };
  const members = new Map<number, number[]>();
  for (const row of shuffled) {
    const family = families[row]!;
    const found = members.get(family);
    if (found) found.push(row);
    else members.set(family, [row]);
  }
  let held = 0;
  // Not all families may go: the last one, at least, is learned.
  for (const rows of [...members.values()].slice(0, -1)) if (held < Math.floor(wanted)) held += rows.length;
  return { rows: Int32Array.from([...members.values()].flat()), held };
}

/** The running average needs no slow start of its own; a longer rise only delays a run whose end is not known. */
const mostWarmupSteps = 150;

/** Narrow models take, and want, larger steps. */
const defaultRates: Record<PresetName, number> = { tiny: 4e-3, small: 2e-3, medium: 1.5e-3, large: 1e-3, huge: 6e-4 };

/** What was learned before is not to be shaken off; as for new models, the wider, the smaller the steps. */
const rateOfBase = ({ nEmbd }: ModelConfig): number => 0.064 / nEmbd;

/** A few thousand rows teach a tiny model all they know, and a larger one to repeat them. */
export function choosePreset(rows: number): PresetName {
  return rows < 5000 ? 'tiny' : 'small';
}

/** On a CPU more tokens at once make products no faster, and every length of sentence has memory of its own. */
const tokensAtOnce = 4096;
/** Numbers of activations at once on a GPU: 4 GB. */
const activationsAtOnce = 2 ** 30;

/**
 * Most rows and tokens a step (a row of a wide table has a thousand), and what one more group of rows of one length costs, as tokens
 * computed in that time: a guess. A GPU has hundreds of launches a step, whatever its size.
 */
const ofCpu = { rows: 64, tokens: 8192, tokensOfGroup: 96 };
const ofGpu = { rows: 512, tokens: 2 ** 16, tokensOfGroup: 2048 };

const rowsOf = (tokens: number, { longest }: Codec) => Math.max(1, Math.floor(tokens / longest));

/** Rows in memory at once where each has a gradient of its own, and all logits stand side by side. */
export const rowsAtOnce = (codec: Codec) => rowsOf(Math.min(tokensAtOnce, mostLogits / codec.vocabSize), codec);
const mostLogits = 2 ** 24;

/** Held-out rows in fixed orders: the same batches judge every epoch. A small share is read in several orders. */
function validationBatches(source: BatchSource, rows: Int32Array, random: Random, size: number): Batch[] {
  const enough = Math.min(400, 100_000 / source.codec.longest);
  const passes = Math.max(1, Math.ceil(enough / Math.max(1, rows.length)));
  const repeated = Int32Array.from({ length: rows.length * passes }, (_, i) => rows[i % rows.length]!);
  return batchesByLength(source, repeated, size).map((batch) => makeBatch(source, batch.rows, batch.shape, random));
}
