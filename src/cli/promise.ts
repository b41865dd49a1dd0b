/** The promise of a private fit in words, as `fit` and `inspect` print it. */
import type { Model } from '../model/model.ts';

export function promise({ epsilon, delta }: NonNullable<Model['file']['privacy']>): string {
  const times = Math.exp(epsilon);
  return (
    `(${epsilon}, ${delta})-differentially private: with or without any one row, each possible folder is at most ` +
    `${times < 100 ? times.toFixed(2) : times.toPrecision(2)} times as likely, but for a probability of ${delta}; ` +
    'so are all rows sampled from it. The number of rows and the domain are public'
  );
}
