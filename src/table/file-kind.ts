/** The kinds of table files, told apart by name. */
import { TabletalkError } from '../errors/errors.ts';
import { standardStream } from '../files/output-file.ts';

export type FileKind = 'csv' | 'tsv' | 'jsonl' | 'parquet';

const kinds: Record<string, FileKind> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
};

/** `-` is CSV. Text may be gzipped; Parquet is compressed within. */
export function fileKind(path: string): FileKind {
  if (path === standardStream) return 'csv';
  const [, ending = '', zipped] = /\.([^./\\]+?)(\.gz)?$/i.exec(path) ?? [];
  const kind = kinds[ending.toLowerCase()];
  if (kind && !(kind === 'parquet' && zipped)) return kind;
  throw new TabletalkError(
    'input',
    `${path}: cannot tell the kind of table from the name; it must end in .parquet, or in .csv, .tsv, .jsonl or .ndjson, or one of these and .gz`,
  );
}
