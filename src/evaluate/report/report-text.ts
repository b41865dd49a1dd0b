/** A report as a few aligned lines for a terminal. */

import type { Sentence } from './figure-schema.ts';
import { headlines } from './headlines.ts';
import { percent, plural } from './number-text.ts';
import type { ReportData } from './report.ts';
import { allowedUse, answers } from './verdict/verdict.ts';

const columnsShown = 5;
const longestName = 32;
const marks: Record<Sentence['tone'], string> = { good: '+', fair: '~', poor: '!', note: ' ' };

/** A line, and the part of it, from one character to another, that has the tone. */
export interface ReportLine {
  readonly text: string;
  readonly tone?: Sentence['tone'];
  readonly marked?: readonly [number, number];
}

/** Figures, the columns furthest off, three answers, then the verdict; no colours, no trailing newline. */
export function reportToText(report: ReportData): string {
  return reportLines(report)
    .map(({ text }) => text)
    .join('\n');
}

export function reportLines(report: ReportData): ReportLine[] {
  const { rows, notJudged } = report;
  const parts = [
    plural(rows.synthetic, 'synthetic row'),
    plural(rows.train, 'training row'),
    ...(rows.test === null ? [] : [plural(rows.test, 'real test row')]),
  ];
  const unjudged = notJudged.map(({ column, why }) => `${shorten(column)} (${why})`).join(', ');
  return [
    { text: parts.join(', ') },
    { text: '' },
    ...figureLines(report).map((text) => ({ text })),
    { text: '' },
    ...answerLines(report),
    { text: '' },
    { text: singleLine(allowedUse(report)) },
    { text: '' },
    ...report.verdict.map(({ tone, text }): ReportLine => {
      return { text: `${marks[tone]} ${singleLine(text)}`, tone, marked: [0, 1] };
    }),
    ...(notJudged.length === 0
      ? []
      : [{ text: `~ Not judged: ${unjudged}.`, tone: 'fair', marked: [0, 1] } satisfies ReportLine]),
  ];
}

function figureLines(report: ReportData): string[] {
  const tested = report.rows.test !== null;
  const worst = report.columnShapes.columns
    .filter(({ value }) => value !== null)
    .sort((a, b) => a.value! - b.value!)
    .slice(0, columnsShown);
  const row = (label: string, value: string, reference: string) =>
    tested ? [label, value, reference] : [label, value];
  const line = (label: string, value: number | null, reference: number | null) =>
    row(label, percent(value), percent(reference));
  const table = [
    tested ? ['', 'synthetic', 'real test rows'] : ['', 'synthetic'],
    ...headlines(report).map(({ label, text, figure }) => row(label, text(figure.value), text(figure.reference))),
    [],
    worst.length > 1 ? ['Columns furthest off'] : ['Column'],
    ...worst.map(({ column, value, reference }) => line(`  ${shorten(column)}`, value, reference)),
  ];
  return aligned(worst.length > 0 ? table : table.slice(0, -2));
}

function answerLines(report: ReportData): ReportLine[] {
  const all = answers(report);
  const longest = (of: readonly string[]) => Math.max(...of.map(({ length }) => length));
  const [names, words] = [longest(all.map(({ name }) => name)), longest(all.map(({ word }) => word))];
  return all.map(({ name, word, tone, meaning, measured }) => {
    const said = measured ? `${measured.figure} ${meaning}` : meaning;
    const reference = measured?.reference ? ` (${measured.reference})` : '';
    const text = singleLine(`${name.padEnd(names)}  ${word.padEnd(words)}  ${said}${reference}`);
    return { text, tone, marked: [names + 2, names + 2 + word.length] };
  });
}

/** The first cell of each row to the left, the others to the right, columns two spaces apart. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
    });
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i]! - [...cell].length);
        return i === 0 ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

function shorten(name: string): string {
  const letters = [...singleLine(name)];
  return letters.length <= longestName ? letters.join('') : `${letters.slice(0, longestName - 1).join('')}…`;
}

/** A name may hold line breaks or terminal escapes: they become spaces. */
function singleLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
