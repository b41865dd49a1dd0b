/** From a table to a model: checks the call, learns the sentence grammar, trains. It joins stages and does none's work. */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { TabletalkError } from './errors.ts';
import { finetune, type Progress } from './finetune/finetune.ts';
import { finetuneOptions } from './finetune/options.ts';
import { createModel, type Model } from './model.ts';
import { contentHash } from './model-file.ts';
import { createCodec, learnGrammar } from './serialize/codec.ts';
import { parseOptions } from './table/options.ts';
import { suggest } from './table/suggest.ts';
import type { Table } from './table/table.ts';
import { version } from './version.ts';

const fitOptions = finetuneOptions.extend({
  onProgress: z
    .custom<(progress: Progress) => void>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});
export type FitOptions = z.input<typeof fitOptions>;

/** Fewer cannot be told from copies. */
const leastRows = 2;

/** Longer sentences would need more memory for a step than a laptop has. */
const mostTokens = 4096;

/** Learns the table's rows. Throws `option` and `input` errors before any work is done. */
export async function fit(table: Table, given: FitOptions = {}): Promise<Model> {
  const { onProgress, ...options } = parseOptions('fit', fitOptions, given);
  checkTarget(table, options.target);
  if (table.rowCount < leastRows) {
    throw new TabletalkError('input', `fit needs at least ${leastRows} rows, got ${table.rowCount}`);
  }
  const grammar = learnGrammar(table);
  const codec = createCodec(table.schema, grammar);
  if (codec.longest > mostTokens) {
    throw new TabletalkError(
      'input',
      `a row may take ${codec.longest} tokens; fit can learn rows of at most ${mostTokens}`,
    );
  }
  const trained = await finetune(table, codec, options, {
    now: () => performance.now(),
    ...(onProgress && { onProgress }),
  });
  const file = {
    format: 1 as const,
    writtenBy: `tabletalk ${version}`,
    schema: table.schema,
    grammar,
    options,
    curve: [...trained.curve],
    bestEpoch: trained.bestEpoch,
    provenance: { rows: table.rowCount, columns: table.columns.length, contentHash: contentHash(table) },
  };
  return createModel(file, trained.config, trained.weights);
}

function checkTarget({ schema }: Table, target: string | undefined): void {
  const names = schema.columns.map(({ name }) => name);
  if (target === undefined || names.includes(target)) return;
  const near = suggest(target, names);
  throw new TabletalkError(
    'option',
    `target: no column "${target}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  );
}
