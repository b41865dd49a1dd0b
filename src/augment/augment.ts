/**
 * Enlarges a table with synthetic rows, where these help those who learn from it: the public verb. It joins fitting,
 * sampling, scoring and learning, and does none's work.
 */
import { parseOptions } from '../errors/check-options.ts';
import { optionError, TabletalkError } from '../errors/errors.ts';
import { crossPredict } from '../learn/folds.ts';
import { sampleRows } from '../learn/sample-rows.ts';
import { type Task, taskOf } from '../learn/task.ts';
import { boostedTrees } from '../learn/trees/trees.ts';
import { createRandom } from '../numeric/random.ts';
import { withClassTarget } from '../table/class-target.ts';
import { withReplaced } from '../table/identifiers/replace.ts';
import type { CodedColumn, Column, Schema } from '../table/schema.ts';
import { concatTables, takeRows, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { shareOf, type Wanted, wantedRows } from './class-counts.ts';
import { bestOfAll, bestTrial, refusedTrial } from './decide.ts';
import { type Score, scoreFor, smallestLeaf } from './downstream-score.ts';
import { classGenerator, type Fit, fittedGenerator, type MakeGenerator } from './fitted.ts';
import { checkModel, modelGenerator, under } from './generator.ts';
import { chooseTeacher, foldsOf } from './label-model.ts';
import { type AugmentOptions, augmentOptions, type CheckedAugmentOptions } from './options.ts';
import { createPool } from './pool.ts';
import type { AugmentReport } from './report.ts';
import { poolFactors, type Selection, selections } from './selection.ts';
import { type Setting, type Trials, tryOut } from './trial.ts';

export interface Augmented {
  /** The given rows, then the new ones; or the new ones only. */
  readonly table: Table;
  readonly report: AugmentReport;
}

/**
 * Adds synthetic rows to a table: `rows` of them, or as many as `balance` the classes of `target`. Rows that the table's mark
 * calls synthetic are kept, and not learned from. Whether new rows help, how many and which, is measured on the real rows; where
 * none do there are none, unless `forceRows`.
 *
 * @throws {TabletalkError} `option` and `input` before any work; `failed` when only synthetic rows are asked for and none help.
 */
export function augment(table: Table, options: AugmentOptions): Promise<Augmented> {
  return augmentWith(table, options, generatorsOf());
}

/** The same with another way to make generators. */
export async function augmentWith(
  table: Table,
  given: AugmentOptions,
  makes: (options: CheckedAugmentOptions) => MakeGenerator,
): Promise<Augmented> {
  const options = parseOptions('augment', augmentOptions, given);
  checkAsked(options);
  if (options.model?.file.privacy && !options.allowRealRows) {
    const why =
      'is private, and augment reads real rows again, which it does not promise to hide; "allowRealRows" lets it';
    throw optionError('augment', 'model', why);
  }
  const { forceRows, syntheticOnly, seed, onProgress } = options;
  const before = readProvenance(withClassTarget(table, options.target), options.mark);
  const { schema } = before.real;
  const replaced = replacedNames(schema, options.target);
  // Identifiers and persons come last: of rows that are drawn and not taken none is used up.
  const real = withoutColumns(before.real, replaced);
  const synthetic = before.synthetic && withoutColumns(before.synthetic, replaced);
  const wanted = wantedRows(real, synthetic, options);
  // With the learned columns first, among which the target has its place.
  const all = { ...schema, columns: [...real.schema.columns, ...schema.columns.filter(({ replaced }) => replaced)] };
  if (options.model) checkModel(options.model, all, wanted);
  const task = taskOf(real, wanted.target)!;
  const score = scoreFor(task, options.balance ? raisedClasses(task, wanted) : null);
  const say = (share: number, doing: string) => onProgress?.({ share, doing });
  const makeGenerator = makes(options);
  const measured = await measure(real, { wanted, task, score, options }, makeGenerator, (share, doing) =>
    say(0.7 * share, `measuring whether rows help, ${doing}`),
  );
  const best = bestTrial(measured);
  const forced = measured.trials.length === 0 ? asDrawn : bestOfAll(measured.trials);
  const setting = forceRows ? forced : best;
  const report: AugmentReport = {
    ...measured,
    target: options.target,
    classes: wanted.classes?.map(({ label, real, synthetic }) => ({ label, real, synthetic })) ?? null,
    rows: { real: real.rowCount, synthetic: synthetic?.rowCount ?? 0, wanted: wanted.rows, added: 0 },
    ...(before.mark !== undefined && { mark: before.mark }),
    scoreName: score.name,
    helps: best !== undefined,
    refused: refusedTrial(measured) ?? null,
    added: null,
  };
  if (!setting) {
    if (!syntheticOnly) return { table: joined(before, null), report };
    throw new TabletalkError(
      'failed',
      `augment: ${forceRows ? 'every way of adding rows repeats rows that were learned' : 'no way of adding rows helps'}, and without them there is nothing to give`,
    );
  }
  const generator = options.model
    ? modelGenerator(options.model, real.schema)
    : await makeGenerator(real, wanted, seed, (share) => say(0.7 + 0.25 * share, 'learning all real rows'));
  say(0.95, 'drawing the rows');
  const scaled = shareOf(wanted, setting.share);
  const drawn = under(real.schema, await generator.draw(shareOf(scaled, poolFactors[setting.pick]), seed));
  const picked = await selections[setting.pick](createPool(drawn, real, task, seed), scaled);
  const rows = await withReplaced(picked, schema, seed, [before.real, ...(before.synthetic ? [before.synthetic] : [])]);
  return {
    table: joined(syntheticOnly ? { mark: before.mark } : before, rows),
    report: { ...report, rows: { ...report.rows, added: rows.rowCount }, added: setting },
  };
}

/** The columns that no model sees; the target is never among them, so that it is refused with its reason. */
function replacedNames({ columns }: Schema, target: string): string[] {
  return columns.filter(({ name, replaced }) => replaced && name !== target).map(({ name }) => name);
}

const asDrawn: Setting = { share: 1, pick: 'as drawn' };

function checkAsked({ balance, rows, forceRows, folds }: CheckedAugmentOptions): void {
  const refuse = (message: string) => new TabletalkError('option', `augment: ${message}`);
  if (balance && rows !== undefined) throw refuse('give "balance" or "rows", not both');
  if (!balance && rows === undefined) throw refuse('say how many rows are to be added: "rows" or "balance"');
  if (folds === 0 && !forceRows) throw refuse('"folds": 0 measures nothing, so the rows must be forced ("forceRows")');
  if (folds === 1) throw refuse('"folds": one part leaves nothing to learn from; 0, or 2 to 10');
}

/** Where rows come from that are measured, or added when no model is given; as from the given model, where one is. */
export function generatorsOf(learn?: Fit): (options: CheckedAugmentOptions) => MakeGenerator {
  return ({ target, model, balance, epochs, maxMinutes }) => {
    const { preset, architecture } = model?.file.options ?? {};
    const settings = { target, epochs, maxMinutes, preset, architecture };
    return balance && !model ? classGenerator(settings, learn) : fittedGenerator(settings, learn);
  };
}

/** The task's classes that get more rows. */
function raisedClasses({ classes }: Task, wanted: Wanted): number[] {
  const raised = wanted.classes!.filter((each) => each.wanted > 0).map(({ label }) => label);
  return [...classes!.keys()].filter((k) => raised.includes(classes![k]!));
}

interface Measuring {
  readonly wanted: Wanted;
  readonly task: Task;
  readonly score: Score;
  readonly options: CheckedAugmentOptions;
}

async function measure(
  real: Table,
  { wanted, task, score, options: { seed, folds, forceRows } }: Measuring,
  makeGenerator: MakeGenerator,
  onProgress: (share: number, doing: string) => void,
): Promise<Trials> {
  if (folds === 0) return { without: Number.NaN, trials: [], chance: Number.NaN, parts: 0 };
  const settings = settingsFor(real, wanted, { task, score, seed, forceRows });
  return tryOut(real, { wanted, settings, score, folds, seed }, makeGenerator, onProgress);
}

/** The rows end to end, with their marks where there is one. */
function joined({ real, synthetic, mark }: Partial<Provenance> & Pick<Provenance, 'mark'>, added: Table | null): Table {
  const schema = (added ?? real)!.schema;
  const part = (table: Table | null | undefined, says: 'real' | 'synthetic') => {
    if (!table) return [];
    const under = { ...table, schema };
    return [mark === undefined ? under : marked(under, mark, says)];
  };
  return concatTables([...part(real, 'real'), ...part(synthetic, 'synthetic'), ...part(added, 'synthetic')] as [Table]);
}

// Which ways of adding rows are worth a trial.

/** All that is asked for, and a quarter: a few rows may help where many drown the real ones. */
const shares = [1, 0.25];

/** Of more rows a comparison of learners takes long and says no more. */
const mostRows = 5000;
const repeats = 2;

/** @param forceRows whether rows are added even where none help: then a way that is not expected to help may still be the best. */
function settingsFor(
  real: Table,
  wanted: Wanted,
  { task, score, seed, forceRows }: { task: Task; score: Score; seed: number; forceRows: boolean },
): Setting[] {
  const names: Selection[] = ['as drawn', 'realistic'];
  const labels = wanted.classes?.filter((each) => each.wanted > 0).length;
  if (labels === 1) names.push('consistent');
  else if (everyClassIsOwn(task, wanted) && (forceRows || labelModelIsBetter(real, task, score, seed)))
    names.push('labels dealt anew');
  return names.flatMap((pick) => shares.map((share) => ({ share, pick })));
}

/** A task learns the rarest of very many classes as one. */
const everyClassIsOwn = ({ classes }: Task, wanted: Wanted) => classes?.length === wanted.classes?.length;

/** Labels that a model deals can only help trees that know less than it does. */
function labelModelIsBetter(real: Table, task: Task, score: Score, seed: number): boolean {
  const rows = sampleRows(real.rowCount, mostRows, createRandom(seed, 25));
  const { matrix, labels } = task.examples(takeRows(real, rows));
  const trees = boostedTrees({ rowShare: 0.8, minRows: smallestLeaf(rows.length) });
  const gains = Array.from({ length: repeats }, (_, i) => {
    const { crossPredicted } = chooseTeacher(matrix, labels, seed + i);
    const fold = foldsOf(labels, matrix.rowCount, seed + i, 5);
    const byTrees = crossPredict(trees, matrix, labels, fold);
    return score.of({ labels, predictions: crossPredicted }) - score.of({ labels, predictions: byTrees });
  });
  return gains.reduce((sum, each) => sum + each, 0) > 0;
}

// Which rows of a table are real: reads and writes the column that marks them.

const marks = ['real', 'synthetic'] as const;

interface Provenance {
  /** The rows to learn from, without the mark. */
  readonly real: Table;
  /** Rows that were synthetic before, without the mark; null when there are none. */
  readonly synthetic: Table | null;
  /** The column that marks rows, in the table or to be added; undefined for none. */
  readonly mark: string | undefined;
}

/**
 * Parts a table by its marks. A column is taken for the mark when it is named, or when its cells are "synthetic" and nothing
 * else but "real".
 *
 * @throws {TabletalkError} `option`, for a named column that holds anything else.
 */
export function readProvenance(table: Table, named: string | undefined): Provenance {
  const { columns } = table.schema;
  const index = columns.findIndex((column) => (named === undefined ? isMark(column) : column.name === named));
  const column = columns[index];
  if (!column) return { real: table, synthetic: null, mark: named };
  if (!isCoded(column) || !column.values.every(isMarkValue) || column.missing !== null) {
    const problem = `the table has a column "${named}" that holds other things than "real" and "synthetic"`;
    throw optionError('augment', 'mark', problem, { column: named });
  }
  const codes = table.columns[index] as Int32Array;
  const rows = (value: string) => Int32Array.from(codes.keys()).filter((row) => column.values[codes[row]!] === value);
  const bare = withoutColumns(table, [column.name]);
  const synthetic = rows('synthetic');
  return {
    real: takeRows(bare, rows('real')),
    synthetic: synthetic.length === 0 ? null : takeRows(bare, synthetic),
    mark: column.name,
  };
}

function isMark(column: Column): boolean {
  return (
    isCoded(column) &&
    column.missing === null &&
    column.values.includes('synthetic') &&
    column.values.every(isMarkValue)
  );
}

const isCoded = (column: Column): column is CodedColumn => column.kind === 'category';
const isMarkValue = (value: string) => (marks as readonly string[]).includes(value);

/** The table with a last column that says so of every row. */
export function marked(table: Table, mark: string, says: (typeof marks)[number]): Table {
  const column: Column = { name: mark, kind: 'category', missing: null, values: [...marks] };
  return {
    schema: { ...table.schema, columns: [...table.schema.columns, column] },
    rowCount: table.rowCount,
    columns: [...table.columns, new Int32Array(table.rowCount).fill(marks.indexOf(says))],
  };
}
