/** How far a row is from the closest real one. It knows tables and distances. */
import { neighbourIndex } from '../../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../../learn/distance/points.ts';
import { sampleRows } from '../../learn/sample-rows.ts';
import type { Random } from '../../numeric/random.ts';
import { takeRows } from '../../table/select.ts';
import type { Measured, Numbered } from '../measured.ts';

/** Of so many real rows the median distance is known well enough. */
const rowsMeasured = 1000;

/**
 * Novelty, in [0, 1]: the distance to the closest real row over the median distance between a real row and the closest
 * unlike it, at most 1. An exact copy has 0, a row as far off as real rows are from each other 1. Gower's distance, as
 * SDMetrics' DCR takes it (learn/distance/points.ts); the comparison with real-to-real distances is that of authenticity
 * (Alaa et al., How faithful is your synthetic data?, ICML 2022).
 */
export function novelty(real: Numbered, judged: Numbered, random: Random): Measured {
  const distinct = firstOfEach(real.ids);
  if (distinct.length < 2) return 'needs two real rows that differ';
  const measured = sampleRows(distinct.length, rowsMeasured, random).map((i) => distinct[i]!);
  const spaces = [real.table, takeRows(real.table, distinct), takeRows(real.table, measured), judged.table];
  const { metric, tables } = gowerSpace(spaces);
  const [, among, some, asked] = tables as [Points, Points, Points, Points];
  const index = neighbourIndex(among, metric);
  // The closest to each is itself.
  const between = index.nearest(some, 2).distances.filter((_, i) => i % 2 === 1);
  const typical = between.sort()[between.length >> 1]!;
  const copied = new Set(real.ids);
  // How much further than that a row is does not matter: those neighbours need not be found.
  const { distances } = index.nearest(asked, 1, typical);
  return distances.map((d, row) => (copied.has(judged.ids[row]!) ? 0 : Math.min(1, d / typical)));
}

/** The row at which each number stands first. */
function firstOfEach(ids: Int32Array): Int32Array {
  const seen = new Set<number>();
  return Int32Array.from(ids.keys()).filter((row) => seen.size < seen.add(ids[row]!).size);
}
