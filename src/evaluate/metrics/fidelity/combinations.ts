/**
 * Combinations of two categories that never meet in training. Each column may be right on its own, and the pair's score
 * hardly lower, while a fifth of the rows cannot exist.
 */
import type { z } from 'zod';
import { isCoded } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { columnPair, figureSchema, list, score } from '../../report/figure-schema.ts';
import { percent } from '../../report/number-text.ts';
import { excess } from '../../report/verdict/rating.ts';
import { figure, measureBoth } from '../figure.ts';
import type { Metric } from '../metric.ts';
import { type JointCodes, jointCounts } from './correlation.ts';

/** `train` is the share of training rows whose combination would be new, were the row not there: what chance explains. */
const section = figureSchema.extend({
  train: score,
  /** Restricted pairs with such rows, most first. */
  pairs: list(figureSchema.extend({ columns: columnPair })),
});

const listedPairs = 20;

export const combinationsMetric: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure(tables) {
    const [own, test] = measureBoth(tables, unseenCombinations);
    const nameOf = (column: number) => tables.train.schema.columns[column]!.name;
    const pairs = own.pairs.map(({ columns: [a, b], share }, i) => ({
      columns: [nameOf(a), nameOf(b)] as const,
      ...figure(share, test?.pairs[i]?.share),
    }));
    const worst = pairs.filter(({ value }) => value !== 0).sort((a, b) => b.value! - a.value!);
    return {
      ...figure(own.share, test?.share),
      train: figure(own.trainShare, null).value,
      pairs: worst.slice(0, listedPairs),
    };
  },

  headlines: [
    {
      key: 'combinations',
      label: 'Unseen combinations',
      meaning: 'rows with two categories that never meet in training',
      better: 'lower',
      of: (found) => (found.value === null ? null : found),
    },
  ],

  judge({ value, reference, train, pairs }, rows) {
    if (value === null) return [];
    const [chance, of] = reference === null ? [train!, rows.train] : [reference, rows.test!];
    const beyond = excess(value, rows.synthetic, chance, of);
    const test = reference === null ? '' : ` (real test rows: ${percent(reference)})`;
    const worst = pairs[0];
    if (!worst || beyond <= 0) {
      const text = `${percent(value)} of the rows${test} hold two categories that never meet in training.`;
      return [{ tone: 'good', text: worst ? text : 'No row holds two categories that never meet in training.' }];
    }
    const text =
      `${percent(value)} of the rows${test} hold two categories that never meet in training, most in ` +
      `"${worst.columns[0]}" with "${worst.columns[1]}" (${percent(worst.value)}): learn longer, or forbid them by a ` +
      'check "combination" in the schema.';
    return [{ tone: beyond < 0.02 ? 'fair' : 'poor', text }];
  },
};

interface UnseenCombinations {
  /** Shares of the judged rows, and of training's, with an unseen combination in any restricted pair; NaN without such a pair. */
  readonly share: number;
  readonly trainShare: number;
  /** Of each restricted pair of columns, by index. */
  readonly pairs: readonly { readonly columns: readonly [number, number]; readonly share: number }[];
}

/** Missing counts as a category. Values that training lacks are counted as invalid cells, not here. */
function unseenCombinations(train: Table, judged: Table): UnseenCombinations {
  const coded = train.schema.columns.flatMap((column, index) => (isCoded(column) ? [index] : []));
  const [known, own] = [train, judged].map((table) => coded.map((index) => codesOf(table, index)));
  const isUnseen = new Uint8Array(judged.rowCount);
  const isLone = new Uint8Array(train.rowCount);
  const pairs: UnseenCombinations['pairs'][number][] = [];
  for (let i = 0; i < coded.length; i++) {
    for (let j = i + 1; j < coded.length; j++) {
      const found = unseenRows([known![i]!, known![j]!], [own![i]!, own![j]!]);
      if (found === null) continue;
      for (const row of found.unseen) isUnseen[row] = 1;
      for (const row of found.lone) isLone[row] = 1;
      pairs.push({ columns: [coded[i]!, coded[j]!], share: found.unseen.length / judged.rowCount });
    }
  }
  const shareOf = (flags: Uint8Array) =>
    pairs.length === 0 ? Number.NaN : flags.reduce((a, b) => a + b, 0) / flags.length;
  return { share: shareOf(isUnseen), trainShare: shareOf(isLone), pairs };
}

/** Of rows with independent columns, the share whose combination training lacks, that chance does not explain. */
const clearlyRestricted = 0.05;

/**
 * The judged rows whose two codes never meet in training, and training's rows that are alone with theirs; null where the
 * pair is not clearly restricted. If the columns were independent, as many rows would hold a combination that training
 * lacks as training rows are alone with theirs (Good, 1953).
 */
function unseenRows(train: JointCodes, judged: JointCodes): { unseen: number[]; lone: number[] } | null {
  const { keys, width, real } = jointCounts(train, judged);
  const rowCount = train[0].codes.length;
  const [a, b] = train.map(({ codes }) => countCodes(codes)) as [Map<number, number>, Map<number, number>];
  const counts = new Map<number, number>();
  let [met, lone] = [0, 0];
  for (let cell = 0; cell < real.length; cell++) {
    if (real[cell] === 0) continue;
    const key = keys ? keys[cell]! : cell;
    counts.set(key, real[cell]!);
    met += (a.get(Math.floor(key / width))! / rowCount) * (b.get(key % width)! / rowCount);
    if (real[cell] === 1) lone += 1;
  }
  if (1 - met < 2 * (lone / rowCount) + clearlyRestricted) return null;
  const countOf = ([x, y]: JointCodes, row: number) => counts.get(x.codes[row]! * width + y.codes[row]!) ?? 0;
  const isKnown = ([x, y]: JointCodes, row: number) => a.has(x.codes[row]!) && b.has(y.codes[row]!);
  return {
    unseen: rowsWhere(judged, (row) => countOf(judged, row) === 0 && isKnown(judged, row)),
    lone: rowsWhere(train, (row) => countOf(train, row) === 1),
  };
}

function rowsWhere([{ codes }]: JointCodes, fits: (row: number) => boolean): number[] {
  return Array.from(codes.keys()).filter(fits);
}

/** Codes from 0, missing being 0. */
function codesOf(table: Table, index: number): JointCodes[number] {
  const column = table.schema.columns[index]!;
  const size = isCoded(column) ? column.values.length + 1 : 0;
  return { codes: (table.columns[index] as Int32Array).map((code) => code + 1), size };
}

function countCodes(codes: Int32Array): Map<number, number> {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
