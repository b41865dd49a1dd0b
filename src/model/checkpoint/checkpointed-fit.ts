/** A fit that is kept in its model folder while it goes on, and taken up again from there. It joins stages and does none's work. */

import { z } from 'zod';
import {
  type FloatTensor,
  readMetadata,
  readSafetensors,
  safetensorsPieces,
  toFloats,
} from '../../../models/checkpoint/safetensors.ts';
import { sizeOf, type WeightSpec, type Weights } from '../../../models/config.ts';
import { TabletalkError } from '../../errors/errors.ts';
import { type Checksums, fileOf } from '../../files/atomic-folder.ts';
import { checkJson } from '../../files/json-file.ts';
import type { Finetuned } from '../../finetune/finetune.ts';
import {
  type RunState,
  type RunWeights,
  runPosition,
  runWeightParts,
  type StoppedRun,
  type TrainedSpecs,
} from '../../finetune/run.ts';
import type { Column, Schema } from '../../table/schema.ts';
import { type ModelParts, writeModel, writeUnfinished } from '../folder.ts';
import { modelFile, modelFileName, trainingStateName } from '../manifest.ts';
import { loadModel, type Model } from '../model.ts';

/** What an earlier fit left: a run to go on from, or its finished model. */
type EarlierFit = { readonly origin: Origin } & (
  | { readonly run: StoppedRun; readonly finished?: undefined }
  | { readonly finished: Model; readonly run?: undefined }
);

/**
 * @param mayBeNone whether a folder without a model is no error.
 * @throws {TabletalkError} `option` where there is nothing to go on from.
 */
export async function openEarlier(folder: string, mayBeNone: boolean): Promise<EarlierFit | undefined> {
  const state = await readTrainingState(folder);
  if (state) return state;
  if (mayBeNone && (await fileOf(folder, modelFileName)) === undefined) return undefined;
  const finished = await loadModel(folder).catch(() => undefined);
  if (finished) return { origin: finished.file, finished };
  throw new TabletalkError('option', `${folder}: nothing to resume: it holds no checkpoint`);
}

/** What a run calls to be kept in the folder. A model so far is written whenever its weights are not those in the folder. */
export function keepIn(
  folder: string,
  partsOf: (soFar: Finetuned) => ModelParts,
): (soFar: Finetuned, state?: RunState) => Promise<void> {
  let written = { epoch: 0, checksums: {} as Checksums };
  return async (soFar, state) => {
    const parts = partsOf(soFar);
    const isNew = soFar.bestEpoch === 0 || soFar.bestEpoch !== written.epoch;
    const pieces = state && trainingStatePieces(parts.file, state);
    const checksums = await writeUnfinished(folder, parts, pieces, isNew ? undefined : written.checksums);
    written = { epoch: soFar.bestEpoch, checksums };
  };
}

/** Writes the finished model; where that fails, the model so far and its checkpoint are still there. */
export async function writeFinished(folder: string, model: ModelParts): Promise<void> {
  await writeModel(folder, model).catch((error: unknown) => {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new TabletalkError('failed', `${folder}: the model could not be written: ${error.message}`);
  });
}

// Whether a fit may go on from a checkpoint: only with the table and the options that it began with.

/** Further differences are only counted. */
const mostShown = 8;

/**
 * Throws an `option` error that names what differs. `given` are the options of the call as they were given: those that
 * were not are the checkpoint's.
 */
export function checkSameFit(
  folder: string,
  was: Origin,
  is: Pick<Origin, 'schema' | 'provenance'>,
  given: Partial<Origin['options']>,
): void {
  const found = [
    ...schemaDifferences(was.schema, is.schema),
    ...tableDifferences(was, is),
    ...baseDifferences(was, is),
    ...optionDifferences(was.options, given),
  ];
  if (found.length === 0) return;
  const more = found.length > mostShown ? ` (and ${found.length - mostShown} more)` : '';
  throw new TabletalkError('option', `${folder}: cannot resume: ${found.slice(0, mostShown).join('; ')}${more}`);
}

function schemaDifferences(was: Schema, is: Schema): string[] {
  const names = ({ columns }: Schema) => columns.map(({ name }) => `"${name}"`).join(', ');
  if (names(was) !== names(is)) return [`the columns were ${names(was)}, are ${names(is)}`];
  return is.columns.flatMap((column, c) => columnDifference(was.columns[c]!, column) ?? []);
}

