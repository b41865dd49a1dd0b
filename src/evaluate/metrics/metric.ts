/**
 * A metric that brings all it needs: the form of its section in the report, the measurement, the figures the report
 * opens with, its sentences of the verdict, and its part of the page. It is one file and an entry in metrics.ts.
 */
import type { z } from 'zod';
import type { Figure, HeadlineRow, PerTable, Pillar, RiskFigure, Sentence } from '../report/figure-schema.ts';
import type { Markup } from '../report/html/markup.ts';
import type { Tables } from './figure.ts';

export interface Metric<T = unknown> {
  readonly pillar: Pillar;
  readonly schema: z.ZodType<T>;
  measure(tables: Tables): T;
  readonly headlines?: readonly Omit<HeadlineRow<T>, 'pillar'>[];
  /**
   * What the figures mean.
   * @param rows the tables' numbers of rows.
   * @param others what a sentence may say of another metric's section.
   */
  judge?(section: T, rows: PerTable<number>, others: { readonly invalidCells: Figure }): Sentence[];
  readonly part?: MetricPart<T>;
  /** Its rows of the page's table of what an attacker gets. */
  attackRows?(section: T): AttackRow[];
}

export type AttackRow = { readonly label: string } & (
  | { readonly note: string; readonly share: Figure }
  | { readonly note: string; readonly score: Figure }
  | { readonly risk: RiskFigure }
);

/** A part of the page, under a name in its bar of contents. */
interface MetricPart<T> {
  readonly id: string;
  readonly name: string;
  /** Null where there is nothing to show. */
  markup(section: T, rows: PerTable<number>): Markup | null;
}
