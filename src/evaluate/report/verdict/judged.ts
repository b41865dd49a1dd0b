/** What all sentences of the verdict share. It knows the report's figures, no table. */

import type { Figure } from '../figure-schema.ts';
import { percent } from '../number-text.ts';
import type { ReportData } from '../report.ts';

export type Judged = Omit<ReportData, 'verdict' | 'version' | 'notJudged'>;

export function beside({ value, reference }: Figure): string {
  return reference === null ? percent(value) : `${percent(value)} (real test rows: ${percent(reference)})`;
}

export function isScored<F extends Figure>(figure: F): figure is F & { readonly value: number } {
  return figure.value !== null;
}
