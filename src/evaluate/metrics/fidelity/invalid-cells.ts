/** Cells that are no value of their column: what no reader takes for a number or a time, and decimals among whole numbers. */
import { z } from 'zod';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list, perTable } from '../../report/figure-schema.ts';
import { count, percent, plural } from '../../report/number-text.ts';
import { eachTable } from '../distributions.ts';
import { figure } from '../figure.ts';
import type { Metric } from '../metric.ts';

/** Shares of all cells; the columns that have any, with their numbers of cells. */
const section = figureSchema.extend({ columns: list(perTable(z.int()).extend({ column: z.string() })) });

export const invalidCells: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure({ train, synthetic, test, unreadable }) {
    const { columns } = train.schema;
    const isWhole = (index: number) => columns[index]!.kind === 'integer';
    const counts = eachTable({ train, synthetic, test }, (table) =>
      columns.map((_, index) => (isWhole(index) ? fractions(table, index) : 0)),
    );
    const perColumn = columns.map(({ name }, i) => ({
      column: name,
      ...eachTable(
        { train: 'train', synthetic: 'synthetic', test: test && 'test' } as const,
        (side) => counts[side]![i]! + unreadable[side]![i]!,
      ),
    }));
    const share = (table: Table | null, side: 'synthetic' | 'test') =>
      table && perColumn.reduce((sum, each) => sum + each[side]!, 0) / (table.rowCount * columns.length);
    return {
      ...figure(share(synthetic, 'synthetic'), share(test, 'test')),
      columns: perColumn.filter((each) => each.synthetic > 0 || (each.test ?? 0) > 0),
    };
  },

  headlines: [
    {
      key: 'invalidCells',
      label: 'Invalid cells',
      meaning: 'no number, time or whole number where training has them',
      better: 'lower',
      of: (found) => (found.columns.length === 0 ? null : found),
    },
  ],

  judge({ columns }, rows) {
    const worst = columns.toSorted((a, b) => b.synthetic - a.synthetic)[0];
    if (!worst || worst.synthetic === 0) return [];
    const all = columns.reduce((sum, each) => sum + each.synthetic, 0);
    const share = worst.synthetic / rows.synthetic;
    const text =
      `${plural(all, 'cell')} ${all === 1 ? 'is' : 'are'} no value of ${all === 1 ? 'its' : 'their'} column, most in "${worst.column}": ` +
      `${count(worst.synthetic)}, ${percent(share)}. What cannot be read counts as missing.`;
    return [{ tone: share > 0.01 ? 'poor' : 'fair', text }];
  },
};

function fractions({ columns }: Table, index: number): number {
  const cells = columns[index] as Float64Array;
  return cells.reduce((sum, x) => sum + (Number.isNaN(x) || Number.isInteger(x) ? 0 : 1), 0);
}
