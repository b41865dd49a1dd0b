/** Generators that are fitted to the rows that are to be enlarged. */
import { type FitOptions, fit } from '../model/fit.ts';
import type { Model } from '../model/model.ts';
import { concatTables, takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import type { Wanted } from './class-counts.ts';
import { askedGenerator, type Generator, modelGenerator } from './generator.ts';

/**
 * Makes a generator that has seen these rows and no others, for such classes as are wanted. `onProgress` is told the share
 * that is done.
 */
export type MakeGenerator = (
  real: Table,
  wanted: Wanted,
  seed: number,
  onProgress: (share: number) => void,
) => Promise<Generator>;

export type FitSettings = Pick<FitOptions, 'target' | 'epochs' | 'maxMinutes' | 'preset' | 'architecture'>;

export type Fit = (table: Table, options: FitOptions) => Promise<Model>;

/** Of fewer rows a tenth says nothing of when to stop: none are held out, and the length is fixed. */
const fewRows = 100;
const forFewRows = { validationFraction: 0, epochs: 32, batchSize: 16, learningRate: 0.006 } satisfies FitOptions;

function fitOptionsFor(rows: number, given: FitSettings): FitOptions {
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...(rows < fewRows && forFewRows), ...Object.fromEntries(known) };
}

/** One model of all rows. @param learn fits it. */
export function fittedGenerator(settings: FitSettings, learn: Fit = fit): MakeGenerator {
  return async (real, _, seed, onProgress) =>
    modelGenerator(await fitted(real, settings, seed, learn, onProgress), real.schema);
}

/** Of fewer rows nothing can be fitted. */
const leastRows = 2;

/**
 * A model for each class that is wanted, which has seen that class's rows alone: asked for a class by name, a model of all rows
 * uses what it was taught least (training/LOG.md). Classes with too few rows for that are asked of one model of all.
 */
export function classGenerator(settings: FitSettings, learn: Fit = fit): MakeGenerator {
  return async (real, wanted, seed, onProgress) => {
    const raised = wanted.classes!.filter((each) => each.wanted > 0);
    const codes = real.columns[wanted.target] as Int32Array;
    const generators: { label: string; generator: Generator }[] = [];
    let ofAll: Model | undefined;
    for (const [i, { label, code }] of raised.entries()) {
      const own = takeRows(
        real,
        Int32Array.from(codes.keys()).filter((row) => codes[row] === code),
      );
      const fitTo = (rows: Table) =>
        fitted(rows, settings, seed, learn, (share) => onProgress((i + share) / raised.length));
      const hasEnough = own.rowCount >= leastRows;
      if (!hasEnough) ofAll ??= await fitTo(real);
      const model = hasEnough ? await fitTo(own) : ofAll!;
      generators.push({ label, generator: askedGenerator(model, real.schema) });
    }
    return {
      async draw(wanted, drawSeed) {
        const parts: Table[] = [];
        for (const { label, generator } of generators) parts.push(await generator.draw(only(wanted, label), drawSeed));
        return concatTables(parts as [Table]);
      },
    };
  };
}

function fitted(
  real: Table,
  settings: FitSettings,
  seed: number,
  learn: Fit,
  onProgress: (share: number) => void,
): Promise<Model> {
  return learn(real, {
    ...fitOptionsFor(real.rowCount, settings),
    seed,
    onProgress: ({ step, maxSteps }) => onProgress(step / maxSteps),
  });
}

/** What is wanted of one class. */
function only(wanted: Wanted, label: string): Wanted {
  const classes = wanted.classes!.map((each) => (each.label === label ? each : { ...each, wanted: 0 }));
  return { ...wanted, classes, rows: classes.reduce((sum, each) => sum + each.wanted, 0) };
}
