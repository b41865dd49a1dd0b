/** A text report as a terminal shows it: coloured unless NO_COLOR is set, and wrapped between words. Elsewhere it is plain. */
import type { WriteStream } from 'node:tty';
import type { ReportLine } from '../evaluate/report/report-text.ts';
import { visible } from './visible.ts';

const colours = { good: '32', fair: '33', poor: '31', note: '2' } as const;
/** Longer lines are hard to read. */
const widest = 100;

export function writeReport(lines: readonly ReportLine[], stream: NodeJS.WriteStream | WriteStream): void {
  const { isTTY, columns } = stream;
  const hasColour = isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const width = isTTY ? Math.max(40, Math.min(widest, columns || 80)) : Number.POSITIVE_INFINITY;
  stream.write(lines.map((line) => `${rendered(line, width, hasColour)}\n`).join(''));
}

/** Lines after the first are indented as far as its text. */
export function rendered({ text, tone, marked }: ReportLine, width: number, hasColour: boolean): string {
  const [first, ...rest] = wrapped(visible(text), width, marked?.[0] === 0 ? 2 : 0);
  if (!hasColour || tone === undefined || marked === undefined) return [first!, ...rest].join('\n');
  const [from, to] = marked;
  const coloured = `${first!.slice(0, from)}\u001b[${colours[tone]}m${first!.slice(from, to)}\u001b[0m${first!.slice(to)}`;
  return [coloured, ...rest].join('\n');
}

/** A word longer than a line has a line of its own. */
function wrapped(text: string, width: number, indent: number): string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = '';
  // The blanks that align a table are part of the word after them.
  for (const part of text.match(/\s*\S+/g) ?? []) {
    if (line !== '' && line.length + part.length > width) {
      lines.push(line);
      line = ' '.repeat(indent) + part.trimStart();
    } else line += part;
  }
  return [...lines, line];
}
