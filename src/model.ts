/** A fitted model as users hold it: it samples rows, and is saved to and loaded from a folder. It joins stages and does none's work. */
import { loadCheckpoint, saveCheckpoint } from '../models/checkpoint.ts';
import type { ModelConfig, Weights } from '../models/config.ts';
import { TabletalkError } from './errors.ts';
import { checkModelFolder, type ModelFile, modelFileName, readModelFile } from './model-file.ts';
import { parseOptions } from './options.ts';
import { type Asking, imputeAsking, readAsking } from './sample/asking.ts';
import type { SamplerModel } from './sample/block.ts';
import { type Likelihoods, likelihoods } from './sample/likelihood.ts';
import {
  grammarProcessor,
  type LogitsProcessor,
  type ProcessorOptions,
  processorOptions,
  sentenceState,
} from './sample/logits-processor.ts';
import {
  type ImputeOptions,
  imputeOptions,
  type LikelihoodOptions,
  likelihoodOptions,
  type SampleOptions,
  type SampleProgress,
  sampleOptions,
} from './sample/options.ts';
import { type Decoding, sampleSentences } from './sample/sample.ts';
import { columnIndex, readWhere } from './sample/where.ts';
import { keepNegativeZero } from './serialize/bins.ts';
import { createCodec } from './serialize/codec.ts';
import { createTokenizer, tokenIds, tokenizerConfig } from './serialize/hugging-face-tokenizer.ts';
import { consensus } from './table/consensus.ts';
import { fillMissing } from './table/fill.ts';
import { tableFromValues } from './table/from-values.ts';
import { rowsOf } from './table/recast.ts';
import type { Schema } from './table/schema.ts';
import { concatTables } from './table/select.ts';
import type { Table } from './table/table.ts';
import { tokenizerJson } from './tokenizer-file.ts';
import { createValidator } from './validate/validate.ts';

export interface Model {
  readonly schema: Schema;
  /** Everything that tabletalk.json holds. */
  readonly file: ModelFile;
  readonly config: ModelConfig;
  /** Exactly as many new rows as asked for; fewer only where `maxSeconds` says so. */
  sample(options: SampleOptions): Promise<Table>;
  /** The same rows in batches, as they are ready. */
  stream(options: SampleOptions): AsyncGenerator<Table>;
  /**
   * The table with its missing cells filled, none of them with another missing one; every other cell stays as it is. Its
   * columns are the model's, in the table's order. A cell that is there must fit the model's schema.
   */
  impute(table: Table, options?: ImputeOptions): Promise<Table>;
  /**
   * Log of each row's probability under the model in nats, averaged over random orders of the columns, and of each cell
   * given the row's others. The table has the model's columns; -Infinity where the model has no words for a cell.
   */
  logProb(table: Table, options?: LikelihoodOptions): Promise<Likelihoods>;
  /**
   * What `generate` of `@huggingface/transformers` takes as one of its `logits_processor`, for this model's folder: whole
   * rows that meet the conditions, columns in the schema's order or the one given, whatever the model would rather say.
   * Forbidden tokens are masked and no more, so rows that a condition makes unlikely come too often; `sample` is exact.
   */
  logitsProcessor(options?: ProcessorOptions): LogitsProcessor;
  /** Writes the model folder, over an earlier one if there is one; any other folder that holds files is refused. */
  save(folder: string): Promise<void>;
}

export function createModel(file: ModelFile, config: ModelConfig, weights: Weights): Model {
  const { schema, grammar, options } = file;
  const target = schema.columns.findIndex(({ name }) => name === options.target);
  const sampler: SamplerModel = { config, weights, schema, grammar, target };
  const codec = createCodec(schema, grammar);
  const tables = async function* (
    asking: Asking,
    decoding: Decoding,
    onProgress?: (progress: SampleProgress) => void,
  ): AsyncGenerator<Table> {
    const validator = createValidator(schema);
    const sums = { rows: 0, redrawn: 0 };
    for await (const { sentences, redrawn } of sampleSentences(sampler, asking, decoding)) {
      const { table, rejections } = validator.validate(sentences);
      // The grammar admits only valid rows: a rejected one is our fault, and is not passed over in silence.
      if (rejections.length > 0)
        throw new TabletalkError('failed', `an invalid row was written: ${rejections[0]!.message}`);
      sums.rows += table.rowCount;
      sums.redrawn += redrawn;
      onProgress?.({ ...sums });
      if (table.rowCount > 0) yield table;
    }
  };
  const stream = async function* (given: SampleOptions): AsyncGenerator<Table> {
    const { rows, where, like, keep, balance, prompt, onProgress, ...decoding } = parseOptions(
      'sample',
      sampleOptions,
      given,
    );
    yield* tables(readAsking(codec, { rows, where, like, keep, balance, prompt }), decoding, onProgress);
  };
  const whole = async (batches: AsyncGenerator<Table>): Promise<Table> => {
    const found: [Table, ...Table[]] = [tableFromValues(schema, [])];
    for await (const batch of batches) found.push(batch);
    return concatTables(found);
  };
  return {
    schema,
    file,
    config,
    stream,
    sample: (given) => whole(stream(given)),
    async impute(table, given = {}) {
      const { draws, ...decoding } = parseOptions('impute', imputeOptions, given);
      const { requests, rows } = imputeAsking(codec, table);
      const guesses = await whole(tables({ requests, rows: rows * draws }, decoding));
      return fillMissing(table, consensus(guesses, rows));
    },
    logProb: async (table, given = {}) =>
      likelihoods(sampler, rowsOf(table, schema), parseOptions('logProb', likelihoodOptions, given)),
    logitsProcessor(given = {}) {
      const { where, order } = parseOptions('logitsProcessor', processorOptions, given);
      const asked = readWhere(codec, where);
      const columns = order?.map((name) => columnIndex(schema.columns, name, `order "${name}"`)) ?? [
        ...schema.columns.keys(),
      ];
      return grammarProcessor(
        sentenceState(
          codec,
          columns,
          asked.map((one) => one?.set),
        ),
      );
    },
    async save(folder) {
      await checkModelFolder(folder, true);
      const files = {
        'tokenizer.json': await tokenizerJson(createTokenizer(codec)),
        'tokenizer_config.json': `${JSON.stringify(tokenizerConfig(codec), null, 2)}\n`,
        [modelFileName]: `${JSON.stringify(file, keepNegativeZero, 1)}\n`,
      };
      await saveCheckpoint(folder, { config, weights, tokens: tokenIds, files });
    },
  };
}

/** Opens a folder that `save` wrote. */
export async function loadModel(folder: string): Promise<Model> {
  const file = await readModelFile(folder);
  const { config, weights } = await loadCheckpoint(folder);
  const { pieces } = createCodec(file.schema, file.grammar);
  if (pieces.length !== config.vocabSize) {
    throw new TabletalkError(
      'input',
      `${folder}: the vocabulary has ${pieces.length} tokens, the model ${config.vocabSize}`,
    );
  }
  return createModel(file, config, weights);
}
