/** tabletalk.json: what a model folder holds beside the Hugging Face files. */

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { inputError, TabletalkError } from '../errors/errors.ts';
import { fileOf, partialName, sha256Of } from '../files/atomic-folder.ts';
import { checkJson, readJson } from '../files/json-file.ts';
import { finetuneOptions } from '../finetune/options.ts';
import { curvePoint, end } from '../finetune/progress.ts';
import { storedGrammar } from '../serialize/codec/grammar.ts';

import { parseCheck } from '../table/checks/checks.ts';
import { learnedSchema, tableSchema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';

export const modelFileName = 'tabletalk.json';

/** What a folder holds only while the fit of its model is not over. */
export const trainingStateName = 'training.safetensors';

/** Whether the fit of a folder's model is not over. */
export function isUnfinished(folder: string): Promise<boolean> {
  return stat(join(folder, trainingStateName)).then(
    () => true,
    () => false,
  );
}

/** Raised when a folder that this version writes can no longer be read by older ones. */
const formatVersion = 1;

const isPermutation = (order: readonly number[]) => order.toSorted((a, b) => a - b).every((column, i) => column === i);

/** (epsilon, delta)-differential privacy for tables that differ in one row, their number of rows being public. */
const privacyRecord = z.strictObject({
  epsilon: z.number().positive(),
  delta: z.number().positive(),
  /** Renyi divergences of whole orders (src/privacy/noise.ts). */
  accountant: z.literal('rdp'),
  /** Of the training steps: standard deviation of the noise as a multiple of `clip`. */
  noise: z.number().positive(),
  /** The norm that no row's gradient exceeds. */
  clip: z.number().positive(),
  /** The probability with which a row is in a step. */
  rate: z.number().positive().max(1),
  steps: z.int().positive(),
  /** Of the counts that filled a domain's blanks, and the probability, part of `delta`, with which a value of one row is among these. */
  domain: z
    .strictObject({ noise: z.number().positive(), delta: z.number().positive(), columns: z.array(z.string()) })
    .optional(),
  /** Noise of the counts as a multiple of what one row changes in a round of them, and the rounds. */
  counts: z.strictObject({ noise: z.number().positive(), rounds: z.int().positive() }),
  /** Epsilon by item: of the counts alone, and what the steps add. */
  spent: z.record(z.string(), z.number().min(0)),
});
export type PrivacyRecord = z.infer<typeof privacyRecord>;

export const modelFile = z.strictObject({
  format: z.literal(formatVersion),
  /** The version of tabletalk that wrote it. */
  writtenBy: z.string(),
  schema: tableSchema,
  grammar: storedGrammar,
  options: finetuneOptions,
  curve: z.array(curvePoint),
  bestEpoch: z.int().min(0),
  /** Absent while the fit goes on, and in folders of earlier versions. */
  ended: end.optional(),
  /** What the model says of real rows that it did not learn from: quantiles of their log-probabilities (fit.ts), no rows. */
  likelihood: z
    .strictObject({
      orders: z.int().positive().max(1000),
      /** The first order of the learned columns in which they were read, and other rows are. */
      order: z.array(z.int().min(0)).refine(isPermutation, 'must have each column once').optional(),
      logProbs: z.array(z.number()).min(1),
    })
    .optional(),
  /** The promise of a private fit: what it keeps to, and how it was reached. */
  privacy: privacyRecord.optional(),
  /** SHA-256 of the folder's other files, checked when the model is loaded; an earlier version wrote none. */
  checksums: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).optional(),
  /** What it learned from; the hash tells whether a table is the same one. */
  provenance: z.strictObject({
    rows: z.int().min(0),
    columns: z.int().min(0),
    contentHash: z.string(),
    /** The model that it started from. */
    base: z.strictObject({ name: z.string(), contentHash: z.string() }).optional(),
  }),
});
export type ModelFile = z.infer<typeof modelFile>;

/** Throws `input` errors that name the file; a newer format says which version wrote it. */
export async function readModelFile(folder: string): Promise<ModelFile> {
  const place = join(folder, modelFileName);
  const absent = `${folder}: not a tabletalk model: it has no readable ${modelFileName}`;
  const json = await readJson((await fileOf(folder, modelFileName)) ?? place, absent);
  const version = z.object({ format: z.number(), writtenBy: z.string() }).safeParse(json);
  if (version.success && version.data.format > formatVersion) {
    const { format, writtenBy } = version.data;
    throw new TabletalkError(
      'input',
      `${place}: format ${format}, written by ${writtenBy}; this version reads up to ${formatVersion}`,
    );
  }
  const file = checkJson(modelFile, json, place);
  checkCounts(file, place);
  return file;
}

/** SHA-256 of the folder's tabletalk.json, which holds those of its other files: equal ones are one model. */
export async function modelChecksum(folder: string): Promise<string> {
  await readModelFile(folder);
  return sha256Of((await fileOf(folder, modelFileName))!);
}

/** Parts of the file that have an entry for each learned column, or each of the schema's combinations. */
function checkCounts({ schema, grammar, likelihood }: ModelFile, place: string): void {
  const learned = learnedSchema(schema).columns;
  const checks = (schema.checks ?? []).map((check) => parseCheck(check, schema.columns));
  const combined = checks.filter(({ is }) => is === 'combination').map(({ columns }) => columns.length);
  const require = (what: string, expected: number, got: number) => {
    if (expected !== got) throw inputError(place, `${what}: expected ${expected} entries, got ${got}`);
  };
  require('grammar.cells', learned.length, grammar.cells.length);
  require('grammar.combinations', combined.length, grammar.combinations?.length ?? 0);
  for (const [i, rows] of (grammar.combinations ?? []).entries()) {
    for (const row of rows) require(`grammar.combinations.${i}`, combined[i]!, row.length);
  }
  if (likelihood?.order) require('likelihood.order', learned.length, likelihood.order.length);
}

/** Only a model folder, an empty one, or nothing may be written over; a model folder only with `force`. */
export async function checkModelFolder(folder: string, force: boolean): Promise<void> {
  const found: string[] = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new TabletalkError('option', `${folder}: exists already and is not a model folder`);
  });
  const entries = found.filter((name) => name !== partialName);
  if (entries.length === 0) return;
  if (!(await fileOf(folder, modelFileName))) {
    throw new TabletalkError('option', `${folder}: exists already and is not a model folder`);
  }
  if (force) return;
  const hint = entries.includes(trainingStateName) ? '--resume to continue its fit, or --force' : '--force';
  throw new TabletalkError('option', `${folder}: exists already; give ${hint} to replace it`);
}

/** SHA-256 of names, kinds and cells; why a column is of its kind is not part of it. */
export function contentHash({ schema, columns }: Table): string {
  const hash = createHash('sha256').update(
    JSON.stringify({ ...schema, columns: schema.columns.map((column) => ({ ...column, reason: undefined })) }),
  );
  for (const data of columns) {
    if (data instanceof Float64Array || data instanceof Int32Array) {
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    } else {
      hash.update(JSON.stringify(data));
    }
  }
  return hash.digest('hex');
}
