/** Opens a command's model folder, and says so where its fit is not over. */
import { loadModel, type Model } from '../model/model.ts';
import { write } from './progress.ts';

export async function openModel(folder: string, quiet: boolean | undefined): Promise<Model> {
  const model = await loadModel(folder);
  if (model.isUnfinished && !quiet) {
    const { bestEpoch } = model.file;
    const reached =
      bestEpoch === 0 ? 'has not completed an epoch' : `is not over (epoch ${bestEpoch} is the best so far)`;
    write(`${folder}: the fit of this model ${reached}, its rows may be poor; fit --resume goes on with it`);
  }
  return model;
}
