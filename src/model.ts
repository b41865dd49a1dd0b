/** A fitted model as users hold it: it samples rows, and is saved to and loaded from a folder. It joins stages and does none's work. */
import { loadCheckpoint, saveCheckpoint } from '../models/checkpoint.ts';
import type { ModelConfig, Weights } from '../models/config.ts';
import { type BaseFiles, readTokenizerFiles, tokenizerText } from './base.ts';
import { TabletalkError } from './errors.ts';
import { checkModelFolder, type ModelFile, modelFileName, readModelFile } from './model-file.ts';
import { parseOptions } from './options.ts';
import type { SamplerModel } from './sample/block.ts';
import { type SampleOptions, sampleOptions } from './sample/options.ts';
import { sampleSentences } from './sample/sample.ts';
import { keepNegativeZero } from './serialize/bins.ts';
import { createCodec, type SentenceGrammar, type TableGrammar } from './serialize/codec.ts';
import { createTokenizer, tokenIds, tokenizerConfig } from './serialize/hugging-face-tokenizer.ts';
import { tableFromValues } from './table/from-values.ts';
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
  /** Exactly `rows` new rows. */
  sample(options: SampleOptions): Promise<Table>;
  /** The same rows in batches, as they are ready. */
  stream(options: SampleOptions): AsyncGenerator<Table>;
  /** Writes the model folder, over an earlier one if there is one; any other folder that holds files is refused. */
  save(folder: string): Promise<void>;
}

/** @param base the files of the base that the model started from, where it did. */
export function createModel(file: ModelFile, config: ModelConfig, weights: Weights, base?: BaseFiles): Model {
  const { schema, options } = file;
  const grammar = withTokenizer(file.grammar, base);
  const target = schema.columns.findIndex(({ name }) => name === options.target);
  const sampler: SamplerModel = { config, weights, schema, grammar, target };
  const stream = async function* (given: SampleOptions): AsyncGenerator<Table> {
    const validator = createValidator(schema);
    for await (const sentences of sampleSentences(sampler, parseOptions('sample', sampleOptions, given))) {
      const { table, rejections } = validator.validate(sentences);
      // The grammar admits only valid rows: a rejected one is our fault, and is not passed over in silence.
      if (rejections.length > 0)
        throw new TabletalkError('failed', `an invalid row was written: ${rejections[0]!.message}`);
      yield table;
    }
  };
  return {
    schema,
    file,
    config,
    stream,
    async sample(given) {
      const batches: Table[] = [tableFromValues(schema, [])];
      for await (const batch of stream(given)) batches.push(batch);
      return concatTables(batches as [Table, ...Table[]]);
    },
    async save(folder) {
      await checkModelFolder(folder, true);
      const files = {
        ...(grammar.version === 1 ? await ownTokenizer(schema, grammar) : base?.files),
        [modelFileName]: `${JSON.stringify(file, keepNegativeZero, 1)}\n`,
      };
      await saveCheckpoint(folder, { config, weights, tokens: base?.tokens ?? tokenIds, files });
    },
  };
}

/** The files of a vocabulary made for the table. */
async function ownTokenizer(schema: Schema, grammar: TableGrammar): Promise<Record<string, string>> {
  const codec = createCodec(schema, grammar);
  return {
    'tokenizer.json': await tokenizerJson(createTokenizer(codec)),
    'tokenizer_config.json': `${JSON.stringify(tokenizerConfig(codec), null, 2)}\n`,
  };
}

function withTokenizer(grammar: ModelFile['grammar'], base: BaseFiles | undefined): SentenceGrammar {
  if (grammar.version === 1) return grammar;
  if (!base) throw new Error('a grammar in the tokens of a base needs its tokenizer');
  return { ...grammar, tokenizer: tokenizerText(base.files) };
}

/** Opens a folder that `save` wrote. */
export async function loadModel(folder: string): Promise<Model> {
  const file = await readModelFile(folder);
  const { config, weights, tokens } = await loadCheckpoint(folder);
  const base = file.grammar.version === 1 ? undefined : { tokens, files: await readTokenizerFiles(folder) };
  const { vocabSize } = createCodec(file.schema, withTokenizer(file.grammar, base));
  // A base may have more rows of weights than its tokenizer has tokens.
  if (base ? vocabSize > config.vocabSize : vocabSize !== config.vocabSize) {
    throw new TabletalkError(
      'input',
      `${folder}: the vocabulary has ${vocabSize} tokens, the model ${config.vocabSize}`,
    );
  }
  return createModel(file, config, weights, base);
}
