/**
 * Rows a second of what may be asked for, and their share of what the machine's matrix product allows: 2 x parameters x
 * tokens floating-point operations a row, at the speed of a plain MatMul in the same seconds on as many threads.
 */
import { architectures } from '../models/architectures.ts';
import { sizeOf } from '../models/config.ts';
import type { Model } from '../src/model/model.ts';
import type { SampleOptions } from '../src/sample/options.ts';
import { createCodec } from '../src/serialize/codec/codec.ts';
import { encodeTable } from '../src/serialize/codec/encoded-table.ts';
import type { Table } from '../src/table/table.ts';
import { createMatMul, type MatMulSpeed } from './matmul.ts';

/** Name and options of each thing to ask for, by default so many rows of it; the others are compared with the first. */
export type Asked = Readonly<Record<string, SampleOptions>>;

export interface Speed {
  readonly asked: string;
  /** In the fastest round. */
  readonly rowsPerSecond: number;
  /** Of all threads, in the round that took least: other programs on the machine do not add to it. */
  readonly processorMsPerRow: number;
  /** Of the first one's processor time, median over rounds. */
  readonly ofFirst: number;
  /** Of the limit by the clock and by the processor's time, medians over rounds. */
  readonly share: number;
  readonly processorShare: number;
}

interface Timing {
  readonly rowsPerSecond: number;
  readonly processorSecondsPerRow: number;
}

const rounds = 3;
/** Enough that the threads' start, some 0.3 s each, weighs little. */
const defaultRows = 8192;
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** Floating-point operations of the products of one row. @param table rows like those that are drawn. */
export function flopsPerRow(model: Model, table: Table): number {
  const { config, schema, file } = model;
  if (file.grammar.version !== 1) throw new Error('the bench is for a model of its own vocabulary');
  const parameters = architectures[config.architecture]
    .weights(config)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const encoded = encodeTable(createCodec(schema, file.grammar), table);
  let tokens = 0;
  // The last token and the end of a sentence are not shown to the model.
  for (let row = 0; row < table.rowCount; row++) tokens += encoded.length(row) - 2;
  return (2 * parameters * tokens) / table.rowCount;
}

export async function samplingSpeeds(model: Model, workers: number, flops: number, asked: Asked): Promise<Speed[]> {
  const matMul = await createMatMul(workers);
  const timings = new Map(Object.keys(asked).map((name) => [name, [] as (Timing & { limit: MatMulSpeed })[]]));
  await timed(model, { workers, rows: 1024 });
  // Taken in turns, so that a busy minute of the machine falls on all alike.
  for (let seed = 0; seed < rounds; seed++) {
    for (const [name, options] of Object.entries(asked)) {
      const before = await matMul.measure(4);
      const timing = await timed(model, { ...options, workers, seed });
      const after = await matMul.measure(4);
      timings.get(name)!.push({ ...timing, limit: faster(before, after) });
    }
  }
  await matMul.release();
  const [first] = timings.values();
  return [...timings].map(([name, taken]) => ({
    asked: name,
    rowsPerSecond: Math.max(...taken.map(({ rowsPerSecond }) => rowsPerSecond)),
    processorMsPerRow: 1000 * Math.min(...taken.map(({ processorSecondsPerRow }) => processorSecondsPerRow)),
    ofFirst: median(taken.map((one, i) => one.processorSecondsPerRow / first![i]!.processorSecondsPerRow)),
    share: median(taken.map(({ rowsPerSecond, limit }) => (rowsPerSecond * flops) / limit.flopsPerSecond)),
    processorShare: median(
      taken.map(({ processorSecondsPerRow, limit }) => flops / limit.flopsPerProcessorSecond / processorSecondsPerRow),
    ),
  }));
}

function faster(a: MatMulSpeed, b: MatMulSpeed): MatMulSpeed {
  return {
    flopsPerSecond: Math.max(a.flopsPerSecond, b.flopsPerSecond),
    flopsPerProcessorSecond: Math.max(a.flopsPerProcessorSecond, b.flopsPerProcessorSecond),
  };
}

async function timed(model: Model, options: SampleOptions): Promise<Timing> {
  const rows = options.rows ?? defaultRows;
  const [started, used] = [performance.now(), process.cpuUsage()];
  for await (const _ of model.stream({ ...options, rows }));
  const { user, system } = process.cpuUsage(used);
  return {
    rowsPerSecond: rows / ((performance.now() - started) / 1000),
    processorSecondsPerRow: (user + system) / 1e6 / rows,
  };
}
