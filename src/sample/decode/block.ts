/** Rows in blocks. A block's rows depend only on the seed and the block's number, not on the thread that decodes it. */
import type { ModelConfig, Weights } from '../../../models/config.ts';
import { createDecoder, type Decoder } from '../../../models/decoder.ts';
import { createRandom, type Random } from '../../numeric/random.ts';
import type { RowRange } from '../../numeric/shard.ts';
import { after, onlyPath, type State } from '../../serialize/codec/automaton.ts';
import { createCodec } from '../../serialize/codec/codec.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';
import { canonicalOrder } from '../../serialize/sentence/canonical-order.ts';
import type { Value } from '../../table/cells.ts';
import { tableFromValues } from '../../table/from-values.ts';
import type { Table } from '../../table/table.ts';
import type { Lane } from '../../threads/pool.ts';
import { prefixOf } from '../conditions/conditional-prefix.ts';
import { createRules, type Rules } from '../conditions/rules.ts';
import { type RowCells, type RowRequest, rowValues } from '../requests/row-request.ts';
import { completeRows, type RowPlan } from './decode.ts';
import { createStrata, type Strata } from './strata.ts';
import { createTokenSampler, type SamplerOptions, type TokenSampler } from './token-sampler.ts';

/** All that decoding needs. */
export interface SamplerModel {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly codec: Codec;
  /** Index of the label, which is written last; -1 for none. */
  readonly target: number;
  /** Whether the columns that nothing asks for are written in the canonical order, which such a model learned best; else in random ones. */
  readonly isCanonical?: boolean;
}

/** The same as plain data, which can be sent to another thread: there the codec is made anew. */
export interface SentModel extends Omit<SamplerModel, 'codec'>, Pick<Codec, 'schema' | 'grammar'> {}

export const sentModel = ({ codec: { schema, grammar }, ...model }: SamplerModel): SentModel => ({
  ...model,
  schema,
  grammar,
});

export const receivedModel = ({ schema, grammar, ...model }: SentModel): SamplerModel => ({
  ...model,
  codec: createCodec(schema, grammar),
});

export interface Block {
  /** Number of the block; with the seed it determines the block's rows. */
  readonly index: number;
  readonly rows: number;
  /** The rows of the block that are wanted; those before them are decoded too, for a row depends on its block. */
  readonly wanted: RowRange;
  readonly seed: number;
  /** Row r of the block meets `requests[r % requests.length]`. */
  readonly requests: readonly RowRequest[];
  readonly draw: SamplerOptions;
  /** Milliseconds since 1970 after which incomplete rows are left out. */
  readonly until?: number | undefined;
}

/** Rows in a block: many enough to keep a batch full, few enough to share out evenly. */
export const blockRows = 512;

/** Most sequences decoded together, and most tokens that all of them may hold: caches grow with both. */
const mostSequences = 64;
const mostTokens = 16_384;

/** Most tokens of one sequence that are fed to the model in one step. */
const longestRun = 8;

/** The wanted rows in order, the cells as a table of the codec's schema has them; fewer where time ran out. */
export interface Sampled extends Pick<Table, 'rowCount' | 'columns'> {
  /** How often a row, or its conditional prefix, was rejected and drawn again. */
  readonly redrawn: number;
  /** How many rows break a check, because their given cells leave no other way. */
  readonly unchecked: number;
}

export function createBlockSampler({
  config,
  weights,
  codec,
  target,
  isCanonical,
}: SamplerModel): Lane<Block, Sampled> {
  const decoders = new Map<number, Promise<Decoder>>();
  const widest = Math.min(mostSequences, 2 ** Math.max(0, Math.floor(Math.log2(mostTokens / codec.longest))));
  const decoderFor = (rows: number) => {
    // A few rows do not need a wide batch; powers of two keep the graphs few.
    const size = Math.min(widest, 2 ** Math.ceil(Math.log2(rows)));
    let decoder = decoders.get(size);
    if (!decoder) {
      decoder = createDecoder(config, weights, { batchSize: size, capacity: codec.longest, longestRun, threads: 1 });
      decoders.set(size, decoder);
    }
    return decoder;
  };
  return {
    async run({ index, rows, wanted, seed, requests, draw: options, until }) {
      const draw = createTokenSampler(options);
      const plan = requests.map((request) => planner(codec, target, draw, request, isCanonical));
      const plans = Array.from({ length: rows }, (_, row) =>
        plan[row % plan.length]!(createRandom(seed, 3, index, row)),
      );
      const isLate = () => until !== undefined && Date.now() > until;
      const strata = strataOf(seed, index, requests.length);
      const completed = await completeRows(codec, await decoderFor(rows), plans, draw, {
        isLate,
        enough: wanted.to,
        strata,
      });
      const values = completed.rows.slice(wanted.from, wanted.to).flatMap((row, i) => {
        const { aside } = requests[(wanted.from + i) % requests.length]!;
        return row ? [rowValues(codec, row.cells, aside) as (Value | null)[]] : [];
      });
      const { rowCount, columns } = tableFromValues(codec.schema, values);
      const unchecked = [...completed.replaced].filter((row) => row >= wanted.from && row < wanted.to).length;
      return { rowCount, columns, redrawn: completed.redrawn, unchecked };
    },
    async release() {
      for (const decoder of decoders.values()) await (await decoder).release();
    },
  };
}

