/** What `fit` ends with: what was learned, how well, what can be found in the model, and the next command. */
import type { Model } from '../model/model.ts';
import { rareValues } from '../table/identifiers/rare-values.ts';
import { kinds } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { write } from './progress.ts';
import { countsText, promise } from './promise.ts';

interface SummaryOptions {
  /** The fit was over before this command. */
  readonly wasFinished: boolean;
  readonly quiet: boolean;
  /** Rare values only, as an object a line. */
  readonly asJson: boolean;
}

/** Writes it on standard error; nothing where it shall be quiet. */
export function summarizeFit(
  out: string,
  table: Table,
  file: Model['file'],
  { wasFinished, quiet, asJson }: SummaryOptions,
): void {
  if (quiet) return;
  if (!asJson)
    for (const line of [learned(file), ...outcome(file, wasFinished), ...spare(file)]) write(`${out}: ${line}`);
  // What is rare among the rows is nobody's business where the fit is private.
  if (!file.privacy) remarkRare(out, table, asJson);
  if (!asJson) write(`next: tabletalk sample ${shellWord(out)} --rows ${file.provenance.rows} --out new.csv`);
}

/** Rows, columns, what each was taken for, and which are made up in new rows. */
function learned({ provenance, schema: { columns } }: Model['file']): string {
  const kept = columns.filter(({ replaced }) => !replaced);
  const counts = kinds.flatMap((kind) => {
    const count = kept.filter((column) => column.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  const replaced = columns.filter((column) => column.replaced).map(({ name }) => name);
  const size = `${provenance.rows} rows x ${columns.length} columns`;
  return `${size}: ${counts.join(', ')}${replaced.length > 0 ? `; replaced in new rows: ${replaced.join(', ')}` : ''}`;
}

/** How good the model became on held-out rows, and whether more time would help. */
function outcome(file: Model['file'], wasFinished: boolean): string[] {
  const { bestEpoch, curve, ended, options, privacy } = file;
  if (privacy) return [promise(privacy), countsText(privacy, file)];
  const kept = `${wasFinished ? 'was finished already, ' : ''}best of ${curve.length} epochs was ${bestEpoch}`;
  const [first, best, last] = [curve[0]!, curve.find(({ epoch }) => epoch === bestEpoch), curve.at(-1)!];
  const loss = best?.validationLoss ?? null;
  const time = clock(last.seconds);
  if (loss === null) return [kept, `learned in ${time}; no rows were held out to judge it by`];
  const gain = (100 * (1 - loss / first.validationLoss!)).toFixed(1);
  const idle = last.epoch - bestEpoch;
  return [
    `${kept}: held-out loss ${loss.toFixed(4)}, ${gain} % below the first epoch's, in ${time}`,
    ended === 'slowed'
      ? `more time would hardly help: the held-out loss had all but stopped falling${options.effort === 'best' ? '' : ' (--effort best goes on for longer)'}${byHeart(file) ? '; more rows would' : ''}`
      : idle > 0
        ? `more time would hardly help: the last ${idle === 1 ? 'epoch was' : `${idle} epochs were`} not clearly better`
        : `more time would help: ${ended === 'time' ? '--max-minutes' : 'the last epoch allowed'} came first; ${moreTime(options)}`,
  ];
}

/** Whether the loss of the rows that it learns from went on falling after that of held-out rows was at its best: the rows are too few. */
function byHeart({ curve, bestEpoch }: Model['file']): boolean {
  const [best, last] = [curve.find(({ epoch }) => epoch === bestEpoch), curve.at(-1)!];
  return best !== undefined && last.trainLoss < best.trainLoss;
}

/** That a table has more rows than a fit of so many steps sees (docs/scale.md). */
function spare({ curve, options, privacy, provenance: { rows } }: Model['file']): string[] {
  const { batchSize, validationFraction } = options;
  if (privacy || batchSize === undefined) return [];
  const seen = curve.at(-1)!.step * batchSize;
  const enough = Math.ceil(seen / (1 - validationFraction));
  // A last step that was not full is no reason.
  if (enough > 0.99 * rows) return [];
  const of = rows - Math.floor(rows * validationFraction);
  return [`its steps saw ${seen} of ${of} rows, once each: --max-rows ${enough} makes as good a model`];
}

/** What to change for a longer fit. */
function moreTime({ effort, maxMinutes }: Model['file']['options']): string {
  if (maxMinutes !== undefined) return 'raise --max-minutes';
  return effort === 'best'
    ? 'raise --epochs'
    : `try --effort ${effort === 'quick' ? 'standard' : 'best'}, or more --epochs`;
}

/** Seconds as a person says them. */
export function clock(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** As many rare values are named in a line; --json-progress has them all. */
const namedValues = 5;

/** What stands for one row only can be found in the model. */
function remarkRare(out: string, table: Table, asJson: boolean): void {
  for (const { column, values } of rareValues(table)) {
    if (asJson) {
      write(JSON.stringify({ rareValues: { column, values } }));
      continue;
    }
    const some = values.slice(0, namedValues).map((value) => JSON.stringify(value.slice(0, 40)));
    const more = values.length > namedValues ? ', ...' : '';
    const count = values.length === 1 ? '1 value stands' : `${values.length} values stand`;
    write(
      `${out}: column "${column}": ${count} for one row only (${some.join(', ')}${more}) and can be found in the model; ` +
        'fit with --min-category-count 5 to keep such values out',
    );
  }
}

/** As a shell takes it for one word. */
const shellWord = (text: string) => (/^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
