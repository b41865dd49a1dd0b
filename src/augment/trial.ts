/**
 * Whether new rows help, measured on the real rows alone: each part of them in turn is predicted by trees that learned
 * from the others, with and without rows of a generator that saw no more than these.
 */
import { type Task, taskOf } from '../learn/task.ts';
import { createRandom, type Random } from '../numeric/random.ts';
import { concatTables, takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { shareOf, type Wanted } from './class-counts.ts';
import { type Judged, judge, type Score, smallestLeaf } from './downstream-score.ts';
import type { MakeGenerator } from './fitted.ts';
import { under } from './generator.ts';
import { foldsOf } from './label-model.ts';
import { type Memory, memoryOf, together } from './memory.ts';
import { createPool } from './pool.ts';
import { poolFactors, type Selection, selections } from './selection.ts';

/** One way to add rows. */
export interface Setting {
  /** Of the rows that are wanted. */
  readonly share: number;
  readonly pick: Selection;
}

export interface Trial extends Setting {
  readonly rows: number;
  /** The mean score with these rows, and how much better that is than without. */
  readonly score: number;
  readonly gain: number;
  /** Standard error of the gain, from resampling the rows that were predicted. */
  readonly error: number;
  /** Whether these rows repeat the rows that were learned. */
  readonly memory: Memory;
}

export interface Trials {
  /** The score without new rows; NaN where it cannot be had. */
  readonly without: number;
  readonly trials: readonly Trial[];
  /** How many standard errors the largest of these gains has by chance in one case of twenty; NaN where nothing was measured. */
  readonly chance: number;
  /** The score without new rows where the classes that would get rows weigh as much as the largest; undefined without such classes. */
  readonly weighted?: number;
  /** How many parts were predicted. */
  readonly parts: number;
}

export interface TrialPlan {
  readonly wanted: Wanted;
  readonly settings: readonly Setting[];
  readonly score: Score;
  readonly folds: number;
  readonly seed: number;
}

/** Of so many rows a third is enough to judge by, and a fit takes its time: only one part is predicted. */
const rowsForOnePart = 10_000;

const resamples = 200;

/** What the rows of one part were taken for without new rows, and with those of each setting. */
interface Part {
  readonly without: Judged;
  readonly weighted: Judged | undefined;
  readonly settings: readonly Judged[];
  readonly memory: readonly Memory[];
}

export async function tryOut(
  real: Table,
  plan: TrialPlan,
  makeGenerator: MakeGenerator,
  onProgress: (share: number, doing: string) => void,
): Promise<Trials> {
  const { wanted, settings, score, folds, seed } = plan;
  const task = taskOf(real, wanted.target)!;
  const known = takeRows(real, task.rows(real));
  const fold = foldsOf(task.examples(known).labels, known.rowCount, seed, folds);
  const count = known.rowCount > rowsForOnePart ? 1 : folds;
  const parts: Part[] = [];
  for (let f = 0; f < count; f++) {
    const doing = `part ${f + 1} of ${count}, each with a fit of its own`;
    const say = (share: number) => onProgress((f + share) / count, doing);
    parts.push(await tryPart(known, rowsOf(fold, f), task, plan, makeGenerator, say));
  }
  const gains = settings.map((_, s) => (drawn: readonly Part[]) => scoreOf(drawn, score, s) - scoreOf(drawn, score));
  const random = createRandom(seed, 24);
  const samples = Array.from({ length: resamples }, () => {
    const drawn = parts.map((part) => resampled(part, random));
    return gains.map((gain) => gain(drawn));
  });
  const trials = settings.map((setting, s) => ({
    ...setting,
    rows: shareOf(wanted, setting.share).rows,
    score: scoreOf(parts, score, s),
    gain: gains[s]!(parts),
    error: deviation(samples.map((sample) => sample[s]!)),
    memory: together(parts.map(({ memory }) => memory[s]!)),
  }));
  const isWeighted = parts.every(({ weighted }) => weighted !== undefined);
  return {
    without: scoreOf(parts, score),
    ...(isWeighted && { weighted: meanScore(parts.map(({ weighted }) => score.of(weighted!))) }),
    trials,
    chance: chanceOf(trials, samples),
    parts: count,
  };
}

/**
 * The largest of several gains is large by chance alone. Each resample's gains, less those that were measured, are such
 * chance: 95 % of their maxima, in standard errors, lie below this. Source: Westfall & Young, Resampling-Based Multiple
 * Testing, 1993.
 */
function chanceOf(trials: readonly Trial[], samples: readonly (readonly number[])[]): number {
  const maxima = samples.map((sample) =>
    trials.reduce((most, { gain, error }, s) => (error > 0 ? Math.max(most, (sample[s]! - gain) / error) : most), 0),
  );
  return maxima.sort((a, b) => a - b)[Math.floor(0.95 * maxima.length)] ?? Number.NaN;
}

async function tryPart(
  known: Table,
  [inside, outside]: readonly [Int32Array, Int32Array],
  task: Task,
  { wanted, settings, seed }: TrialPlan,
  makeGenerator: MakeGenerator,
  say: (share: number) => void,
): Promise<Part> {
  const [train, held] = [takeRows(known, outside), takeRows(known, inside)];
  const scaled = shareOf(wanted, outside.length / known.rowCount);
  const generator = await makeGenerator(train, scaled, seed, (share) => say(0.7 * share));
  const factor = Math.max(...settings.map(({ pick }) => poolFactors[pick]));
  const drawn = under(known.schema, await generator.draw(shareOf(scaled, factor), seed));
  const pool = createPool(drawn, train, task, seed);
  say(0.8);
  const minRows = smallestLeaf(train.rowCount);
  const memoryIn = memoryOf(train, held, seed);
  const judged: Judged[] = [];
  const memory: Memory[] = [];
  for (const { share, pick } of settings) {
    const rows = await selections[pick](pool, shareOf(scaled, share));
    judged.push(judge(task, concatTables([train, { ...rows, schema: train.schema }]), held, { minRows }));
    memory.push(memoryIn(rows));
    say(0.8 + (0.2 * judged.length) / settings.length);
  }
  const weights = classWeights(train, wanted);
  return {
    without: judge(task, train, held, { minRows }),
    weighted: weights && judge(task, train, held, { minRows, weights }),
    settings: judged,
    memory,
  };
}

/** Every class that would get rows as heavy as it would become with them; undefined where classes stay as they are. */
function classWeights(
  { columns, rowCount }: Table,
  { target, classes, proportional }: Wanted,
): Float64Array | undefined {
  if (!classes || proportional) return undefined;
  const weightOf = new Map(classes.map(({ code, real, wanted }) => [code, real > 0 ? (real + wanted) / real : 1]));
  const codes = columns[target] as Int32Array;
  return Float64Array.from({ length: rowCount }, (_, row) => weightOf.get(codes[row]!) ?? 1);
}

function rowsOf(fold: Int32Array, f: number): [inside: Int32Array, outside: Int32Array] {
  const every = Int32Array.from(fold.keys());
  return [every.filter((row) => fold[row] === f), every.filter((row) => fold[row] !== f)];
}

/** The mean over the parts, of a setting or without new rows; parts that cannot be scored are left out. */
function scoreOf(parts: readonly Part[], score: Score, setting = -1): number {
  return meanScore(parts.map(({ without, settings }) => score.of(setting < 0 ? without : settings[setting]!)));
}

function meanScore(scores: readonly number[]): number {
  const defined = scores.filter((each) => !Number.isNaN(each));
  return defined.reduce((sum, each) => sum + each, 0) / defined.length;
}

/** As many rows of the part, drawn with repeats, the same for every setting. */
function resampled({ without, settings, ...rest }: Part, random: Random): Part {
  const { labels } = without;
  const count = labels.kind === 'number' ? labels.values.length : labels.codes.length;
  const rows = Int32Array.from({ length: count }, () => random.int(count));
  const drawn = ({ labels, predictions }: Judged): Judged => ({
    labels:
      labels.kind === 'number'
        ? { ...labels, values: Float64Array.from(rows, (row) => labels.values[row]!) }
        : { ...labels, codes: Int32Array.from(rows, (row) => labels.codes[row]!) },
    predictions: predictions.map((each) => Float64Array.from(rows, (row) => each[row]!)),
  });
  return { ...rest, without: drawn(without), settings: settings.map(drawn) };
}

function deviation(values: readonly number[]): number {
  const defined = values.filter((x) => !Number.isNaN(x));
  const mean = defined.reduce((sum, x) => sum + x, 0) / defined.length;
  return Math.sqrt(defined.reduce((sum, x) => sum + (x - mean) ** 2, 0) / defined.length);
}
