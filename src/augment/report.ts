/** What `augment` says of its work: plain data, and the same in a few lines. */
import { repeatsRows } from './decide.ts';
import { type Memory, remembered, repeatNames, repeats, shareOf } from './memory.ts';
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
  /** Whether a way of adding rows gains more than chance might, without repeating what was learned (decide.ts). */
  readonly helps: boolean;
  /** The way that gains most among those that gain more than chance might and were refused, as their rows repeat what was learned. */
  readonly refused: Setting | null;
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

function trialLines({ scoreName, without, weighted, trials, parts }: AugmentReport): string[] {
  const measured = `trees that predict real rows they have not seen (${parts} part${parts === 1 ? '' : 's'}): ${scoreName}`;
  return [
    `${measured} ${figure(without)} without new rows`,
    ...trials.map(({ rows, pick, score, gain, error, memory }) => {
      const repeated = remembered(memory).map((name) => repeatText(name, memory));
      const refusal = repeated.length > 0 ? `; refused: ${repeated.join(', ')}` : '';
      return `  ${rows} ${pick}: ${figure(score)} (${signed(gain)} ± ${figure(error)})${refusal}`;
    }),
    ...(weighted === undefined
      ? []
      : [`  class weights instead of rows: ${figure(weighted)} (${signed(weighted - without)})`]),
    ...trials.slice(0, 1).map(({ memory }) => {
      const each = repeatNames.map((name) => repeatText(name, memory));
      return `as drawn, new rows repeat what was learned: ${each.join(', ')}`;
    }),
  ];
}

function repeatText(name: keyof Memory, memory: Memory): string {
  const { synthetic, real } = memory[name];
  const percent = (count: typeof real) => `${(100 * shareOf(count)).toFixed(1)} %`;
  return `${repeats[name].words} ${percent(synthetic)} (unseen real rows ${percent(real)})`;
}

function outcome(report: AugmentReport): string {
  const { added, helps, refused, rows, trials, weighted } = report;
  const none = `none of the ${trials.length} ways of adding rows helps more than chance might`;
  if (!added) {
    if (trials.every(repeatsRows)) return 'every way of adding rows repeats rows that were learned: no row was added';
    if (refused) return 'the ways that help repeat rows that were learned: no row was added';
    return `${none}: no row was added (--force-rows adds them anyway)`;
  }
  const what = `added ${count(rows.added)}, ${added.pick}`;
  if (trials.length === 0)
    return `${what}; whether they help, and whether they repeat what was learned, was not measured`;
  if (!helps) return `${none}; ${what}, because they were asked for (--force-rows)`;
  const best = trials.find(({ pick, share }) => pick === added.pick && share === added.share)!;
  const lighter = weighted !== undefined && weighted > best.score ? '; class weights alone do better' : '';
  return rows.added < rows.wanted
    ? `${what}: more did not help more (${rows.wanted} were asked for)${lighter}`
    : `${what}${lighter}`;
}

const signed = (x: number) => `${x < 0 ? '' : '+'}${figure(x)}`;
const count = (rows: number) => `${rows} row${rows === 1 ? '' : 's'}`;
const figure = (x: number) => (Number.isNaN(x) ? 'not defined' : x.toFixed(3));
