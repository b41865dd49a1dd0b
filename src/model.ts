/** A fitted model as users hold it: it samples rows, and is saved to and loaded from a folder. It joins stages and does none's work. */
import { loadCheckpoint } from '../models/checkpoint.ts';
import type { ModelConfig } from '../models/config.ts';
import { readTokenizerFiles, tokenizerText } from './base.ts';
import { TabletalkError } from './errors.ts';
import { checkModelFolder, type ModelFile, readModelFile } from './model-file.ts';
import { type Language, type ModelParts, writeModel } from './model-folder.ts';
import { parseOptions } from './options.ts';
import type { SamplerModel } from './sample/block.ts';
import { type SampleOptions, sampleOptions } from './sample/options.ts';
import { sampleSentences } from './sample/sample.ts';
import { createCodec, type SentenceGrammar } from './serialize/codec.ts';
import { tableFromValues } from './table/from-values.ts';
import { createReplacer } from './table/replace.ts';
import { learnedSchema, type Schema } from './table/schema.ts';
import { concatTables } from './table/select.ts';
import type { Table } from './table/table.ts';
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

export function createModel({ file, config, weights, language }: ModelParts): Model {
  const { schema, options } = file;
  const grammar = withTokenizer(file.grammar, language);
  const learned = learnedSchema(schema);
  const target = learned.columns.findIndex(({ name }) => name === options.target);
  const sampler: SamplerModel = { config, weights, schema: learned, grammar, target };
  const stream = async function* (given: SampleOptions): AsyncGenerator<Table> {
    const parsed = parseOptions('sample', sampleOptions, given);
    checkWhere(schema, parsed.where);
    const validator = createValidator(learned);
    const replace = await createReplacer(schema, parsed.seed);
    for await (const sentences of sampleSentences(sampler, parsed)) {
      const { table, rejections } = validator.validate(sentences);
      // The grammar admits only valid rows: a rejected one is our fault, and is not passed over in silence.
      if (rejections.length > 0)
        throw new TabletalkError('failed', `an invalid row was written: ${rejections[0]!.message}`);
      yield replace(table);
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
      await writeModel(folder, { file, config, weights, language });
    },
  };
}

/** A grammar in the tokens of a base is stored without the tokenizer, which is among the folder's files. */
function withTokenizer(grammar: ModelFile['grammar'], { files }: Language): SentenceGrammar {
  return grammar.version === 1 ? grammar : { ...grammar, tokenizer: tokenizerText(files) };
}

/** Nothing can be asked of a column that the model never saw. */
function checkWhere({ columns }: Schema, where: Readonly<Record<string, unknown>>): void {
  for (const { name, replaced } of columns) {
    if (!replaced || !Object.hasOwn(where, name)) continue;
    throw new TabletalkError('option', `where "${name}": "${name}" was not learned: it is filled in afterwards`);
  }
}

/** Opens a folder that `save` wrote. */
export async function loadModel(folder: string): Promise<Model> {
  const file = await readModelFile(folder);
  const { config, weights, tokens } = await loadCheckpoint(folder);
  const language = { tokens, files: await readTokenizerFiles(folder) };
  const { vocabSize } = createCodec(learnedSchema(file.schema), withTokenizer(file.grammar, language));
  // A base may have more rows of weights than its tokenizer has tokens.
  if (file.grammar.version === 2 ? vocabSize > config.vocabSize : vocabSize !== config.vocabSize) {
    throw new TabletalkError(
      'input',
      `${folder}: the vocabulary has ${vocabSize} tokens, the model ${config.vocabSize}`,
    );
  }
  return createModel({ file, config, weights, language });
}
