/** From a table to a model: checks the call, learns the sentence grammar, trains. It joins stages and does none's work. */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { architectures } from '../../models/architectures.ts';
import { sizeOf } from '../../models/config.ts';
import type { PresetName } from '../../models/presets.ts';
import { parseOptions } from '../errors/check-options.ts';
import { optionError } from '../errors/errors.ts';
import { lockPath } from '../files/lock.ts';
import { type Finetuned, finetune } from '../finetune/finetune.ts';
import { type FinetuneOptions, finetuneOptions } from '../finetune/options.ts';
import type { Conditional } from '../finetune/plan.ts';
import type { Progress } from '../finetune/progress.ts';
import { chooseDevice } from '../onnx/devices.ts';
import type { Device } from '../onnx/session.ts';
import { domainFile, openDomain } from '../privacy/domain.ts';
import { undescribed } from '../privacy/measured-domain.ts';
import type { SamplerModel } from '../sample/decode/block.ts';
import { likelihoods } from '../sample/score/log-likelihood.ts';
import { createCodec, learnBaseGrammar, learnGrammar } from '../serialize/codec/codec.ts';
import { storedPart } from '../serialize/codec/grammar.ts';
import { canonicalOrder } from '../serialize/sentence/canonical-order.ts';
import { columnsOf } from '../table/cast.ts';
import { withClassTarget } from '../table/class-target.ts';
import { learnedTable } from '../table/learnable.ts';
import { learnedSchema, type Schema, tableSchema } from '../table/schema.ts';
import { takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { type Base, loadBase } from './base.ts';
import { checkSameFit, keepIn, openEarlier, writeFinished } from './checkpoint/checkpointed-fit.ts';
import {
  checkBaseOptions,
  checkLength,
  checkPrivateOptions,
  checkPublicOptions,
  checkTable,
  checkTarget,
  defaultDelta,
} from './fit-checks.ts';
import { type Language, type ModelParts, ownLanguage } from './folder.ts';
import { checkModelFolder, contentHash, type ModelFile } from './manifest.ts';
import { createModel, type Model } from './model.ts';
import { fitPrivately } from './private-fit.ts';
import { version } from './version.ts';

const fitOptions = finetuneOptions.extend({
  /** A Hugging Face folder, or the name of a model on the hub, to start from; by default a new model. */
  base: z.string().optional(),
  /**
   * The model folder in which the fit is kept while it goes on: a model that loads, of the best weights so far, and a
   * checkpoint. When the fit is over the folder holds the finished model, and the checkpoint is gone.
   */
  checkpoint: z.string().min(1).optional(),
  /**
   * Goes on from the checkpoint, to the same weights as without the interruption. The table must be the same, and so
   * must the options that are given; the others are the checkpoint's. A finished model is returned as it is. With "auto"
   * a fit begins where there is no model and no checkpoint; the same call then begins a fit and goes on with it.
   */
  resume: z.union([z.boolean(), z.literal('auto')], { error: 'must be true, false or "auto"' }).default(false),
  /**
   * With `epsilon`: what is public of the table (privacy/domain.ts), a schema in which bounds, decimals, categories and kinds may be null:
   * these are measured under a share of the budget, as all of them are without a domain. Cells that it does not hold are missing.
   */
  domain: domainFile.optional(),
  /** Ends the fit after the step it is in, with a checkpoint. */
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
  onProgress: z
    .custom<(progress: Progress) => void>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});
export type FitOptions = z.input<typeof fitOptions>;

/**
 * Learns the table's rows. Throws `option` and `input` errors before any work is done, `failed` when the loss is no
 * number or the finished model cannot be written, and `interrupted` when the signal came.
 */
export function fit(table: Table, given: FitOptions = {}): Promise<Model> {
  return fitGiven(table, given, undefined);
}

/** The same for rows of which some columns are always known. */
export async function fitGiven(table: Table, given: FitOptions, conditional: Conditional | undefined): Promise<Model> {
  const checked = parseOptions('fit', fitOptions, given);
  const release = checked.checkpoint === undefined ? () => {} : lockPath(checked.checkpoint, 'a fit');
  try {
    if (checked.epsilon !== undefined) return await learnPrivately(table, given, checked);
    return await learn(table, given, checked, conditional);
  } finally {
    release();
  }
}

type Checked = z.output<typeof fitOptions>;

async function learnPrivately(table: Table, given: FitOptions, checked: Checked): Promise<Model> {
  const { onProgress, checkpoint, resume, signal, base: baseName, domain: file, ...options } = checked;
  checkPrivateOptions(given, table.rowCount);
  checkBaseOptions(given);
  checkResume(resume, checkpoint);
  const domain = openDomain(file ?? undescribed(table.schema));
  checkTarget(domain, options.target);
  if (checkpoint !== undefined) await checkModelFolder(checkpoint, true);
  const { epsilon, delta = defaultDelta(table.rowCount) } = options;
  const settled = { ...options, epsilon: epsilon!, delta, device: await deviceFor(options, baseName) };
  return fitPrivately({
    table,
    domain,
    options: settled,
    given: asGiven(given, settled),
    base: baseName === undefined ? undefined : await loadBase(baseName),
    checkpoint,
    resume,
    context: { now: () => performance.now(), ...(onProgress && { onProgress }), ...(signal && { signal }) },
  });
}

async function learn(
  read: Table,
  given: FitOptions,
  checked: Checked,
  conditional: Conditional | undefined,
): Promise<Model> {
  const { onProgress, checkpoint, resume, signal, base: baseName, domain: _, ...options } = checked;
  checkPublicOptions(given);
  const table = withClassTarget(read, options.target);
  const asked = { ...options, device: await deviceFor(options, baseName) };
  checkResume(resume, checkpoint);
  checkBaseOptions(given);
  const learned = learnedTable(table);
  checkTable(table.schema, learned, asked.target);
  if (checkpoint !== undefined) await checkModelFolder(checkpoint, true);
  const base = baseName === undefined ? undefined : await loadBase(baseName);
  const schema = withLearned(table.schema, learned.schema);
  const language = await learnLanguage({ ...learned, schema: learnedSchema(schema) }, base);
  const { codec } = language;
  const provenance = provenanceOf(table, learned, base);
  const earlier = resume ? await openEarlier(checkpoint!, resume === 'auto') : undefined;
  const { device: askedDevice, microBatchSize, ...same } = asGiven(given, asked);
  if (earlier) checkSameFit(checkpoint!, earlier.origin, { schema, provenance }, same);
  if (earlier?.finished) return earlier.finished;
  const partsOf = (
    { config, weights, options, curve, bestEpoch, ended }: Omit<Finetuned, 'heldOut'>,
    likelihood?: ModelFile['likelihood'],
  ): ModelParts => ({
    config,
    weights,
    language,
    file: {
      format: 1,
      writtenBy: `tabletalk ${version}`,
      // Keys in their schema's order here and below, so that saving what was loaded writes the same bytes.
      schema,
      grammar: storedPart(codec.grammar),
      options: finetuneOptions.parse(options),
      curve: [...curve],
      bestEpoch,
      ...(ended && { ended }),
      ...(likelihood && { likelihood }),
      provenance,
    },
  });
  // Where a step is computed, and in how many parts, may change on the way.
  const settled = { ...(earlier?.origin.options ?? asked), ...(microBatchSize && { microBatchSize }) };
  const device = await deviceFor({ ...settled, ...(askedDevice && { device: askedDevice }) }, baseName);
  const context = {
    now: () => performance.now(),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
    ...(base && { initial: base }),
    ...(conditional && { conditional }),
    ...(earlier?.run && { resume: earlier.run }),
    ...(checkpoint !== undefined && { keep: keepIn(checkpoint, (soFar) => partsOf(soFar)) }),
  };
  const { heldOut, ...finetuned } = await finetune(learned, codec, { ...settled, device }, context);
  const { config, weights } = finetuned;
  const target = codec.schema.columns.findIndex(({ name }) => name === settled.target);
  const sampler = { config, weights, codec, target };
  // Read in any order, given columns are no sentence of the model's.
  const likelihood = conditional ? undefined : await heldOutLogProbs(sampler, learned, heldOut, settled);
  const parts = partsOf(finetuned, likelihood);
  if (checkpoint !== undefined) await writeFinished(checkpoint, parts);
  return createModel(parts);
}

const largePresets: readonly PresetName[] = ['medium', 'large', 'huge'];

/** Presets that are never chosen by a table's size, and bases, are large enough for a GPU to be looked for. */
function deviceFor({ device, preset }: Pick<Checked, 'device' | 'preset'>, base: string | undefined): Promise<Device> {
  return chooseDevice(device, base !== undefined || (preset !== undefined && largePresets.includes(preset)));
}

/** The table's sentences in the tokens of the base, or in its own. Throws `input` errors for rows that are too long. */
async function learnLanguage(table: Table, base: Base | undefined): Promise<Language> {
  if (base) {
    const codec = createCodec(table.schema, learnBaseGrammar(table, base.grammar));
    checkLength(codec, base);
    return { codec, ...base.tokenizer };
  }
  const codec = createCodec(table.schema, learnGrammar(table));
  checkLength(codec, undefined);
  return ownLanguage(codec);
}

/** Rare categories are not in the model folder either. */
function withLearned(schema: Schema, learned: Schema): Schema {
  const columns = schema.columns.map((column) => learned.columns.find(({ name }) => name === column.name) ?? column);
  // In the schema's own order, as a model folder gives it back.
  return tableSchema.parse({ ...schema, columns });
}

function provenanceOf(table: Table, learned: Table, base: Base | undefined): ModelFile['provenance'] {
  return {
    rows: table.rowCount,
    columns: table.columns.length,
    // Of what is learned: a hash of names and numbers would let each be guessed and checked.
    contentHash: contentHash(learned),
    ...(base && { base: { name: base.name, contentHash: base.contentHash } }),
  };
}

function checkResume(resume: Checked['resume'], checkpoint: string | undefined): void {
  if (!resume || checkpoint !== undefined) return;
  throw optionError('fit', 'resume', 'needs "checkpoint", the folder to go on from');
}

/** The checked options, without those that only have their defaults. */
function asGiven(given: FitOptions, checked: FinetuneOptions): Partial<FinetuneOptions> {
  const wasGiven = ([name]: [string, unknown]) => given[name as keyof FitOptions] !== undefined;
  return Object.fromEntries(Object.entries(checked).filter(wasGiven));
}

// What a finished model says of real rows that it did not learn from, as quantiles: so that other rows can be ranked
// among them.

/** Column orders averaged per row. Must be the same here and in scoring, or the log-probabilities are not comparable. */
const orders = 1;

const quantiles = 201;
const mostRows = 1000;
/** Multiplications and additions; a large base reads fewer rows. */
const mostWork = 2e12;
const fewestRows = 50;

/** Undefined where no rows were held out. */
async function heldOutLogProbs(
  model: SamplerModel,
  table: Table,
  heldOut: Int32Array,
  { seed, threads }: { readonly seed: number; readonly threads: number },
): Promise<ModelFile['likelihood']> {
  const rows = heldOut.slice(0, affordable(model));
  if (rows.length === 0) return undefined;
  const cells = columnsOf(takeRows(table, rows), model.codec.schema);
  // The order that the model knows best, where its log-probabilities say most.
  const order = [...canonicalOrder(model.codec.schema, model.target)];
  const found = await likelihoods(model, cells, { orders, first: order, seed, threads, cells: false });
  const sorted = found.rows.filter(Number.isFinite).sort();
  if (sorted.length === 0) return undefined;
  const count = Math.min(quantiles, sorted.length);
  // Six digits are more than a rank needs.
  const at = (i: number) =>
    Number(sorted[Math.round((i / Math.max(1, count - 1)) * (sorted.length - 1))]!.toPrecision(6));
  return { orders, order, logProbs: Array.from({ length: count }, (_, i) => at(i)) };
}

function affordable({ config, codec }: SamplerModel): number {
  const parameters = architectures[config.architecture].weights(config).reduce((n, { shape }) => n + sizeOf(shape), 0);
  const work = 2 * parameters * codec.longest;
  return Math.min(mostRows, Math.max(fewestRows, Math.floor(mostWork / work)));
}
