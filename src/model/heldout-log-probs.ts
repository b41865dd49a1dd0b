/** What a finished model says of real rows that it did not learn from, as quantiles: so that other rows can be ranked among them. */
import { architectures } from '../../models/architectures.ts';
import { sizeOf } from '../../models/config.ts';
import { numberCells } from '../learn/number-cells.ts';
import type { SamplerModel } from '../sample/decode/block.ts';
import { likelihoods } from '../sample/score/log-likelihood.ts';
import { createCodec } from '../serialize/codec/codec.ts';
import { columnsOf } from '../table/cast.ts';
import { takeRows } from '../table/select.ts';
import type { ColumnData, Table } from '../table/table.ts';
import type { ModelFile } from './manifest.ts';

/** Orders of the columns in which a row is read, here and when rows are scored: the mean over more would be another figure. */
const orders = 1;

const quantiles = 201;
const mostRows = 1000;
/** Multiplications and additions; a large base reads fewer rows. */
const mostWork = 2e12;
const fewestRows = 50;

/** Undefined where no rows were held out. */
export async function realLikelihoods(
  model: SamplerModel,
  table: Table,
  heldOut: Int32Array,
  { seed, threads }: { readonly seed: number; readonly threads: number },
): Promise<ModelFile['likelihood']> {
  const rows = heldOut.slice(0, affordable(model));
  if (rows.length === 0) return undefined;
  const cells = columnsOf(takeRows(table, rows), model.schema);
  const order = leastSurprisingFirst(table);
  const found = await likelihoods(model, cells, { orders, first: order, seed, threads, cells: false });
  const sorted = found.rows.filter(Number.isFinite).sort();
  if (sorted.length === 0) return undefined;
  const count = Math.min(quantiles, sorted.length);
  // Six digits are more than a rank needs.
  const at = (i: number) =>
    Number(sorted[Math.round((i / Math.max(1, count - 1)) * (sorted.length - 1))]!.toPrecision(6));
  return { orders, order, logProbs: Array.from({ length: count }, (_, i) => at(i)) };
}

/** In this order rows share long beginnings, and are read the faster. */
function leastSurprisingFirst({ columns }: Table): number[] {
  const surprise = columns.map(entropy);
  return [...columns.keys()].sort((a, b) => surprise[a]! - surprise[b]! || a - b);
}

/** In nats, of a cell drawn from the column. */
function entropy(data: ColumnData): number {
  const [cells] = numberCells([data]) as [Int32Array];
  const counts = new Float64Array(cells.length);
  for (const cell of cells) counts[cell]! += 1;
  return counts.reduce(
    (sum, count) => (count === 0 ? sum : sum - (count / cells.length) * Math.log(count / cells.length)),
    0,
  );
}

function affordable({ config, schema, grammar }: SamplerModel): number {
  const parameters = architectures[config.architecture].weights(config).reduce((n, { shape }) => n + sizeOf(shape), 0);
  const work = 2 * parameters * createCodec(schema, grammar).longest;
  return Math.min(mostRows, Math.max(fewestRows, Math.floor(mostWork / work)));
}
