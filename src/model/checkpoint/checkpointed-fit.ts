/** A fit that is kept in its model folder while it goes on, and taken up again from there. It joins stages and does none's work. */
import { TabletalkError } from '../../errors/errors.ts';
import { type Checksums, fileOf } from '../../files/atomic-folder.ts';
import type { Finetuned } from '../../finetune/finetune.ts';
import type { RunState, StoppedRun } from '../../finetune/run.ts';
import { type ModelParts, writeModel, writeUnfinished } from '../folder.ts';
import { modelFileName } from '../manifest.ts';
import { loadModel, type Model } from '../model.ts';
import { type Origin, readTrainingState, trainingStatePieces } from './training-state.ts';

/** What an earlier fit left: a run to go on from, or its finished model. */
export type EarlierFit = { readonly origin: Origin } & (
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
