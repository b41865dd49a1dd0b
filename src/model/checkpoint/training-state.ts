/**
 * training.safetensors: what a model folder holds while its fit is not over, so that the fit can go on. It knows the
 * file's form, not what a run does with it, and holds no row of the table.
 */
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
import { fileOf } from '../../files/atomic-folder.ts';
import { checkJson } from '../../files/json-file.ts';
import {
  type RunState,
  type RunWeights,
  runPosition,
  runWeightParts,
  type StoppedRun,
  type TrainedSpecs,
} from '../../finetune/run.ts';
import { modelFile, trainingStateName } from '../manifest.ts';

/** What must be the same when the fit goes on. */
const origin = modelFile.pick({ schema: true, options: true, provenance: true });
export type Origin = z.infer<typeof origin>;

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
