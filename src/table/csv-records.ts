/**
 * CSV text to records, chunk by chunk. It knows delimiters, quotes and newlines, nothing of headers or columns.
 * What it reads is what csv-parse reads under the options of dialect.ts (a test says so), several times faster.
 */

export interface RecordReader {
  /** Hands over every record that is whole. */
  push(text: string): void;
  /** Hands over the last record; returns the line on which a quote was opened and never closed, if one was. */
  end(): number | undefined;
}

/** Gets the records, in order, with the lines, counted from 1, on which they start. */
export interface RecordSink {
  /** A record that had quotes. */
  quoted(cells: string[], line: number): void;
  /** A record without: cell i is `text` from `bounds[2 * i]` to `bounds[2 * i + 1]`. Both are only lent. */
  plain(text: string, bounds: Int32Array, count: number, line: number): void;
}

/** The cells of a plain record as strings. */
export function cellsOf(text: string, bounds: Int32Array, count: number): string[] {
  return Array.from({ length: count }, (_, i) => text.slice(bounds[2 * i], bounds[2 * i + 1]));
}

/** More characters than this in one record are a quote that was never closed, not a cell. */
const longestRecord = 1 << 26;

const quoteCode = 34;
const newlineCode = 10;
const returnCode = 13;

export function createRecordReader(delimiter: string, sink: RecordSink): RecordReader {
  const delimiterCode = delimiter.charCodeAt(0);
  const scan = recordScanner(delimiterCode, sink);
  let bounds = new Int32Array(256);
  let rest = '';
  let line = 1;

  /** Records without a quote, from `at` to `end`, where one ends: cells lie between delimiters and newlines. */
  const split = (text: string, at: number, end: number) => {
    let [start, count] = [at, 0];
    for (let i = at; i < end; i++) {
      const code = text.charCodeAt(i);
      const isNewline = code === newlineCode || code === returnCode;
      if (!isNewline && code !== delimiterCode) continue;
      if (2 * count + 4 > bounds.length) bounds = doubled(bounds);
      bounds[2 * count] = start;
      bounds[2 * count++ + 1] = i;
      if (isNewline) {
        sink.plain(text, bounds, count, line++);
        count = 0;
        if (code === returnCode && text.charCodeAt(i + 1) === newlineCode) i++;
      }
      start = i + 1;
    }
    // The last line of a file may lack its newline; what a newline ends is no further record.
    if (start === end && count === 0) return;
    bounds[2 * count] = start;
    bounds[2 * count++ + 1] = end;
    sink.plain(text, bounds, count, line++);
  };

  /** Hands over the records of `text` up to `end`, where a record ends; returns where the first that is not whole starts. */
  const read = (text: string, end: number, isLast: boolean): number => {
    let at = 0;
    while (at < end) {
      const quote = text.indexOf('"', at);
      if (quote < 0 || quote >= end) {
        split(text, at, end);
        return end;
      }
      const start = lineStart(text, quote, at);
      if (start > at) split(text, at, start);
      at = start;
      const next = scan(text, at, line, isLast);
      if (!next) return at;
      [at, line] = [next.at, next.line];
    }
    return at;
  };

  return {
    push(text) {
      rest += text;
      if (rest.length <= longestRecord) rest = rest.slice(read(rest, lastNewline(rest), false));
    },
    end() {
      const at = read(rest, rest.length, true);
      return at < rest.length ? line : undefined;
    },
  };
}

/** Reads the record at `from`, quotes and all, or nothing when the text ends before the record is known to. */
function recordScanner(delimiterCode: number, sink: RecordSink) {
  return (text: string, from: number, line: number, isLast: boolean): { at: number; line: number } | undefined => {
    const cells: string[] = [];
    const { length } = text;
    const endsCell = (code: number) => code === delimiterCode || code === newlineCode || code === returnCode;
    let lines = 1;
    let at = from;
    for (;;) {
      let cell = '';
      if (text.charCodeAt(at) === quoteCode) {
        const close = closingQuote(text, at + 1);
        if (close < 0) return undefined;
        const inside = text.slice(at + 1, close).replaceAll('""', '"');
        lines += inside.match(/\r\n|\n|\r/g)?.length ?? 0;
        at = close + 1;
        // Where anything else follows, the quotes were ordinary characters.
        cell = at === length || endsCell(text.charCodeAt(at)) ? inside : `"${inside}"`;
      }
      const start = at;
      while (at < length && !endsCell(text.charCodeAt(at))) at++;
      cells.push(at === start ? cell : cell + text.slice(start, at));
      if (at === length && !isLast) return undefined;
      if (at === length || text.charCodeAt(at) !== delimiterCode) break;
      at++;
    }
    sink.quoted(cells, line);
    return { at: afterNewline(text, at), line: line + lines };
  };
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}

/** The first quote from `from` on that is not one of a doubled pair, or -1. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === quoteCode) at = text.indexOf('"', at + 2);
  return at;
}

function afterNewline(text: string, at: number): number {
  const isPair = text.charCodeAt(at) === returnCode && text.charCodeAt(at + 1) === newlineCode;
  return isPair ? at + 2 : Math.min(at + 1, text.length);
}

function lineStart(text: string, at: number, least: number): number {
  let start = at;
  while (start > least && text.charCodeAt(start - 1) !== newlineCode && text.charCodeAt(start - 1) !== returnCode)
    start--;
  return start;
}

/** Where the text's last line begins. A carriage return at the very end may be half of a pair. */
function lastNewline(text: string): number {
  let end = text.length;
  if (text.charCodeAt(end - 1) === returnCode) end--;
  while (end > 0 && text.charCodeAt(end - 1) !== newlineCode && text.charCodeAt(end - 1) !== returnCode) end--;
  return end;
}
