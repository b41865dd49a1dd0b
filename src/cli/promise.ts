/** The promise of a private fit in words, as `fit`, `inspect` and reports have it. */
import type { Model } from '../model/model.ts';
import { leastRows } from '../privacy/measured-domain.ts';

type File = Pick<Model['file'], 'schema' | 'provenance'>;
type Privacy = NonNullable<Model['file']['privacy']>;

export function promise({ epsilon, delta }: Privacy): string {
  const times = Math.exp(epsilon);
  return (
    `(${epsilon}, ${delta})-differentially private: with or without any one row, each possible folder is at most ` +
    `${times < 100 ? times.toFixed(2) : times.toPrecision(2)} times as likely, but for a probability of ${delta}; ` +
    'so are all rows sampled from it. The number of rows and what a domain says are public'
  );
}

/** More noise than this share of the rows hides what a column looks like. */
const mostNoise = 0.03;

/** How far counts are off, and whether the table is large enough for its epsilon: from public facts. */
export function countsText({ counts, domain }: Privacy, { schema, provenance: { rows } }: File): string {
  const columns = schema.columns.filter(({ replaced }) => !replaced).length;
  const off = counts.noise * Math.sqrt(columns);
  const small =
    off > mostNoise * rows ? ': the table is small for its epsilon, so expect rough columns and weak relations' : '';
  const rare = domain
    ? `; what the domain leaves open is measured: values of fewer than about ${Math.ceil(leastRows(domain))} rows are left out`
    : '';
  return `each count of rows is off by about ${Math.ceil(off)} of ${rows}${small}${rare}`;
}
