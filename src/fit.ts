/** From a table to a model: checks the call, learns the sentence grammar, trains. It joins stages and does none's work. */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { TabletalkError } from './errors.ts';
import { type Finetuned, finetune } from './finetune/finetune.ts';
import { type FinetuneOptions, finetuneOptions } from './finetune/options.ts';
import type { Progress } from './finetune/progress.ts';
import { keepIn, openEarlier, writeFinished } from './kept-fit.ts';
import { createModel, type Model } from './model.ts';
import { checkModelFolder, contentHash } from './model-file.ts';
import { type ModelParts, tokenizerFiles } from './model-folder.ts';
import { chooseDevice } from './onnx/devices.ts';
import { parseOptions } from './options.ts';
import { checkSameFit } from './same-fit.ts';
import { type Codec, createCodec, learnGrammar } from './serialize/codec.ts';
import { didYouMean } from './suggest.ts';
import { formatValue, valueAt } from './table/cells.ts';
import { isNumeric, isOutside } from './table/schema.ts';
import type { Table } from './table/table.ts';
import { version } from './version.ts';

const fitOptions = finetuneOptions.extend({
  /**
   * The model folder in which the fit is kept while it goes on: a model that loads, of the best weights so far, and a
   * checkpoint. When the fit is over the folder holds the finished model, and the checkpoint is gone.
   */
  checkpoint: z.string().min(1).optional(),
  /**
   * Goes on from the checkpoint, to the same weights as without the interruption. The table must be the same, and so
   * must the options that are given; the others are the checkpoint's. A finished model is returned as it is.
   */
  resume: z.boolean().default(false),
  /** Ends the fit after the step it is in, with a checkpoint. */
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
  onProgress: z
    .custom<(progress: Progress) => void>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});
export type FitOptions = z.input<typeof fitOptions>;

/** Fewer cannot be told from copies. */
const leastRows = 2;

/** Longer sentences would need more memory for a step than a laptop has. */
const mostTokens = 4096;

/**
 * Learns the table's rows. Throws `option` and `input` errors before any work is done, `failed` when the loss is no
 * number or the finished model cannot be written, and `interrupted` when the signal came.
 */
export async function fit(table: Table, given: FitOptions = {}): Promise<Model> {
  const { onProgress, checkpoint, resume, signal, ...options } = parseOptions('fit', fitOptions, given);
  const asked = { ...options, device: await chooseDevice(options.device) };
  if (resume && checkpoint === undefined) {
    throw new TabletalkError('option', 'fit: "resume": needs "checkpoint", the folder to go on from');
  }
  checkTarget(table, asked.target);
  const codec = learnSentences(table);
  const provenance = { rows: table.rowCount, columns: table.columns.length, contentHash: contentHash(table) };
  if (checkpoint !== undefined) await checkModelFolder(checkpoint, true);
  const earlier = resume ? await openEarlier(checkpoint!) : undefined;
  if (earlier) checkSameFit(checkpoint!, earlier.origin, { schema: table.schema, provenance }, asGiven(given, asked));
  if (earlier?.finished) return earlier.finished;
  const tokenizer = await tokenizerFiles(codec);
  const partsOf = ({ config, weights, options, curve, bestEpoch }: Finetuned): ModelParts => ({
    config,
    weights,
    tokenizer,
    file: {
      format: 1,
      writtenBy: `tabletalk ${version}`,
      schema: table.schema,
      grammar: codec.grammar,
      // In the schema's order, so that saving what was loaded writes the same bytes.
      options: finetuneOptions.parse(options),
      curve: [...curve],
      bestEpoch,
      provenance,
    },
  });
  const settled = earlier?.origin.options ?? asked;
  const trained = await finetune(
    table,
    codec,
    { ...settled, device: await chooseDevice(settled.device) },
    {
      now: () => performance.now(),
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
      ...(earlier?.run && { resume: earlier.run }),
      ...(checkpoint !== undefined && { keep: keepIn(checkpoint, partsOf) }),
    },
  );
  const parts = partsOf(trained);
  if (checkpoint !== undefined) await writeFinished(checkpoint, parts);
  return createModel(parts.file, parts.config, parts.weights);
}

/** The sentences of the table's rows. Throws `input` errors where a table cannot be learned. */
function learnSentences(table: Table): Codec {
  if (table.rowCount < leastRows) {
    throw new TabletalkError('input', `fit needs at least ${leastRows} rows, got ${table.rowCount}`);
  }
  checkCells(table);
  const codec = createCodec(table.schema, learnGrammar(table));
  if (codec.longest > mostTokens) {
    throw new TabletalkError(
      'input',
      `a row may take ${codec.longest} tokens, most of them for ${longestColumn(codec)}; fit can learn rows of at most ${mostTokens}`,
    );
  }
  return codec;
}

/** The checked options, without those that only have their defaults. */
function asGiven(given: FitOptions, checked: FinetuneOptions): Partial<FinetuneOptions> {
  const wasGiven = ([name]: [string, unknown]) => given[name as keyof FitOptions] !== undefined;
  return Object.fromEntries(Object.entries(checked).filter(wasGiven));
}

/** A schema given by hand may forbid what the table has; the model would learn what it may not say. */
function checkCells({ schema, columns, rowCount }: Table): void {
  for (const [c, column] of schema.columns.entries()) {
    for (let row = 0; row < rowCount; row++) {
      const value = valueAt(columns[c]!, row);
      const wrong = value === null ? column.missing === null : isNumeric(column) && isOutside(column, value as number);
      if (!wrong) continue;
      const range = isNumeric(column)
        ? ` from ${formatValue(column, column.min)} to ${formatValue(column, column.max)}`
        : '';
      const came = value === null ? 'a missing cell' : formatValue(column, value);
      throw new TabletalkError(
        'input',
        `row ${row + 1}: column "${column.name}": the schema wants a value${range}, got ${came}`,
      );
    }
  }
}

/** The column that takes the most tokens, for a message. */
function longestColumn({ schema, cellLengths }: Codec): string {
  const column = cellLengths.indexOf(Math.max(...cellLengths));
  return `"${schema.columns[column]!.name}"`;
}

function checkTarget({ schema }: Table, target: string | undefined): void {
  const names = schema.columns.map(({ name }) => name);
  if (target === undefined || names.includes(target)) return;
  throw new TabletalkError('option', `fit: "target": no column "${target}"${didYouMean(target, names)}`);
}
