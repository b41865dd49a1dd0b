/** The report's section on detection: how well classifiers tell the rows from training rows. It knows the report. */
import { count, percent, score } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { curveChart, evenly, type Series } from './curves.ts';
import { html, type Markup } from './markup.ts';

const names = { trees: 'Boosted trees', linear: 'Logistic regression' } as const;

export function detectionSection({ detection }: ReportData): Markup | null {
  const charts = (['trees', 'linear'] as const).flatMap((name) => {
    const { auc, curves } = detection[name];
    const series = [
      ...(curves.test === null ? [] : [line('real test rows', 'test', curves.test)]),
      ...(curves.synthetic === null ? [] : [line('synthetic', 'synthetic', curves.synthetic)]),
    ];
    if (series.length === 0) return [];
    return curveChart(series, {
      title: `${names[name]}: AUC ${score(auc.value)}`,
      x: { title: 'training rows taken for others', end: 1, text: percentOf },
      y: { title: 'rows recognised', end: 1, text: percentOf },
      diagonal: true,
    });
  });
  if (charts.length === 0) return null;
  return html`<section>
<h2>Can a classifier tell?</h2>
<p class="soft">Classifiers learn to tell ${count(detection.rows)} rows from as many training rows, and are asked about rows they did not learn from. On the
diagonal they guess; the further above it, the easier it was.</p>
<div class="figures wide-figures">${charts}</div>
</section>`;
}

function line(name: string, className: string, values: readonly number[]): Series {
  return { name, className, points: evenly(values) };
}

function percentOf(share: number): string {
  return percent(Math.round(share * 1000) / 1000).replace('.0', '');
}
