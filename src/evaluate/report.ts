/**
 * What an evaluation says, as plain JSON: figures, aggregates to draw and a verdict, never a row of any table.
 * It knows no table and no formula; the folder's other files fill it in and render it.
 */
import type { Kind } from '../table/schema.ts';
import type { PairMetric } from './column-pair-trends.ts';
import type { ShapeMetric } from './column-shapes.ts';
import type { ValidityMetric } from './validity.ts';

/** A figure of the synthetic table, beside that of the real test rows scored as if they were synthetic. Null: undefined. */
export interface Figure {
  readonly value: number | null;
  readonly reference: number | null;
}

export interface ColumnFigure<Metric extends string> extends Figure {
  readonly column: string;
  readonly metric: Metric;
}

/** `strength` is |rho| or Cramér's V in the training table; `strong` pairs are those that the `current` mode counts. */
export interface PairFigure extends Figure {
  readonly columns: readonly [string, string];
  readonly metric: PairMetric;
  readonly strength: number | null;
  readonly strong: boolean;
}

/** One number for each table; `test` is null without a test table. */
export interface PerTable<T> {
  readonly train: T;
  readonly synthetic: T;
  readonly test: T | null;
}

/**
 * How a column's present cells are spread, in shares that sum to 1, over bins shared by the tables.
 * - histogram: below the first edge, then each bin [edge, next edge), then at or above the last edge.
 * - categories: each of `values` (training's most frequent), then training's other ones, then those new to training.
 * - none: text, or nothing but missing cells in training.
 */
export type Distribution = { readonly column: string; readonly kind: Kind } & (
  | { readonly type: 'histogram'; readonly edges: readonly number[]; readonly shares: PerTable<readonly number[]> }
  | { readonly type: 'categories'; readonly values: readonly string[]; readonly shares: PerTable<readonly number[]> }
  | { readonly type: 'none' }
);

/** The label's own figures: its shape, the mean trend of the pairs it is in, and its classes or quartiles. */
export interface TargetSection {
  readonly column: string;
  readonly kind: Kind;
  readonly shape: Figure;
  readonly trends: Figure;
  /** For a boolean or category: training's classes, most frequent first, and their shares of the present cells. */
  readonly classes: readonly ({ readonly value: string } & PerTable<number>)[] | null;
  /** For a number or datetime: the 25, 50 and 75 % quantiles. */
  readonly quartiles: PerTable<readonly number[]> | null;
}

/** One entry a family of metrics (families.ts). All scores and shares are in [0, 1]. */
export interface Sections {
  readonly columnShapes: Figure & { readonly columns: readonly ColumnFigure<ShapeMetric>[] };
  /** The figure is that of the `legacy` mode, comparable with papers; `current` and its number of pairs follow. */
  readonly columnPairTrends: Figure & {
    readonly current: Figure & { readonly pairs: number };
    readonly pairs: readonly PairFigure[];
  };
  readonly validity: Figure & { readonly columns: readonly ColumnFigure<ValidityMetric>[] };
  /** The figure of a column is 1 - |difference of the shares|; the shares themselves are beside it. */
  readonly missingValues: Figure & {
    readonly columns: readonly (Figure & { readonly column: string } & PerTable<number>)[];
  };
  /** `train` is the share of training rows that repeat an earlier one. */
  readonly copies: { readonly copiesOfTrain: Figure; readonly duplicateRows: Figure & { readonly train: number } };
  readonly target: TargetSection | null;
  readonly distributions: readonly Distribution[];
}

/** One sentence a person can act on. `good`: as near as fresh real rows; `fair`: worth a look; `poor`: mend this; `note`: context. */
export interface Sentence {
  readonly tone: 'good' | 'fair' | 'poor' | 'note';
  readonly text: string;
}

export interface ReportData extends Sections {
  readonly version: 1;
  readonly rows: PerTable<number>;
  readonly verdict: readonly Sentence[];
}

/** A report is plain data whose two methods are not enumerable: `JSON.stringify(report)` is the data alone. */
export interface Report extends ReportData {
  /** One self-contained HTML file. */
  toHtml(): string;
  /** A few lines for a terminal. */
  toText(): string;
}
