/** Completes rows of which some columns are known. Its threads stay from call to call: rows of a sequence come in many small calls. */
import { availableParallelism } from 'node:os';
import { readWhere, type Where } from '../sample/conditions/where.ts';
import type { SamplerModel } from '../sample/decode/block.ts';
import { samplerOptions } from '../sample/decode/token-sampler.ts';
import { type RowRequest, requestOf } from '../sample/requests/row-request.ts';
import { blockPool, sampleBlocks } from '../sample/sample.ts';
import { mapKey, type Value } from '../table/cells.ts';
import { tableFromValues } from '../table/from-values.ts';
import type { Schema } from '../table/schema.ts';
import { concatTables } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { checkCells } from '../validate/validate.ts';

/** A column of the rows to complete: what each stores, null where it is missing, undefined where it is to be drawn. */
interface KnownColumn {
  readonly name: string;
  readonly cells: readonly (Value | null | undefined)[];
}

export interface Completer {
  readonly schema: Schema;
  /** `rows` rows with the known cells, which are written first, in this order; the other columns are drawn. */
  complete(
    rows: number,
    known: readonly KnownColumn[],
    options: { readonly where?: Where; readonly seed: number },
  ): Promise<Table>;
  release(): Promise<void>;
}

/** Rows that one thread decodes together: the rows are the same for any number of threads. */
const blockRows = 128;

/** Throws `option` errors of `complete` where a condition cannot be met. */
export function createCompleter(model: SamplerModel, workers = availableParallelism()): Completer {
  const { codec } = model;
  const { schema } = codec;
  const own = blockPool(model, 1);
  /** Threads start with the first call that has work for two. */
  let threads: ReturnType<typeof blockPool> | undefined;
  const poolFor = (rows: number) => {
    if (workers === 1 || rows <= blockRows) return own;
    threads ??= blockPool(model, workers);
    return threads;
  };
  const encoded = schema.columns.map(() => new Map<Value | null, Int32Array | undefined>());
  /** Undefined for a cell that the model has no words for: it is drawn. */
  const encode = (column: number, value: Value | null) => {
    const key = mapKey(value);
    const known = encoded[column]!;
    if (!known.has(key)) known.set(key, codec.canSay(column, value) ? codec.encode(column, value) : undefined);
    return known.get(key);
  };
  return {
    schema,
    async complete(rows, known, { where = {}, seed }) {
      const conditions = readWhere(codec, where);
      const shown = conditions.flatMap((one) => (one ? [one.shown] : [])).join(' and ');
      const base = requestOf(codec, { sets: conditions.map((one) => one?.set), first: [], shown });
      const columns = known.map(({ name, cells }) => ({
        cells,
        column: schema.columns.findIndex((column) => column.name === name),
      }));
      const requests = Array.from({ length: rows }, (_, row): RowRequest => {
        const [given, sets] = [[...base.given], [...base.sets]];
        const first: number[] = [];
        for (const { column, cells } of columns) {
          const cell = cells[row];
          const tokens = cell === undefined ? undefined : encode(column, cell);
          if (!tokens) continue;
          given[column] = tokens;
          sets[column] = undefined;
          first.push(column);
        }
        return { ...base, given, sets, first };
      });
      const found: [Table, ...Table[]] = [tableFromValues(schema, [])];
      const decoding = { ...samplerOptions.parse({}), seed };
      for await (const sampled of sampleBlocks(poolFor(rows), { rows, requests }, decoding, blockRows)) {
        const table = { schema, rowCount: sampled.rowCount, columns: sampled.columns };
        checkCells(table);
        found.push(table);
      }
      return concatTables(found);
    },
    async release() {
      await own.release();
      await threads?.release();
    },
  };
}
