/** From a table to a model: checks the call, learns the sentence grammar, trains. It joins stages and does none's work. */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { TabletalkError } from './errors.ts';
import { finetune, type Progress } from './finetune/finetune.ts';
import { finetuneOptions } from './finetune/options.ts';
import { createModel, type Model } from './model.ts';
import { contentHash } from './model-file.ts';
import { parseOptions } from './options.ts';
import { type Codec, createCodec, learnGrammar } from './serialize/codec.ts';
import { didYouMean } from './suggest.ts';
import { formatValue, valueAt } from './table/cells.ts';
import { holds } from './table/check-values.ts';
import { parseCheck } from './table/checks.ts';
import { isNumeric, isOutside } from './table/schema.ts';
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
  checkCells(table);
  checkRules(table);
  const grammar = learnGrammar(table);
  const codec = createCodec(table.schema, grammar);
  if (codec.longest > mostTokens) {
    throw new TabletalkError(
      'input',
      `a row may take ${codec.longest} tokens, most of them for ${longestColumn(codec)}; fit can learn rows of at most ${mostTokens}`,
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
    // In the schema's order, so that saving what was loaded writes the same bytes.
    options: finetuneOptions.parse(trained.options),
    curve: [...trained.curve],
    bestEpoch: trained.bestEpoch,
    provenance: { rows: table.rowCount, columns: table.columns.length, contentHash: contentHash(table) },
  };
  return createModel(file, trained.config, trained.weights);
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

/** Rows that break a rule would teach the model to break it. */
function checkRules({ schema, columns, rowCount }: Table): void {
  for (const text of schema.checks ?? []) {
    const check = parseCheck(text, schema.columns);
    for (let row = 0; row < rowCount && check.is === 'comparison'; row++) {
      if (
        holds(
          check,
          columns.map((data) => valueAt(data, row)),
        )
      )
        continue;
      throw new TabletalkError('input', `row ${row + 1}: the schema's check "${text}" does not hold`);
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
