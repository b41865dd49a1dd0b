/** How a CSV file spells its rows, judged from its head. */
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';

/** In order of preference where two would do. */
const delimiters = [',', ';', '\t', '|'] as const;

export const dialectSchema = z.strictObject({
  delimiter: z.enum(delimiters),
  newline: z.enum(['\n', '\r\n', '\r']),
  /** Whether the last row ends with a newline. */
  finalNewline: z.boolean(),
  /** Whether the file starts with the UTF-8 byte order mark. */
  bom: z.boolean(),
  /** `strings`: the header and every cell that is there, except numbers and times, as R and pandas write on request. */
  quote: z.enum(['needed', 'strings', 'always']),
  /** Columns whose name is empty in the file; they are called column_1, column_2, … by their place. */
  unnamed: z.array(z.string()).readonly(),
});

/** What a reader found, and what a writer needs to give the same bytes back. */
export type Dialect = Readonly<z.infer<typeof dialectSchema>>;
type Delimiter = Dialect['delimiter'];

export const plainDialect: Dialect = {
  delimiter: ',',
  newline: '\n',
  finalNewline: true,
  bom: false,
  quote: 'needed',
  unnamed: [],
};

/** How much of the file is judged: enough records to see a pattern, few enough characters to cost nothing. */
export const headLength = 65_536;
const headRecords = 20;

/**
 * All three newlines end a record, and quotes in the middle of a cell are ordinary characters: what other readers
 * accept.
 */
export const tolerant = {
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_quotes: true,
  relax_column_count: true,
};

interface HeadCell {
  readonly text: string;
  readonly quoted: boolean;
}

interface Head {
  readonly records: readonly (readonly HeadCell[])[];
  /** Whether every quote stands where quotes belong and every record has as many cells as the header. */
  readonly regular: boolean;
}

/** The dialect of a CSV text (without byte order mark); `delimiter` spares the guess. */
export function sniffDialect(body: string, delimiter?: Delimiter): Dialect {
  const text = body.slice(0, headLength);
  const heads = (delimiter === undefined ? delimiters : [delimiter]).map((candidate) => ({
    delimiter: candidate,
    ...headOf(text, candidate),
  }));
  // The most columns in the header wins, but any number of columns that the rows share beats one they do not.
  const score = ({ records, regular }: Head) => ((records[0]?.length ?? 1) - 1) * (regular ? 1 : 1e-9);
  const best = heads.reduce((a, b) => (score(b) > score(a) ? b : a));
  return {
    delimiter: best.delimiter,
    newline: newlineOf(text),
    finalNewline: /[\r\n]$/.test(body),
    bom: false,
    quote: quoteStyle(best.records, best.delimiter),
    unnamed: [],
  };
}

/** A quote that opens or closes in the middle of a cell hints that the text was cut at the wrong character. */
function headOf(text: string, delimiter: string): Head {
  const strict = headRecordsOf(text, delimiter, false);
  if (strict) return { records: strict, regular: strict.every((record) => agrees(record, strict[0]!)) };
  return { records: headRecordsOf(text, delimiter, true) ?? [], regular: false };
}

/** The first records that are whole, or undefined when a quote stands where `relaxed` would have to allow it. */
function headRecordsOf(text: string, delimiter: string, relaxed: boolean): HeadCell[][] | undefined {
  const records: HeadCell[][] = [];
  let cut = text.length === headLength;
  const cast = (cell: string, { quoting, records: index }: { quoting: boolean; records: number }) => {
    records[index] ??= [];
    records[index].push({ text: cell, quoted: quoting });
    return cell;
  };
  try {
    parse(text, { ...tolerant, relax_quotes: relaxed, delimiter, to: headRecords, cast });
  } catch (error) {
    // A quote that the end of the head leaves open is nothing strange; one that is never closed is for the reader.
    const open = error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED';
    if (!relaxed && !(open && cut)) return undefined;
    cut = true;
  }
  return cut && records.length > 1 ? records.slice(0, -1) : records;
}

function isBlank(record: readonly HeadCell[]): boolean {
  return record.length === 1 && record[0]!.text === '';
}

function agrees(record: readonly HeadCell[], header: readonly HeadCell[]): boolean {
  return record.length === header.length || isBlank(record);
}

/** The first newline outside quotes: whatever a quoted cell holds is gone before looking. */
function newlineOf(text: string): Dialect['newline'] {
  const found = /\r\n|\n|\r/.exec(text.replace(/"[^"]*"/g, ''))?.[0];
  return found === '\r\n' || found === '\r' ? found : '\n';
}

/** Quotes are a style only where they were not needed. */
function quoteStyle(records: Head['records'], delimiter: string): Dialect['quote'] {
  const needless = ({ text, quoted }: HeadCell) => quoted && !/["\r\n]/.test(text) && !text.includes(delimiter);
  const [header = [], ...rows] = records.map((record) => record.filter((cell) => cell.quoted || !isBlank(record)));
  const cells = rows.flat();
  if (!header.every((cell) => cell.quoted) || !header.some(needless)) return 'needed';
  if (cells.every((cell) => cell.quoted)) return 'always';
  return cells.some(needless) ? 'strings' : 'needed';
}
