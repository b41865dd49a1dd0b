/** Draws rows until enough of them score high enough. It joins the sampler's rows and the scorer's word; it does neither's work. */
import { TabletalkError } from '../errors/errors.ts';
import { createRandom } from '../numeric/random.ts';
import type { SampleProgress } from '../sample/options.ts';
import { takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { filterRows } from '../validate/filter.ts';
import type { Scorer } from '../validate/score.ts';

/** Draws so many rows; fewer come only when time is up. */
export type DrawRows = (
  rows: number,
  differently: { readonly seed: number; readonly maxSeconds: number | undefined },
) => Promise<Table>;

export interface GoodRowsRequest {
  readonly rows: number;
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
 * Exactly `rows` rows whose total is at least `minQuality`, in tables as they are found; fewer when time is up.
 * Throws `failed` with the share that passed when 50 rows were drawn for each that was asked for.
 */
export async function* goodRows(request: GoodRowsRequest): AsyncGenerator<Table> {
  const { rows, minQuality, seed, maxSeconds, draw, scorer, onProgress } = request;
  const until = maxSeconds === undefined ? undefined : Date.now() + 1000 * maxSeconds;
  let [drawn, kept, best] = [0, 0, 0];
  for (let round = 0; kept < rows; round++) {
    if (drawn >= bound * Math.max(rows, fewest)) throw tooFew(request, drawn, kept, best);
    // As many as the share so far promises, and a tenth more.
    const promised = 1.1 * (rows - kept) * ((drawn + 1) / (kept + 1));
    const wanted = Math.round(Math.min(most, Math.max(fewest, promised)));
    const left = until === undefined ? undefined : Math.max(0.001, (until - Date.now()) / 1000);
    const pool = await draw(wanted, { seed: createRandom(seed, 15, round).int(2 ** 31), maxSeconds: left });
    if (pool.rowCount > 0) {
      const scores = await scorer.score(pool);
      const rule = { kind: 'threshold', minQuality } as const;
      const good = filterRows(scores, rule, createRandom(seed, 16, round)).slice(0, rows - kept);
      kept += good.length;
      // Rows after the last that is needed are neither kept nor rejected.
      drawn += kept < rows ? pool.rowCount : good.at(-1)! + 1;
      best = scores.total.reduce((a, b) => Math.max(a, b), best);
      onProgress?.({ rows: kept, redrawn: drawn - kept });
      if (good.length > 0) yield takeRows(pool, good);
    }
    if (pool.rowCount < wanted) return;
  }
}

function tooFew({ rows, minQuality }: GoodRowsRequest, drawn: number, kept: number, best: number): TabletalkError {
  const share = `${kept} of ${drawn} rows (${((100 * kept) / drawn).toFixed(2)} %) reached minQuality ${minQuality}`;
  return new TabletalkError('failed', `${share}, and ${rows} were asked for; the best had ${best.toFixed(3)}`);
}
