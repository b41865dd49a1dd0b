/** How much of what a training step computes is padding. */
import { lengthGroups, stepBatches, stratifiedSteps } from '../src/finetune/batches.ts';
import { columnOrders } from '../src/finetune/column-orders.ts';
import { createRandom } from '../src/numeric/random.ts';
import { createCodec, learnGrammar } from '../src/serialize/codec/codec.ts';
import { encodeTable } from '../src/serialize/codec/encoded-table.ts';
import { readTable } from '../src/table/read.ts';
import { benchTables } from './bench-tables.ts';

/** Share of an epoch's tokens that are padding, with 64 rows a batch. */
async function paddingOf(path: string): Promise<number> {
  const table = await readTable(path);
  const codec = createCodec(table.schema, learnGrammar(table));
  const encoded = encodeTable(codec, table);
  const weights = { phrase: 1, value: 1, digit: 1, lastTarget: 1 };
  const source = { codec, encoded, orders: columnOrders(codec.schema, -1, 0), weights };
  const rows = Int32Array.from({ length: table.rowCount }, (_, row) => row);
  const random = createRandom(3);
  const groups = lengthGroups(rows.map((row) => encoded.length(row)).sort(), 64, codec.longest, () => 64, 96);
  let [tokens, counted] = [0, 0];
  for (const step of stratifiedSteps(rows, 64, encoded.length, random)) {
    for (const { B, T, targetWeights } of stepBatches(source, step, groups, random)) {
      tokens += B * T;
      counted += targetWeights.reduce((sum, weight) => sum + weight, 0);
    }
  }
  return 1 - counted / tokens;
}

/** Prints the share for each table of the folder, or of the dev dependency's. */
export async function measurePadding(folder: string | undefined): Promise<void> {
  const shares: Record<string, string> = {};
  for (const { name, train } of (await benchTables(folder)).values())
    shares[name] = `${(100 * (await paddingOf(train))).toFixed(1)} %`;
  console.log('share of the tokens that is padding, 64 rows a batch');
  console.table(shares);
}
