/**
 * A metric that brings all it needs: the form of its section in the report, the measurement, the figures the report
 * opens with and the sentence of the verdict. It is one file and an entry in metrics.ts.
 */
import type { z } from 'zod';
import type { HeadlineRow, PerTable, Pillar, Sentence } from '../report/figure-schema.ts';
import type { Tables } from './figure.ts';

export interface Metric<T = unknown> {
  readonly pillar: Pillar;
  readonly schema: z.ZodType<T>;
  measure(tables: Tables): T;
  readonly headlines?: readonly Omit<HeadlineRow<T>, 'pillar'>[];
  /** What the figures mean, given the tables' numbers of rows. */
  judge?(section: T, rows: PerTable<number>): Sentence[];
}
