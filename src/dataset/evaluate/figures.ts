/** What a report on a data set holds, and how its figures are shown. */
import { meanOfDefined } from '../../numeric/mean.ts';
import type { Figure, Measured } from './measure.ts';

export interface FigureName {
  readonly label: string;
  readonly best: string;
  readonly as: 'share' | 'number';
}

/** The figures of a report, in its order. */
export const figureNames: Readonly<Record<keyof Measured, FigureName>> = {
  shapes: { label: 'Column shapes', best: '100 %', as: 'share' },
  cardinality: { label: 'Children per parent', best: '100 %', as: 'share' },
  hop1: { label: 'Pair trends, 1 hop', best: '100 %', as: 'share' },
  hop2: { label: 'Pair trends, 2 hops', best: '100 %', as: 'share' },
  hop3: { label: 'Pair trends, 3 hops', best: '100 %', as: 'share' },
  withinSequence: { label: 'Trends from row to row', best: '100 %', as: 'share' },
  autocorrelation: { label: 'Autocorrelation off by', best: '0', as: 'number' },
  gaps: { label: 'Steps in time off by', best: '0', as: 'number' },
  lengths: { label: 'Lengths off by', best: '0', as: 'number' },
  c2stAgg: { label: 'C2ST of aggregates (AUC)', best: '0.5', as: 'number' },
  keys: { label: 'Keys valid', best: '100 %', as: 'share' },
  checks: { label: 'Checks held', best: '100 %', as: 'share' },
};

export interface DatasetReportData {
  readonly version: 1;
  /** By table: rows of each data set, and the table that its rows hang below. */
  readonly tables: readonly {
    readonly name: string;
    readonly lookup: boolean;
    readonly parents: readonly { readonly table: string; readonly column: string }[];
    readonly rows: { readonly train: number; readonly synthetic: number; readonly test: number | null };
  }[];
  readonly synthetic: Measured;
  /** Held-out families in the place of the synthetic ones. */
  readonly test: Measured | null;
  /** Children drawn independently of their parents. */
  readonly independent: Measured | null;
  readonly seed: number;
}

/** The mean over the places of one figure; null where there is none. */
export function meanFigure(figures: readonly Figure[]): number | null {
  const mean = meanOfDefined(figures.map(({ value }) => value ?? Number.NaN));
  return Number.isNaN(mean) ? null : mean;
}

/** Whether a figure is as good as held-out families', by so much or twice as much: 2 points of a share, 0.05 of a number. */
export function nearness(
  value: number | null,
  heldOut: number | null,
  { as, best }: FigureName,
): 'good' | 'fair' | 'poor' | null {
  if (value === null || heldOut === null) return null;
  const aim = Number.parseFloat(best) / (as === 'share' ? 100 : 1);
  const behind = (Math.abs(value - aim) - Math.abs(heldOut - aim)) / (as === 'share' ? 0.02 : 0.05);
  return behind <= 1 ? 'good' : behind <= 2 ? 'fair' : 'poor';
}

export function shown(value: number | null, as: 'share' | 'number'): string {
  if (value === null) return '-';
  return as === 'share' ? `${(100 * value).toFixed(1)} %` : value.toFixed(3);
}
