/** Draws rows until enough of them score high enough. It joins the sampler's rows and the scorer's word; it does neither's work. */

import type { z } from 'zod';
import { TabletalkError } from '../errors/errors.ts';
import { createRandom } from '../numeric/random.ts';
import type { RowRange } from '../numeric/shard.ts';
import type { SamplerModel } from '../sample/decode/block.ts';
import type { SampleProgress } from '../sample/options.ts';
import { likelihoods } from '../sample/score/log-likelihood.ts';
import { columnsOf } from '../table/cast.ts';
import { takeRange, takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { filterRows } from '../validate/filter.ts';
import { createScorer, type Scorer } from '../validate/score.ts';
import type { scoreOptions } from '../validate/score-options.ts';
import type { ModelFile } from './manifest.ts';

/** Draws so many rows; fewer come only when time is up. */
export type DrawRows = (
  rows: number,
  differently: { readonly seed: number; readonly maxSeconds: number | undefined },
) => Promise<Table>;

export interface QualityRequest {
  readonly rows: number;
  /** Only these of the rows; all by default. */
  readonly range?: RowRange;
  readonly minQuality: number;
  readonly seed: number;
  readonly maxSeconds: number | undefined;
  readonly draw: DrawRows;
  readonly scorer: Scorer;
  /** A row that does not score high enough counts as drawn again. */
  readonly onProgress: ((progress: SampleProgress) => void) | undefined;
}

/** Rows that are drawn and scored at once: enough for a discriminator, and no more than fit in memory. */
const [fewest, most] = [500, 20_000];
/** Rows drawn for one that is wanted, before it is said that they do not come. */
const bound = 50;
/**
 * Good rows of a group: they depend on the seed and the group's number, so that any part of the rows can be found without
 * the others. Many enough that scoring few of them more often costs little.
 */
const groupRows = 4096;

/** What came of all groups so far. */
interface Tally {
  drawn: number;
  kept: number;
  best: number;
}

/**
 * Exactly `rows` rows, or those of `range`, whose total is at least `minQuality`, in tables as they are found; fewer when time
 * is up. Throws `failed` with the share that passed when 50 rows were drawn for each that was asked for.
 */
export async function* rowsAboveQuality(request: QualityRequest): AsyncGenerator<Table> {
  const { rows, range = { from: 0, to: rows }, maxSeconds } = request;
  const until = maxSeconds === undefined ? undefined : Date.now() + 1000 * maxSeconds;
  const tally: Tally = { drawn: 0, kept: 0, best: 0 };
  for (let group = Math.floor(range.from / groupRows); group * groupRows < range.to; group++) {
    const start = group * groupRows;
    const [first, end] = [Math.max(0, range.from - start), Math.min(groupRows, rows - start, range.to - start)];
    let found = 0;
    for await (const good of rowsOfGroup(request, group, end, until, tally)) {
      const wanted = takeRange(good, { from: Math.min(good.rowCount, Math.max(0, first - found)), to: good.rowCount });
      found += good.rowCount;
      if (wanted.rowCount > 0) yield wanted;
    }
    if (found < end) return;
  }
}

/** The first `end` rows of a group. How many are drawn at once depends on the group's size, not on `end`. */
async function* rowsOfGroup(
  request: QualityRequest,
  group: number,
  end: number,
  until: number | undefined,
  tally: Tally,
): AsyncGenerator<Table> {
  const { minQuality, draw, scorer, onProgress } = request;
  const rows = Math.min(groupRows, request.rows - group * groupRows);
  const seed = group === 0 ? request.seed : createRandom(request.seed, 22, group).int(2 ** 31);
  let [drawn, kept] = [0, 0];
  for (let round = 0; kept < end; round++) {
    if (drawn >= bound * Math.max(rows, fewest)) throw tooFew(request, tally);
    // As many as the share so far promises, and a tenth more.
    const promised = 1.1 * (rows - kept) * ((drawn + 1) / (kept + 1));
    const wanted = Math.round(Math.min(most, Math.max(fewest, promised)));
    const left = until === undefined ? undefined : Math.max(0.001, (until - Date.now()) / 1000);
    const pool = await draw(wanted, { seed: createRandom(seed, 15, round).int(2 ** 31), maxSeconds: left });
    if (pool.rowCount > 0) {
      const scores = await scorer.score(pool);
      const rule = { kind: 'threshold', minQuality } as const;
      const good = filterRows(scores, rule, createRandom(seed, 16, round)).slice(0, end - kept);
      kept += good.length;
      // Rows after the last that is needed are neither kept nor rejected.
      const looked = kept < end ? pool.rowCount : good.at(-1)! + 1;
      drawn += looked;
      tally.kept += good.length;
      tally.drawn += looked;
      tally.best = scores.total.reduce((a, b) => Math.max(a, b), tally.best);
      onProgress?.({ rows: tally.kept, redrawn: tally.drawn - tally.kept });
      if (good.length > 0) yield takeRows(pool, good);
    }
    if (pool.rowCount < wanted) return;
  }
}

function tooFew({ rows, minQuality }: QualityRequest, { drawn, kept, best }: Tally): TabletalkError {
  const share = `${kept} of ${drawn} rows (${((100 * kept) / drawn).toFixed(2)} %) reached minQuality ${minQuality}`;
  return new TabletalkError('failed', `${share}, and ${rows} were asked for; the best had ${best.toFixed(3)}`);
}

// A model's scorer: rows ranked by what the model says of them, beside real rows where there are some. It joins
// sampler and scorer.

/** @param learnedPart leaves out the columns that the model never saw. */
export function modelScorer(
  model: SamplerModel,
  { options, likelihood }: Pick<ModelFile, 'options' | 'likelihood'>,
  { real, weights, seed, threads }: z.output<typeof scoreOptions>,
  learnedPart: (table: Table) => Table,
): Scorer {
  const orders = likelihood?.orders ?? 1;
  return createScorer({
    schema: model.codec.schema,
    train: real && learnedPart(real),
    target: options.target,
    async logProb(table) {
      const options = { orders, first: likelihood?.order, seed, threads, cells: false };
      return (await likelihoods(model, columnsOf(table, model.codec.schema), options)).rows;
    },
    realLogProbs: likelihood?.logProbs,
    combinations: model.codec.grammar.combinations,
    weights,
    seed,
  });
}