/** Rows of one request are spread evenly; where there are too many for that, all rows of the block. */
function strataOf(seed: number, block: number, requests: number): Strata {
  const kinds = requests <= mostKinds ? requests : 1;
  const each = Array.from({ length: kinds }, (_, kind) =>
    createStrata(blockRows, (column, place) => createRandom(seed, 27, block, kind, column, place)),
  );
  return (row, column, place) => each[row % kinds]!(Math.floor(row / kinds), column, place);
}
const mostKinds = 16;

// From a request to the plan of each of its rows: the order of the columns, what is given, and where conditions and
// checks are enforced. The model is one distribution over rows for every order of the columns. Columns under
// conditions come first: those given, in canonical or random order, or in the schema's where other conditions follow; then those
// with several allowed cells, the most restricted first. They are drawn as one prefix, exactly
// (conditional-prefix.ts). The others follow in the canonical order or a random one, the label last. Checks are enforced by rejection: a
// complete row that breaks one is drawn again, and so is a random order. What is accepted is the model's distribution over
// rows, mixed over orders, given that the checks hold. Where that would take too many attempts, the columns that
// checks name are drawn right after those under conditions, as part of the exact prefix: the same distribution in
// these orders, at the cost of one row. The two ways may be mixed freely, because whether an attempt is accepted
// tells nothing of the next one. An equation with one column alone on a side (`total = net + tax`) gives a number
// that a model seldom writes digit by digit. Where the column is not a closed list, that number is set, whatever the
// model thinks of it; so is, in the prefix, the last number of any other equation.

/** Attempts at one row in free order before its checks are enforced in the prefix. */
const mostAttempts = 64;
/** After so many attempts at all rows, those that would take more than `affordable` each go to the prefix at once. */
const trialAttempts = 32;
const affordable = 16;

/** Plans rows that all ask for the same. @param target index of the label, -1 for none. */
export function planner(
  codec: Codec,
  target: number,
  draw: TokenSampler,
  request: RowRequest,
  isCanonical = false,
): (random: Random) => RowPlan {
  const left = new Set(request.aside.map(({ column }) => column));
  const rules = createRules(codec.schema, codec.grammar.combinations ?? [], {
    isDrawn: (column) => request.given[column] === undefined && !left.has(column),
    isListed: (column) => codec.cellLengths[column] === 1,
  });
  const free = ordersOf(codec, target, draw, request, undefined, isCanonical);
  if (!rules) return (random) => free(random);
  let bound: ReturnType<typeof ordersOf> | undefined;
  let [attempts, accepted] = [0, 0];
  const holds = (cells: RowCells) => rules.accept(rowValues(codec, cells, request.aside));
  const settable = rules.formulas.filter(
    ({ column }) => !request.sets[column] && !request.given[column] && !request.first.includes(column),
  );
  /** The cell that a formula gives, where it is the last of it to be written. */
  const cell = (column: number, before: RowCells) => {
    const rule = request.sets[column] ? undefined : rules.formula(column, rowValues(codec, before, request.aside));
    const allowed = rule && codec.restrict(column, rule);
    return allowed && onlyPath(allowed, codec.endings);
  };
  const inPrefix = (random: Random): RowPlan => {
    bound ??= ordersOf(codec, target, draw, request, rules, isCanonical);
    return { ...bound(random), accepts: holds, ...(request.isLenient && { otherwise: () => free(random) }) };
  };
  const attempt = (random: Random, number: number): RowPlan => {
    const isHopeless = attempts >= trialAttempts && accepted * affordable < attempts;
    if (number > mostAttempts || isHopeless) return inPrefix(random);
    const plan = free(random);
    return {
      ...plan,
      order: settable.flatMap(() => settable).reduce(afterInputs, plan.order),
      ...(rules.formulas.length > 0 && { cell }),
      accepts(cells) {
        const met = holds(cells);
        attempts++;
        if (met) accepted++;
        return met;
      },
      again: () => attempt(random, number + 1),
    };
  };
  return (random) => attempt(random, 1);
}

