/**
 * A reward model for rows, in five attributes: each in [0, 1] and defined where it is computed (attributes/). Of a
 * model it is given the log-probabilities of rows.
 */
import { optionError, TabletalkError } from '../errors/errors.ts';
import { noColumn } from '../errors/suggest.ts';
import { sampleRows } from '../learn/sample-rows.ts';
import { createRandom } from '../numeric/random.ts';
import { rankAmong } from '../numeric/ranks.ts';
import type { Schema } from '../table/schema.ts';
import { concatTables, takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { compareWith, type Measured } from './against-real.ts';
import { type JudgedCells, judgeCells } from './judged-cells.ts';
import { type Margin, marginsOf } from './margins.ts';
import { type Attribute, attributes, type ScoreWeights } from './score-options.ts';

/** A number in [0, 1] for each row, of each attribute that could be had. */
export type Scores = { readonly [A in Attribute]?: Float64Array } & {
  /** The weighted mean of the attributes that are there. */
  readonly total: Float64Array;
  /** Why an attribute is not there. */
  readonly absent: { readonly [A in Attribute]?: string };
  /** Where there are real rows: how often each column's values come in them, for filters. */
  readonly margins?: readonly Margin[];
};

export interface ScorerOptions {
  readonly schema: Schema;
  /** Real rows, for realism, consistency and novelty. A cell that the schema cannot hold counts as missing. */
  readonly train?: Table | undefined;
  /** The label, for consistency. */
  readonly target?: string | undefined;
  /** Nats of each row under a model, for likelihood. */
  readonly logProb?: LogProb | undefined;
  /**
   * The same of real rows that the model did not learn from, ascending. Without them up to 1,000 rows of `train` stand in;
   * a model finds these likelier than others, so then likelihood is too low by as much as it overfits.
   */
  readonly realLogProbs?: ArrayLike<number> | undefined;
  /** The codes that the columns of each `combination` check had together in training, in the checks' order. */
  readonly combinations?: readonly (readonly (readonly number[])[])[] | undefined;
  readonly weights?: ScoreWeights | undefined;
  readonly seed?: number | undefined;
}

export interface Scorer {
  /** Throws `input` for a table whose columns are not the schema's. */
  score(table: Table): Promise<Scores>;
}

/** What is learned from the real rows is learned once. Throws `option` for a target that is no column, or real rows of other columns. */
export function createScorer(options: ScorerOptions): Scorer {
  const { schema, train, target, combinations, weights = {}, seed = 0 } = options;
  const names = schema.columns.map(({ name }) => name);
  if (target !== undefined && !names.includes(target)) {
    throw optionError('score', 'target', noColumn(target, names), { column: target, value: target });
  }
  const real = train && readReal(train, schema);
  const compare = real && compareWith(real.table, target === undefined ? -1 : names.indexOf(target), seed);
  const measureLikelihood = likelihoodOf(options, real);
  return {
    async score(table) {
      const judged = judgeCells(table, schema, combinations);
      const noReal = 'needs real rows';
      // A model may read in threads of its own while this one compares.
      const reading = measureLikelihood(judged);
      reading.catch(() => {});
      const others = {
        validity: validity(schema, judged),
        ...(compare?.(judged.table) ?? { realism: noReal, consistency: noReal, novelty: noReal }),
      };
      const margins = real && real.table.rowCount > 0 ? { margins: marginsOf(real.table, judged.table) } : {};
      return { ...scoresOf({ ...others, likelihood: await reading }, table.rowCount, weights), ...margins };
    },
  };
}

/** That they lack a column is a fault of the call, not of the table that is scored. */
function readReal(train: Table, schema: Schema): JudgedCells {
  try {
    return judgeCells(train, schema);
  } catch (error) {
    if (!(error instanceof TabletalkError)) throw error;
    throw optionError('score', 'real', error.message);
  }
}

const rowsRanked = 1000;

function likelihoodOf(
  { logProb, realLogProbs, seed = 0 }: ScorerOptions,
  real: JudgedCells | undefined,
): (judged: JudgedCells) => Promise<Measured> {
  let ranked = realLogProbs;
  return async (judged) => {
    if (!logProb) return 'needs a model';
    const noReal = 'needs log-probabilities of real rows to rank among';
    if (ranked ? ranked.length === 0 : !real) return noReal;
    const sayable = sayableRows(judged);
    const asked = takeRows(judged.table, sayable);
    // Read at once: threads need not be started twice.
    const logProbs = await logProb(ranked ? asked : concatTables([asked, standIns(real!, seed)]));
    ranked ??= logProbs.slice(sayable.length).sort();
    return ranked.length === 0 ? noReal : likelihood(judged.table.rowCount, sayable, logProbs, ranked);
  };
}

function standIns(real: JudgedCells, seed: number): Table {
  const sayable = sayableRows(real);
  const some = sampleRows(sayable.length, rowsRanked, createRandom(seed, 14)).map((i) => sayable[i]!);
  return takeRows(real.table, some);
}

/** The rows whose every cell the schema can hold. */
function sayableRows({ table, issues }: JudgedCells): Int32Array {
  const rows = Int32Array.from({ length: table.rowCount }, (_, row) => row);
  return rows.filter((row) => issues(row).every(({ code }) => code === 'broken-check'));
}

function scoresOf(measured: Record<Attribute, Measured>, rowCount: number, weights: ScoreWeights): Scores {
  const total = new Float64Array(rowCount);
  const there: { [A in Attribute]?: Float64Array } = {};
  const absent: { [A in Attribute]?: string } = {};
  let sum = 0;
  for (const attribute of attributes) {
    const scores = measured[attribute];
    if (typeof scores === 'string') {
      absent[attribute] = scores;
      continue;
    }
    there[attribute] = scores;
    const weight = weights[attribute] ?? 1;
    sum += weight;
    scores.forEach((score, row) => {
      total[row]! += weight * score;
    });
  }
  if (sum === 0) {
    const [name, reason] = Object.entries(absent)[0]!;
    throw optionError('score', 'weights', `no attribute that can be had counts; ${name} ${reason}`);
  }
  return { ...there, total: total.map((x) => x / sum), absent };
}

// How usual a row is in the model's eyes, beside real rows that it never saw.

/** Nats of each row under a model. */
type LogProb = (table: Table) => Promise<Float64Array>;

/**
 * Likelihood, in [0, 1]: the share of real rows with a lower log-probability under the model, ties half; 0.5 in the mean for
 * rows like them, 0 for what the model has no words for. It tells the usual from the odd, not the good from the bad:
 * to keep the highest is to narrow. An empirical percentile (a conformal p-value, Vovk et al. 2005) of the probability that
 * GReaT samples from (Borisov et al., ICLR 2023), its mean over orders of the columns.
 * @param sayable the rows whose cells the schema can hold; the others have 0.
 * @param logProbs those of the sayable rows.
 * @param real log-probabilities of real rows that the model did not learn from, ascending.
 */
function likelihood(
  rowCount: number,
  sayable: Int32Array,
  logProbs: Float64Array,
  real: ArrayLike<number>,
): Float64Array {
  const found = new Float64Array(rowCount);
  sayable.forEach((row, i) => {
    found[row] = logProbs[i] === Number.NEGATIVE_INFINITY ? 0 : rankAmong(real, logProbs[i]!);
  });
  return found;
}

// How much of a row is as schema and rules say.

/**
 * Validity, in [0, 1]: the share of the schema's columns and checks that the row keeps; 1 exactly when it is a row of the
 * schema. Needs nothing but the schema. Per row what SDMetrics' DiagnosticReport counts per column (BoundaryAdherence,
 * CategoryAdherence), and the rules between columns beside it.
 */
function validity({ columns, checks = [] }: Schema, cells: JudgedCells): Float64Array {
  const asked = columns.length + checks.length;
  return Float64Array.from({ length: cells.table.rowCount }, (_, row) => (asked - cells.issues(row).length) / asked);
}
