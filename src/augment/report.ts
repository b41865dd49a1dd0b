/** What `augment` says of its work: plain data, and the same in a few lines. It knows neither tables nor generators. */
import type { Setting, Trials } from './trial.ts';

export interface AugmentReport extends Trials {
  readonly target: string;
  /** The rows of each class before; null for a number. */
  readonly classes: readonly { readonly label: string; readonly real: number; readonly synthetic: number }[] | null;
  /** The rows that were there, those that were asked for, and those that were added. */
  readonly rows: { readonly real: number; readonly synthetic: number; readonly wanted: number; readonly added: number };
  /** The column that marks rows. */
  readonly mark?: string;
  /** What `without`, `score` and `gain` are figures of. */
  readonly scoreName: string;
  /** Whether a way of adding rows gains more than chance might (decide.ts). */
  readonly helps: boolean;
  /** How the rows that were added were chosen; null when none were. */
  readonly added: Setting | null;
}

/** For people: what was learned from, what was tried, what came of it. */
export function augmentText(report: AugmentReport): string[] {
  const { rows, mark, classes, target } = report;
  const lines: string[] = [];
  if (rows.synthetic > 0) {
    lines.push(`${count(rows.synthetic)} that "${mark}" calls synthetic are kept and were not learned from`);
  }
  const each = classes?.map(({ label, real }) => `${label} ${real}`).join(', ');
  lines.push(`${count(rows.real)} real${each === undefined ? '' : `; of "${target}": ${each}`}`);
  if (report.trials.length > 0) lines.push(...trialLines(report));
  lines.push(outcome(report));
  return lines;
}

function trialLines({ scoreName, without, trials, parts }: AugmentReport): string[] {
  const measured = `trees that predict real rows they have not seen (${parts} part${parts === 1 ? '' : 's'}): ${scoreName}`;
  return [
    `${measured} ${figure(without)} without new rows`,
    ...trials.map(
      ({ rows, pick, score, gain, error }) =>
        `  ${rows} ${pick}: ${figure(score)} (${gain < 0 ? '' : '+'}${figure(gain)} ± ${figure(error)})`,
    ),
  ];
}

function outcome({ added, helps, rows, trials }: AugmentReport): string {
  const none = `none of the ${trials.length} ways of adding rows helps more than chance might`;
  if (!added) return `${none}: no row was added (--force-rows adds them anyway)`;
  const what = `added ${count(rows.added)}, ${added.pick}`;
  if (trials.length === 0) return `${what}; whether they help was not measured`;
  if (!helps) return `${none}; ${what}, because they were asked for (--force-rows)`;
  return rows.added < rows.wanted ? `${what}: more did not help more (${rows.wanted} were asked for)` : what;
}

const count = (rows: number) => `${rows} row${rows === 1 ? '' : 's'}`;
const figure = (x: number) => (Number.isNaN(x) ? 'not defined' : x.toFixed(3));
