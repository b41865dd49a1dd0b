/**
 * Whether new rows help, measured on the real rows alone: each part of them in turn is predicted by trees that learned from
 * the others, with and without rows of a generator that saw no more than these. It knows generators, picks and scores.
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
import { createPool } from './pool.ts';
import { type PickName, picks, poolFactors } from './selection.ts';

/** One way to add rows. */
export interface Setting {
  /** Of the rows that are wanted. */
  readonly share: number;
  readonly pick: PickName;
}

export interface Trial extends Setting {
  readonly rows: number;
  /** The mean score with these rows, and how much better that is than without. */
  readonly score: number;
  readonly gain: number;
  /** Standard error of the gain, from resampling the rows that were predicted. */
  readonly error: number;
}

export interface Trials {
  /** The score without new rows; NaN where it cannot be had. */
  readonly without: number;
  readonly trials: readonly Trial[];
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

const resamples = 100;

/** What the rows of one part were taken for without new rows, and with those of each setting. */
interface Part {
  readonly without: Judged;
  readonly settings: readonly Judged[];
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
    const doing = `part ${f + 1} of ${count}`;
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
  }));
  return { without: scoreOf(parts, score), trials, parts: count };
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
  const judged: Judged[] = [];
  for (const { share, pick } of settings) {
    const rows = await picks[pick](pool, shareOf(scaled, share));
    judged.push(judge(task, concatTables([train, { ...rows, schema: train.schema }]), held, minRows));
    say(0.8 + (0.2 * judged.length) / settings.length);
  }
  return { without: judge(task, train, held, minRows), settings: judged };
}

function rowsOf(fold: Int32Array, f: number): [inside: Int32Array, outside: Int32Array] {
  const every = Int32Array.from(fold.keys());
  return [every.filter((row) => fold[row] === f), every.filter((row) => fold[row] !== f)];
}

/** The mean over the parts, of a setting or without new rows; parts that cannot be scored are left out. */
function scoreOf(parts: readonly Part[], score: Score, setting = -1): number {
  const scores = parts.map(({ without, settings }) => score.of(setting < 0 ? without : settings[setting]!));
  const defined = scores.filter((each) => !Number.isNaN(each));
  return defined.reduce((sum, each) => sum + each, 0) / defined.length;
}

/** As many rows of the part, drawn with repeats, the same for every setting. */
function resampled({ without, settings }: Part, random: Random): Part {
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
  return { without: drawn(without), settings: settings.map(drawn) };
}

function deviation(values: readonly number[]): number {
  const defined = values.filter((x) => !Number.isNaN(x));
  const mean = defined.reduce((sum, x) => sum + x, 0) / defined.length;
  return Math.sqrt(defined.reduce((sum, x) => sum + (x - mean) ** 2, 0) / defined.length);
}
