/** The baseline: children that know nothing of their parents, in the right numbers. */
import { createRandom } from '../../numeric/random.ts';
import { takeRows } from '../../table/select.ts';
import type { Dataset, LinkedTable } from '../dataset.ts';

/** Every table with an owner gets rows of its own at random, below owners as they are. */
export function independentChildren(dataset: Dataset, seed: number): Dataset {
  const tables = new Map<string, LinkedTable>();
  for (const [index, name] of dataset.structure.order.entries()) {
    const linked = dataset.tables.get(name)!;
    const owner = dataset.structure.owners.get(name);
    if (!owner) {
      tables.set(name, linked);
      continue;
    }
    const random = createRandom(seed, 31, index);
    const rows = Int32Array.from({ length: linked.table.rowCount }, () => random.int(linked.table.rowCount));
    const parentRows = [...linked.parentRows].map(([column, parents]): [string, Int32Array] => [
      column,
      column === owner.column ? parents : rows.map((row) => parents[row]!),
    ]);
    tables.set(name, { ...linked, table: takeRows(linked.table, rows), parentRows: new Map(parentRows) });
  }
  return { ...dataset, tables };
}