function columnDifference(was: Column, is: Column): string | undefined {
  if (was.kind !== is.kind) return `column "${is.name}" was of kind ${was.kind}, is ${is.kind}`;
  const [before, now]: Record<string, unknown>[] = [was, is];
  const key = Object.keys(now!).find((name) => name !== 'reason' && show(before![name]) !== show(now![name]));
  if (key === undefined) return undefined;
  if (key === 'values') return `column "${is.name}" has other values`;
  return `${key} of column "${is.name}" was ${show(before![key])}, is ${show(now![key])}`;
}

function baseDifferences(
  { provenance: { base: was } }: Origin,
  { provenance: { base: is } }: Pick<Origin, 'provenance'>,
) {
  if (was?.contentHash === is?.contentHash) return [];
  if (was?.name === is?.name) return [`the base "${is?.name}" is another model now`];
  const show = (base: typeof was) => (base ? `"${base.name}"` : 'none');
  return [`the base was ${show(was)}, is ${show(is)}`];
}

function tableDifferences(was: Origin, is: Pick<Origin, 'schema' | 'provenance'>): string[] {
  const [before, now] = [was.provenance, is.provenance];
  if (before.rows !== now.rows) return [`the table had ${before.rows} rows, has ${now.rows}`];
  const sameSchema = schemaDifferences(was.schema, is.schema).length === 0;
  return sameSchema && before.contentHash !== now.contentHash ? ['the table has other cells'] : [];
}

function optionDifferences(was: Origin['options'], given: Partial<Origin['options']>): string[] {
  const before: Record<string, unknown> = was;
  return Object.entries(given)
    .filter(([name, value]) => value !== undefined && show(value) !== show(before[name]))
    .map(([name, value]) => `option "${name}" was ${show(before[name]) ?? 'not given'}, is ${show(value)}`);
}

const show = (value: unknown): string | undefined => JSON.stringify(value);

// training.safetensors: what a model folder holds while its fit is not over, so that the fit can go on.

/** What must be the same when the fit goes on. */
const origin = modelFile.pick({ schema: true, options: true, provenance: true });
type Origin = z.infer<typeof origin>;

/** JSON under this name in the file's metadata; the weights are one flat tensor each, named part/weight. */
const metadataName = 'tabletalk';
const stored = z.strictObject({ format: z.literal(2), origin, position: runPosition });

export function trainingStatePieces(
  { schema, options, provenance }: Origin,
  { position, weights }: RunState,
): Iterable<Uint8Array> {
  const tensors: FloatTensor[] = runWeightParts.flatMap((part) =>
    [...weights[part]].map(([name, data]) => ({ name: `${part}/${name}`, shape: [data.length], data })),
  );
  const metadata: z.input<typeof stored> = { format: 2, origin: { schema, options, provenance }, position };
  return safetensorsPieces(tensors, { [metadataName]: JSON.stringify(metadata) });
}

/** Undefined where the folder holds no such file. Throws `input` errors that name it. */
export async function readTrainingState(folder: string): Promise<{ origin: Origin; run: StoppedRun } | undefined> {
  const path = await fileOf(folder, trainingStateName);
  if (path === undefined) return undefined;
  const metadata = parsed((await readMetadata(path))[metadataName]);
  const { origin, position } = checkJson(stored, metadata, path);
  return { origin, run: { position, weights: (specs) => readWeights(path, specs) } };
}

/** Undefined where it is no JSON; the schema then says that an object was expected. */
function parsed(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readWeights(path: string, { trained, adaptive }: TrainedSpecs): Promise<RunWeights> {
  const tensors = await readSafetensors(path);
  const weightsOf = (part: string, specs: readonly WeightSpec[] = trained): Weights =>
    new Map(
      specs.map(({ name, shape }) => {
        const tensor = tensors.get(`${part}/${name}`);
        const data = tensor && toFloats(tensor);
        if (data?.length === sizeOf(shape)) return [name, data];
        const expected = `${sizeOf(shape)} numbers for "${part}/${name}"`;
        throw new TabletalkError(
          'input',
          `${path}: of another model: expected ${expected}, got ${data?.length ?? 'none'}`,
        );
      }),
    );
  return {
    live: weightsOf('live'),
    firstMoment: weightsOf('firstMoment'),
    secondMoment: weightsOf('secondMoment', adaptive),
    average: weightsOf('average'),
    best: weightsOf('best'),
  };
}