/** The order with a formula's column behind the last of the columns that it is computed from. */
function afterInputs(order: Int32Array, { column, inputs }: Rules['formulas'][number]): Int32Array {
  const last = Math.max(...inputs.map((input) => order.indexOf(input)));
  const from = order.indexOf(column);
  if (from > last) return order;
  return Int32Array.from([
    ...order.slice(0, from),
    ...order.slice(from + 1, last + 1),
    column,
    ...order.slice(last + 1),
  ]);
}

/** Orders and the prefix of rows under the conditions, and under the `rules` if there are any. */
function ordersOf(
  codec: Codec,
  target: number,
  draw: TokenSampler,
  request: RowRequest,
  rules: Rules | undefined,
  isCanonical: boolean,
) {
  const { given, sets, aside } = request;
  const left = new Set(aside.map(({ column }) => column));
  const first = request.first.filter((column) => !left.has(column));
  const inOrder = isCanonical ? [...canonicalOrder(codec.schema, target)] : [...codec.schema.columns.keys()];
  const columns = inOrder.filter((column) => !left.has(column));
  const givenAfter = columns.filter((column) => given[column] && !first.includes(column));
  const restricted = columns
    .filter((column) => sets[column] && !first.includes(column))
    .map((column) => ({ column, share: allowedShare(codec, column, request) }))
    .sort((a, b) => a.share - b.share)
    .map(({ column }) => column);
  const conditioned = [...new Set([...first, ...givenAfter, ...restricted])];
  const ruled = (rules?.columns ?? []).filter((column) => !left.has(column) && !conditioned.includes(column));
  const leading = [...conditioned, ...ruled];
  const others = columns.filter((column) => !leading.includes(column) && column !== target);
  const arranged = (random: Random, some: readonly number[]) => (isCanonical ? some : random.shuffle([...some]));
  const last = columns.includes(target) && !leading.includes(target) ? [target] : [];
  const length = prefixLength(leading, request, rules);
  const isFormula = (column: number) => rules?.formulas.some((formula) => formula.column === column) ?? false;
  const prefixes = ordersIn(ruled.filter((column) => !isFormula(column))).map((inner) =>
    [...conditioned, ...inner, ...ruled.filter(isFormula)].slice(0, length),
  );
  const prefix = length > 0 ? prefixOf(codec, draw, prefixes, request, rules) : undefined;
  return (random: Random): RowPlan => {
    const begin = prefix ? leading : [...first, ...arranged(random, givenAfter)];
    const order = Int32Array.from([...begin, ...arranged(random, others), ...last]);
    return { order, given, random, prefix };
  };
}

/** All orders of up to three columns; of more, those that begin anew at each of the first six. */
function ordersIn(columns: readonly number[]): (readonly number[])[] {
  if (columns.length <= 1) return [columns];
  const rotations = columns.slice(0, 6).map((_, at) => [...columns.slice(at), ...columns.slice(0, at)]);
  if (columns.length > 3) return rotations;
  return rotations.flatMap(([first, ...rest]) => ordersIn(rest).map((order) => [first!, ...order]));
}

/** The share of a column's cells that is allowed, were all that the grammar admits equally likely. */
function allowedShare(codec: Codec, column: number, { sets }: RowRequest): number {
  const allowed = codec.restrict(column, sets[column]!);
  return allowed ? shareOf(allowed, codec.start(column), new Map()) : 0;
}

function shareOf(allowed: State, admitted: State | undefined, known: Map<State, number>): number {
  if (allowed === admitted || allowed.tokens.length === 0) return 1;
  let share = known.get(allowed);
  if (share === undefined) {
    share = 0;
    for (const [i, token] of allowed.tokens.entries()) {
      share += shareOf(allowed.next(i), admitted && after(admitted, token), known);
    }
    share /= Math.max(admitted?.tokens.length ?? 0, allowed.tokens.length);
    known.set(allowed, share);
  }
  return share;
}

/** Up to the last column whose cell is restricted, or given after another was drawn. */
function prefixLength(leading: readonly number[], { given, sets }: RowRequest, rules: Rules | undefined): number {
  const firstDrawn = leading.findIndex((column) => !given[column]);
  const isBound = (column: number, i: number) =>
    sets[column] || rules?.columns.includes(column) || (given[column] && firstDrawn >= 0 && i > firstDrawn);
  return firstDrawn < 0 ? 0 : 1 + leading.findLastIndex(isBound);
}
