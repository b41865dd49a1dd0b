/** Equal parts of a run of rows, so that machines that do not talk to each other each make one. */
import { z } from 'zod';

/** As many parts as five digits can number. */
export const mostShards = 99_999;

/** The `index`-th of `of` equal parts, from 1 on. */
export const shardSchema = z
  .strictObject({ index: z.int(), of: z.int().min(1).max(mostShards) })
  .refine(({ index, of }) => index >= 1 && index <= of, 'the index of a shard goes from 1 to their number');
export type Shard = Readonly<z.infer<typeof shardSchema>>;

/** All rows are one part. */
export const onlyShard: Shard = { index: 1, of: 1 };

/** Rows from one number up to, and without, another. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** The rows of a part: all parts one after the other are all rows, and no two differ by more than a row. */
export function rangeOf({ index, of }: Shard, rows: number): RowRange {
  const [least, rest] = [Math.floor(rows / of), rows % of];
  const from = (part: number) => least * part + Math.min(part, rest);
  return { from: from(index - 1), to: from(index) };
}

/** The same of rows that come `times` over; neighbours are one range, as all are of the only part. */
export function rangesOf(shard: Shard, rows: number, times: number): RowRange[] {
  const { from, to } = rangeOf(shard, rows);
  if (shard.of === 1) return [{ from, to: rows * times }];
  return Array.from({ length: times }, (_, i) => ({ from: i * rows + from, to: i * rows + to }));
}
