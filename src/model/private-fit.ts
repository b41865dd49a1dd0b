/**
 * A fit with differential privacy, stage by stage: cells under a public domain, noisy counts, a model begun on rows drawn from
 * these, noisy steps on the real rows. It joins stages; what each may see of the rows is theirs.
 */

import { isDeepStrictEqual } from 'node:util';
import { architectures } from '../../models/architectures.ts';
import { initialWeights } from '../../models/config.ts';
import { presetConfig } from '../../models/presets.ts';
import { optionError, TabletalkError } from '../errors/errors.ts';
import { type Finetuned, finetune } from '../finetune/finetune.ts';
import { type FinetuneOptions, finetuneOptions, type SettledOptions } from '../finetune/options.ts';
import { choosePreset } from '../finetune/plan.ts';
import { finetunePrivately, type PrivateContext, planPrivately } from '../finetune/private-run.ts';
import type { Progress } from '../finetune/progress.ts';
import { createRandom } from '../numeric/random.ts';
import { mergedRanges } from '../privacy/column-cells.ts';
import { type DomainFile, readDomain, underDomain } from '../privacy/domain.ts';
import { arePairsWorth, measureMarginals, roundsFor } from '../privacy/marginals.ts';
import { blankColumns, filledFrom, measureDomain } from '../privacy/measured-domain.ts';
import { epsilonOf, type Mechanism, noiseFor } from '../privacy/noise.ts';
import type { CellGrammar } from '../serialize/codec/cell-grammar.ts';
import { createCodec } from '../serialize/codec/codec.ts';
import { type BaseGrammar, type Codec, storedPart, type TableCodec } from '../serialize/codec/grammar.ts';
import type { Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import type { Base } from './base.ts';
import { checkSameFit, keepIn, openEarlier, writeFinished } from './checkpoint/checkpointed-fit.ts';
import { checkLength } from './fit-checks.ts';
import { type ModelParts, ownLanguage } from './folder.ts';
import { contentHash, type ModelFile, type PrivacyRecord, readModelFile } from './manifest.ts';
import { createModel, type Model } from './model.ts';
import { version } from './version.ts';

type PrivateOptions = SettledOptions & { readonly epsilon: number; readonly delta: number };

/** Of epsilon, what the counts may cost alone, and those that fill a domain's blanks. */
const [shareOfCounts, shareOfDomain] = [0.4, 0.15];
/** Of delta, the probability that a value of one row only is in a domain. */
const deltaOfDomain = 0.1;

/**
 * The noise of every part, settled before a row is read from what is public. Throws an `option` error where no noise would be left.
 */
function settlePrivacy(rows: number, file: DomainFile, options: PrivateOptions): PrivacyRecord {
  const { epsilon, target, gradClip: clip } = options;
  const [blanks, columns] = [blankColumns(file), file.columns.filter(({ replaced }) => !replaced).length];
  const { rate, steps } = planPrivately(rows, options);
  const surviving = blanks.length > 0 ? deltaOfDomain * options.delta : 0;
  const delta = options.delta - surviving;
  const paid: Mechanism[] = [];
  const spent: Record<string, number> = {};
  const pay = (item: string, budget: number, mechanism: Omit<Mechanism, 'sigma'>, others: Mechanism[] = []): number => {
    const sigma = noiseFor({ epsilon: budget, delta }, mechanism, others);
    if (sigma === undefined) {
      const why = `no noise keeps to ${epsilon} at delta ${options.delta}, or none would be needed`;
      throw optionError('fit', 'epsilon', why);
    }
    const before = paid.length === 0 ? 0 : epsilonOf(paid, delta);
    paid.push({ ...mechanism, sigma });
    spent[item] = epsilonOf(paid, delta) - before;
    return sigma;
  };
  const ofDomain = () => pay('domain', shareOfDomain * epsilon, { rate: 1, times: 1 });
  const domain = blanks.length > 0 && { noise: ofDomain(), delta: surviving, columns: blanks };
  const forCounts = shareOfCounts * epsilon;
  const rounds = roundsFor(target !== undefined, (rounds) => {
    const noise = noiseFor({ epsilon: forCounts, delta }, { rate: 1, times: rounds });
    return noise !== undefined && arePairsWorth(rows, columns, noise);
  });
  const counts = { noise: pay('counts', forCounts, { rate: 1, times: rounds }), rounds };
  const noise = pay('training', epsilon, { rate, times: steps }, paid);
  const promised = { epsilon, delta: options.delta, accountant: 'rdp' as const };
  return { ...promised, noise, clip, rate, steps, ...(domain && { domain }), counts, spent };
}

/** Rows that a model is begun on: enough for what counts say. */
const warmRows = { least: 2000, most: 20_000 };

/** Noisy counts: the grammar's ranges, and rows to begin with. Here the rows are read for the first time. */
function countPrivately(table: Table, rows: number, options: PrivateOptions, { counts }: PrivacyRecord) {
  const target = table.schema.columns.findIndex(({ name }) => name === options.target);
  const marginals = measureMarginals(table, target, rows, counts);
  const count = Math.min(warmRows.most, Math.max(warmRows.least, rows));
  return { cells: marginals.cells, begin: marginals.draw(count, createRandom(options.seed, 21)) };
}

export interface PrivateFit {
  readonly table: Table;
  /** What is public of the table; its blanks are measured. */
  readonly domain: DomainFile;
  readonly options: PrivateOptions;
  /** The options that the caller gave, which a fit that goes on must have. */
  readonly given: Partial<FinetuneOptions>;
  readonly base: Base | undefined;
  readonly checkpoint: string | undefined;
  readonly resume: boolean | 'auto';
  readonly context: Pick<PrivateContext, 'onProgress' | 'signal' | 'now'>;
}

/** @throws {TabletalkError} as `fit`. */
export async function fitPrivately(fit: PrivateFit): Promise<Model> {
  const { base, checkpoint, resume, context } = fit;
  const rows = fit.table.rowCount;
  const blanks = blankColumns(fit.domain);
  const earlier = resume ? await openEarlier(checkpoint!, resume === 'auto') : undefined;
  // Where a run goes on its domain and counts were measured, and paid for, when it began.
  const known = earlier && readDomain(filledFrom(fit.domain, earlier.origin.schema));
  if (earlier && known) {
    const is = { schema: known, provenance: publicProvenance(fit, known) };
    const { device: _, microBatchSize: __, ...same } = fit.given;
    checkSameFit(checkpoint!, earlier.origin, is, same);
    if (earlier.finished) return earlier.finished;
  }
  const { device, microBatchSize } = fit.options;
  const options = {
    ...fit.options,
    ...earlier?.origin.options,
    device,
    ...(microBatchSize !== undefined && { microBatchSize }),
  };
  const privacy = settlePrivacy(rows, fit.domain, options);
  const domain = known ?? readDomain(measureDomain(fit.table, fit.domain, privacy.domain));
  const provenance = publicProvenance(fit, domain);
  const { table, outside } = underDomain(fit.table, domain, blanks);
  const started = earlier && (await readModelFile(checkpoint!));
  if (started && !isDeepStrictEqual(started.privacy, privacy)) {
    throw optionError('fit', 'resume', `${checkpoint} was begun with another plan of noise; begin again`);
  }
  const counted = started
    ? { cells: started.grammar.cells, begin: undefined }
    : countPrivately(table, rows, options, privacy);
  const { cells } = counted;
  const codec = createCodec(table.schema, base ? baseGrammarOf(base, cells) : { version: 1, cells });
  checkLength(codec, base);
  const language = base ? { codec, ...base.tokenizer } : await ownLanguage(codec as TableCodec);
  const initial = await begun(counted.begin, codec, options, base, rows, context);
  const partsOf = ({ config, weights, options, ended }: Omit<Finetuned, 'heldOut'>): ModelParts => {
    const written = { format: 1 as const, writtenBy: `tabletalk ${version}`, schema: domain };
    const learned = { grammar: storedPart(codec.grammar), options: finetuneOptions.parse(options) };
    const file = { ...written, ...learned, curve: [], bestEpoch: 0, ...(ended && { ended }), privacy, provenance };
    return { config, weights, language, file };
  };
  const finetuned = await finetunePrivately(table, codec, options, {
    ...telling(outside, context),
    plan: planPrivately(rows, options),
    sigma: privacy.noise,
    initial,
    ...(earlier?.run && { resume: earlier.run }),
    ...(checkpoint !== undefined && { keep: keepIn(checkpoint, partsOf) }),
  });
  const parts = partsOf(finetuned);
  if (checkpoint !== undefined) await writeFinished(checkpoint, parts);
  return createModel(parts);
}

/** The first private step also says how many cells were taken as missing. */
function telling(outside: number, { onProgress, ...context }: PrivateFit['context']): PrivateFit['context'] {
  let told = outside === 0;
  const tell = (event: Progress) => {
    onProgress?.(told ? event : { ...event, outside });
    told = true;
  };
  return { ...context, ...(onProgress && { onProgress: tell }) };
}

/** Of the domain, which is public: a hash of the rows would let a guess of them be checked. */
function publicProvenance({ table, base }: PrivateFit, domain: Schema): ModelFile['provenance'] {
  return {
    rows: table.rowCount,
    columns: domain.columns.length,
    contentHash: contentHash({ schema: domain, rowCount: 0, columns: [] }),
    ...(base && { base: { name: base.name, contentHash: base.contentHash } }),
  };
}

/** Numbers are said in digits alone, as in every fit of a base: the whole of each column is one range, or one a sign. */
function baseGrammarOf(base: Base, cells: readonly CellGrammar[]): BaseGrammar {
  const whole = ({ bins }: CellGrammar) => (bins ? { bins: mergedRanges(bins, new Float64Array(bins.length), 1) } : {});
  return { version: 2, cells: cells.map(whole), ...base.grammar };
}

/**
 * A model that knows the counts, from rows drawn by them: a fit like any other, whose rows are nobody's. A base that is to keep its
 * weights (LoRA), and a run that goes on, begin without.
 */
async function begun(
  begin: Table | undefined,
  codec: Codec,
  { target, seed, threads, device, loraRank, ...options }: PrivateOptions,
  base: Base | undefined,
  rows: number,
  context: PrivateFit['context'],
): Promise<PrivateContext['initial']> {
  const preset = options.preset ?? choosePreset(rows);
  const config = base?.config ?? presetConfig(preset, options.architecture, codec.vocabSize, codec.longest);
  if (begin === undefined || loraRank !== undefined) {
    const drawn = () => initialWeights(architectures[config.architecture].weights(config), seed);
    return { config, weights: base?.weights ?? drawn() };
  }
  const ofNew = base ? {} : { preset, architecture: options.architecture };
  const { epochs, microBatchSize, canonicalShare } = options;
  const same = { target, seed, threads, epochs, microBatchSize, canonicalShare };
  const asked = finetuneOptions.parse({ ...same, effort: 'quick', ...ofNew });
  return finetune(begin, codec, { ...asked, device }, { ...context, ...(base && { initial: base }) }).catch(notBegun);
}

/** Before the first private step there is nothing to go on from. */
function notBegun(error: unknown): never {
  if (!(error instanceof TabletalkError) || error.code !== 'interrupted') throw error;
  throw new TabletalkError('failed', 'stopped before the first private step: nothing was kept, so begin again');
}
