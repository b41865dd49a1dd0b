/** A fitted model as users hold it: it samples rows, and is saved to and loaded from a folder. It joins stages and does none's work. */

import type { z } from 'zod';
import { loadCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import type { ModelConfig } from '../../models/config.ts';
import { parseOptions } from '../errors/check-options.ts';
import { optionError, TabletalkError } from '../errors/errors.ts';
import { checkSums } from '../files/atomic-folder.ts';
import { onlyShard, rangeOf, rangesOf } from '../numeric/shard.ts';
import { columnIndex, readWhere } from '../sample/conditions/where.ts';
import type { SamplerModel } from '../sample/decode/block.ts';
import {
  grammarProcessor,
  type LogitsProcessor,
  type ProcessorOptions,
  processorOptions,
  sentenceState,
} from '../sample/decode/logits-processor.ts';
import {
  type ImputeOptions,
  imputeOptions,
  type LikelihoodOptions,
  likelihoodOptions,
  type SampleOptions,
  sampleOptions,
} from '../sample/options.ts';
import { type RowRequests, readRequests, requestsToImpute } from '../sample/requests/row-requests.ts';
import { type Decoding, sampleRows } from '../sample/sample.ts';
import { type Likelihoods, likelihoods } from '../sample/score/log-likelihood.ts';
import { createCodec } from '../serialize/codec/codec.ts';
import type { Codec } from '../serialize/codec/grammar.ts';
import { columnsOf } from '../table/cast.ts';
import { consensus, fillMissing } from '../table/fill-missing.ts';
import { tableFromValues } from '../table/from-values.ts';
import { createReplacer, fillReplaced } from '../table/identifiers/replace.ts';
import { learnedSchema, type Schema } from '../table/schema.ts';
import { concatTables, takeRange, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import type { Scores } from '../validate/score.ts';
import { type ScoreOptions, scoreOptions } from '../validate/score-options.ts';
import { checkCells } from '../validate/validate.ts';
import { readTokenizerFiles, tokenizerText } from './base.ts';
import { type Completer, createCompleter } from './completer.ts';
import { type ModelParts, type TokenizerFiles, writeModel } from './folder.ts';
import { checkModelFolder, isUnfinished, type ModelFile, readModelFile } from './manifest.ts';
import { type DrawRows, modelScorer, rowsAboveQuality } from './sample-above-quality.ts';

export interface Model {
  readonly schema: Schema;
  /** Everything that tabletalk.json holds. */
  readonly file: ModelFile;
  readonly config: ModelConfig;
  /** Whether its fit is not over: it was interrupted, or goes on. The rows of such a model may be poor. */
  readonly isUnfinished: boolean;
  /**
   * Exactly `rows` new rows. Throws `option` for conditions that no row can meet, `failed` where none is found.
   */
  sample(options: SampleOptions): Promise<Table>;
  /** The same rows in batches, as they are ready. */
  stream(options: SampleOptions): AsyncGenerator<Table>;
  /**
   * The table with its missing cells filled; every other cell stays as it is. Its columns are the model's, in the table's
   * order. Cells unlike those of training do not stop it: `onNotice` tells of them, and of columns that cannot be filled
   * because they were always missing in training. With `shard` only the rows of that part come, as they are in the whole.
   */
  impute(table: Table, options?: ImputeOptions): Promise<Table>;
  /**
   * Log of each row's probability under the model in nats, in its order of the columns or averaged over more (`orders`), and of each cell given the
   * row's others. The table has the learned columns; -Infinity where the model has no words for a cell. Of a
   * model from a base it is the probability of the tokens into which the tokenizer cuts a cell.
   */
  logProb(table: Table, options?: LikelihoodOptions): Promise<Likelihoods>;
  /**
   * How good each row is, in [0, 1]: validity, likelihood and, beside `real` rows, realism, consistency and novelty; `total`
   * is their weighted mean (validate/score.ts). What cannot be had is left out, and `absent` says why. The table need not
   * fit the schema, but must have its learned columns; others that the model replaces are not looked at.
   */
  score(table: Table, options?: ScoreOptions): Promise<Scores>;
  /**
   * What `generate` of `@huggingface/transformers` takes as one of its `logits_processor`, for this model's folder: whole
   * rows that meet the conditions, columns in the schema's order or the one given, whatever the model would rather say.
   * Forbidden tokens are masked and no more, so rows that a condition makes unlikely come too often; `sample` is exact.
   */
  logitsProcessor(options?: ProcessorOptions): LogitsProcessor;
  /** Completes rows of which some columns are known, in many calls on the same threads. Its user must release it. */
  completer(workers?: number): Completer;
  /** Writes the model folder, over an earlier one if there is one; any other folder that holds files is refused. */
  save(folder: string): Promise<void>;
}

export function createModel({ file, config, weights, language }: ModelParts, isUnfinished = false): Model {
  const { schema, options } = file;
  const { codec } = language;
  const learned = codec.schema;
  const target = learned.columns.findIndex(({ name }) => name === options.target);
  const sampler: SamplerModel = { config, weights, codec, target, isCanonical: options.canonicalShare !== undefined };
  const replacedNames = schema.columns.filter(({ replaced }) => replaced).map(({ name }) => name);
  // Columns that the fit was told to drop may be in other tables; they are not read.
  const dropped = schema.dropped ?? [];
  const learnedPart = (table: Table) => withoutColumns(table, [...replacedNames, ...dropped]);
  /**
   * @param filled the schema of the tables that come, which says what is filled in.
   * `draws` is how often each row comes.
   */
  const tables = async function* (
    rowRequests: RowRequests,
    decoding: Decoding,
    filled: Schema,
    {
      onProgress,
      onNotice,
      after = [],
      draws = 1,
    }: Pick<SampleOptions, 'onProgress' | 'onNotice' | 'after'> & { draws?: number } = {},
  ): AsyncGenerator<Table> {
    const firstRow = decoding.ranges?.[0]?.from ?? 0;
    const replace = await createReplacer(filled, {
      seed: decoding.seed,
      rows: rowRequests.rows,
      firstRow,
      taken: after,
    });
    const sums = { rows: 0, redrawn: 0 };
    let broken = 0;
    for await (const { rowCount, columns, redrawn, unchecked } of sampleRows(sampler, rowRequests, decoding)) {
      const table = { schema: learned, rowCount, columns };
      checkCells(table);
      sums.rows += rowCount;
      sums.redrawn += redrawn;
      broken += unchecked;
      onProgress?.({ ...sums });
      if (rowCount > 0) yield replace(table);
    }
    if (broken > 0) {
      const rows = Math.ceil(broken / draws);
      onNotice?.({ rows, message: `rows whose given cells leave no way to keep the checks, drawn without: ${rows}` });
    }
  };
  const scorerOf = (given: z.output<typeof scoreOptions>) => modelScorer(sampler, file, given, learnedPart);
  const stream = async function* (given: SampleOptions): AsyncGenerator<Table> {
    const {
      rows,
      where,
      like,
      keep,
      balance,
      prompt,
      minQuality,
      real,
      allowRealRows,
      after,
      shard = onlyShard,
      onProgress,
      onNotice,
      ...decoding
    } = parseOptions('sample', sampleOptions, given);
    checkRealRows(file, 'sample', { real, allowRealRows });
    checkLearned(schema, 'where', Object.keys(where));
    checkLearned(schema, 'keep', keep ?? []);
    checkLearned(schema, 'balance', balance === undefined ? [] : [balance]);
    const resembled = like && learnedPart(like);
    const rowRequests = readRequests(codec, { rows, where, like: resembled, keep, balance, prompt });
    for (const notice of rowRequests.notices) onNotice?.(notice);
    const range = rangeOf(shard, rowRequests.rows);
    if (minQuality === undefined) {
      yield* tables(rowRequests, { ...decoding, ranges: [range] }, schema, { onProgress, onNotice, after });
      return;
    }
    const { seed, maxSeconds } = decoding;
    const scorer = scorerOf(scoreOptions.parse({ real, seed }));
    const draw: DrawRows = (rows, differently) =>
      joined(tables({ ...rowRequests, rows }, { ...decoding, ...differently }, learned), learned);
    // Keys go on only over the rows that are kept.
    const replace = await createReplacer(schema, { seed, rows: rowRequests.rows, firstRow: range.from, taken: after });
    const wanted = { rows: rowRequests.rows, range, minQuality, seed, maxSeconds };
    for await (const good of rowsAboveQuality({ ...wanted, draw, scorer, onProgress })) yield replace(good);
  };
  const joined = async (batches: AsyncGenerator<Table>, of = schema): Promise<Table> => {
    const found: [Table, ...Table[]] = [tableFromValues(of, [])];
    for await (const batch of batches) found.push(batch);
    return concatTables(found);
  };
  return {
    schema,
    file,
    config,
    isUnfinished,
    stream,
    sample: (given) => joined(stream(given)),
    async impute(table, given = {}) {
      const { draws, onNotice, shard = onlyShard, ...decoding } = parseOptions('impute', imputeOptions, given);
      const rowRequests = requestsToImpute(codec, learnedPart(table));
      const { rows, notices } = rowRequests;
      for (const notice of notices) onNotice?.(notice);
      const range = rangeOf(shard, rows);
      const ranges = rangesOf(shard, rows, draws);
      const guesses = await joined(
        tables({ ...rowRequests, rows: rows * draws }, { ...decoding, ranges }, learned, { onNotice, draws }),
        learned,
      );
      const own = withoutColumns(table, dropped);
      const filled = await fillReplaced(own, consensus(guesses, range.to - range.from), schema, decoding.seed, range);
      // What the model was told to drop stays as it is.
      return fillMissing(takeRange(table, range), filled);
    },
    logProb: async (table, given = {}) =>
      likelihoods(sampler, columnsOf(learnedPart(table), learned), {
        ...parseOptions('logProb', likelihoodOptions, given),
        first: file.likelihood?.order,
      }),
    async score(table, given = {}) {
      const parsed = parseOptions('score', scoreOptions, given);
      checkRealRows(file, 'score', parsed);
      return scorerOf(parsed).score(learnedPart(table));
    },
    logitsProcessor(given = {}) {
      const { where, order } = parseOptions('logitsProcessor', processorOptions, given);
      checkLearned(schema, 'where', Object.keys(where));
      checkLearned(schema, 'order', order ?? []);
      const sets = readWhere(codec, where).map((one) => one?.set);
      const columns = order?.map((name) => columnIndex(learned.columns, name, `order "${name}"`)) ?? [
        ...learned.columns.keys(),
      ];
      return grammarProcessor(sentenceState(codec, columns, sets), codec.eos);
    },
    completer: (workers) => createCompleter(sampler, workers),
    async save(folder) {
      await checkModelFolder(folder, true);
      await writeModel(folder, { file, config, weights, language });
    },
  };
}

/** The codec of a folder's sentences. A grammar in the tokens of a base is stored without the tokenizer, which is among the folder's files. */
function codecOf({ schema, grammar }: ModelFile, { files }: TokenizerFiles): Codec {
  const whole = grammar.version === 1 ? grammar : { ...grammar, tokenizer: tokenizerText(files) };
  return createCodec(learnedSchema(schema), whole);
}

/** Real rows that judge a private model's rows speak through those that are kept. */
function checkRealRows(
  { privacy }: ModelFile,
  verb: string,
  { real, allowRealRows }: { readonly real?: unknown; readonly allowRealRows: boolean },
): void {
  if (!privacy || real === undefined || allowRealRows) return;
  const why = 'reads real rows again, which the private model does not promise to hide; "allowRealRows" lets it';
  throw optionError(verb, 'real', why);
}

/** Nothing can be asked of a column that the model never saw. */
function checkLearned({ columns }: Schema, option: string, names: readonly string[]): void {
  const stray = columns.find(({ name, replaced }) => replaced && names.includes(name));
  if (!stray) return;
  const { name } = stray;
  throw new TabletalkError('option', `${option} "${name}": "${name}" was not learned: it is filled in afterwards`);
}

/** Opens a folder that `save` wrote. */
export async function loadModel(folder: string): Promise<Model> {
  const { checksums = {}, ...file } = await readModelFile(folder);
  await checkSums(folder, checksums);
  const { config, weights, tokens } = await loadCheckpoint(folder);
  const tokenizer = { tokens, files: await readTokenizerFiles(folder) };
  const codec = codecOf(file, tokenizer);
  const { vocabSize, longest } = codec;
  // A base may have more rows of weights than its tokenizer has tokens.
  if (file.grammar.version === 2 ? vocabSize > config.vocabSize : vocabSize !== config.vocabSize) {
    throw new TabletalkError(
      'input',
      `${folder}: the vocabulary has ${vocabSize} tokens, the model ${config.vocabSize}`,
    );
  }
  if (longest > config.blockSize) {
    throw new TabletalkError(
      'input',
      `${folder}: a sentence may take ${longest} tokens, and the model has ${config.blockSize} places`,
    );
  }
  return createModel({ file, config, weights, language: { codec, ...tokenizer } }, await isUnfinished(folder));
}
