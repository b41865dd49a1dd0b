/** Rows as sentences: "age is 39, workclass is Private". Writes and reads text. */
import { formatValue, parseCell, parsePlain, plainText, type Value } from '../../table/cells.ts';
import { isoText, parseIsoText } from '../../table/datetime/datetime.ts';
import { granularityOf } from '../../table/datetime/datetime-formats.ts';
import { type Column, isPlain, type Schema } from '../../table/schema.ts';
import { missingWord, openQuote, quote, quoteName, quoteValue, readQuoted, type Words, wordsOf } from './quoting.ts';

/** What stands between two columns, or before the first: ", age is " or "age is ". */
export function phraseOf(column: Column, first: boolean, words: Words = wordsOf(undefined)): string {
  return `${first ? '' : words.separator}${words.before}${quoteName(column.name, words)}${words.between}`;
}

/** The text of one cell: plain numbers with the file's decimals, instants in ISO form, free text always in quotes. */
export function cellText(column: Column, value: Value | null, words: Words = wordsOf(undefined)): string {
  if (value === null) return missingWord;
  switch (column.kind) {
    case 'datetime':
      return isoText(value as number, granularityOf(column.format));
    case 'text':
      return quote(value as string);
    case 'boolean':
    case 'category':
      return quoteValue(formatValue(column, value), words);
    case 'integer':
    case 'decimal':
      return plainText(column, value as number);
  }
}

/** One row's sentence, its columns in the given order. `cells` are in schema order. */
export function writeSentence(schema: Schema, cells: readonly (Value | null)[], order: Iterable<number>): string {
  const words = wordsOf(schema.template);
  let sentence = '';
  for (const index of order) {
    const column = schema.columns[index]!;
    sentence += phraseOf(column, sentence === '', words) + cellText(column, cells[index]!, words);
  }
  return sentence;
}

/** What a sentence says; a column it does not mention is undefined. */
export interface ParsedSentence {
  readonly cells: readonly (Value | null | undefined)[];
  readonly issues: readonly SentenceIssue[];
  /** The columns in the order in which the sentence names them. */
  readonly order: readonly number[];
}

interface SentenceIssue {
  readonly code: 'syntax' | 'unknown-column' | 'repeated-column' | 'unreadable-value';
  readonly column?: string;
  readonly message: string;
}

/** Reads a sentence from any source; whatever cannot be understood becomes an issue, never an exception. */
export function parseSentence(schema: Schema, sentence: string): ParsedSentence {
  const cells: (Value | null | undefined)[] = schema.columns.map(() => undefined);
  const issues: SentenceIssue[] = [];
  const order: number[] = [];
  for (const clause of clausesOf(sentence, wordsOf(schema.template))) {
    if ('at' in clause) {
      issues.push({ code: 'syntax', message: `cannot read the sentence from character ${clause.at + 1}` });
      break;
    }
    const index = schema.columns.findIndex(({ name }) => name === clause.name);
    const column = schema.columns[index];
    if (!column) {
      issues.push({ code: 'unknown-column', column: clause.name, message: `no column "${clause.name}"` });
    } else if (order.includes(index)) {
      issues.push({ code: 'repeated-column', column: clause.name, message: `"${clause.name}" is said twice` });
    } else {
      const value = readValue(column, clause);
      if (value === undefined) {
        const message = `"${clause.name}" cannot be ${JSON.stringify(clause.value)}`;
        issues.push({ code: 'unreadable-value', column: clause.name, message });
      } else {
        order.push(index);
        cells[index] = value;
      }
    }
  }
  return { cells, issues, order };
}

interface Clause {
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** Cuts a sentence into names and values; yields the position of the first thing it cannot read, and stops. */
function* clausesOf(sentence: string, words: Words): Generator<Clause | { at: number }> {
  const { before, separator } = words;
  let at = 0;
  while (at < sentence.length) {
    const name = sentence.startsWith(before, at) ? readName(sentence, at + before.length, words) : undefined;
    if (!name) return yield { at };
    const value = readRaw(sentence, name.end, words);
    const ended = value?.end === sentence.length;
    if (!value || (!ended && !sentence.startsWith(separator, value.end))) return yield { at: name.end };
    yield { name: name.value, value: value.value, quoted: value.quoted };
    if (ended) return;
    at = value.end + separator.length;
    if (at === sentence.length) return yield { at };
  }
}

function readName(sentence: string, from: number, { between }: Words): { value: string; end: number } | undefined {
  if (sentence[from] === openQuote) {
    const name = readQuoted(sentence, from);
    return name && sentence.startsWith(between, name.end) ? { ...name, end: name.end + between.length } : undefined;
  }
  const end = sentence.indexOf(between, from);
  return end < 0 ? undefined : { value: sentence.slice(from, end), end: end + between.length };
}

function readRaw(
  sentence: string,
  from: number,
  { separator }: Words,
): { value: string; end: number; quoted: boolean } | undefined {
  if (sentence[from] === openQuote) {
    const value = readQuoted(sentence, from);
    return value && { ...value, quoted: true };
  }
  const stop = sentence.indexOf(separator[0]!, from);
  const end = stop < 0 ? sentence.length : stop;
  return { value: sentence.slice(from, end), end, quoted: false };
}

/** As sentences say it, or as the file spells it: in quotes where that has a comma. */
function readValue(column: Column, { value, quoted }: Omit<Clause, 'name'>): Value | null | undefined {
  if (!quoted && value === missingWord) return column.missing === null ? undefined : null;
  return quoted
    ? (parseCell(column, value) ?? readSaid(column, value))
    : (readSaid(column, value) ?? parseCell(column, value));
}

function readSaid(column: Column, value: string): number | undefined {
  if (column.kind === 'datetime') return parseIsoText(value, granularityOf(column.format));
  return isPlain(column) ? parsePlain(column, value) : undefined;
}

/** The reverse of `cellText`; undefined for what is no cell of the column. */
export function parseCellText(column: Column, text: string, words: Words): Value | null | undefined {
  const raw = readRaw(text, 0, words);
  return raw?.end === text.length ? readValue(column, raw) : undefined;
}
