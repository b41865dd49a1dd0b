/**
 * A report as one HTML file that needs nothing else: no script, no network, every text escaped (html/markup.ts).
 * It knows the report only; the longer parts of the page are in html/.
 */
import { headlines } from './headlines.ts';
import { columnTable } from './html/columns.ts';
import { distributionFigures } from './html/distributions.ts';
import { html, Markup } from './html/markup.ts';
import { pairSection } from './html/pairs.ts';
import { reportStyle } from './html/style.ts';
import { targetFigures } from './html/target.ts';
import { percent, plural } from './number-text.ts';
import type { ReportData, Sentence } from './report.ts';

/** The Content-Security-Policy makes a browser refuse any script or request, should one ever slip in. */
export function reportToHtml(report: ReportData): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>tabletalk report: ${plural(report.rows.synthetic, 'synthetic row')}</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<main>
<header>
<h1>How close is the synthetic table to the real one?</h1>
<p class="soft">${subtitle(report)}</p>
</header>
${verdictList(report.verdict)}
${cards(report)}
${targetFigures(report)}
${columnTable(report)}
${distributionFigures(report)}
${pairSection(report)}
${method}
</main>
</body>
</html>
`;
  return page.text;
}

function subtitle({ rows }: ReportData): string {
  const tables = `${plural(rows.synthetic, 'synthetic row')} beside the ${plural(rows.train, 'training row')} they imitate`;
  if (rows.test === null) return `${tables}.`;
  return `${tables}. In grey: what ${plural(rows.test, 'real test row')}, held out from training, score in their place.`;
}

const toneNames: Record<Sentence['tone'], string> = { good: 'good', fair: 'check', poor: 'mend', note: 'note' };

function verdictList(verdict: readonly Sentence[]): Markup {
  const items = verdict.map(
    ({ tone, text }) =>
      html`<li class="${tone}"><span class="tone">${toneNames[tone]}</span><span>${unbroken(text)}</span></li>\n`,
  );
  return html`<ul class="verdict" aria-label="Verdict">\n${items}</ul>`;
}

/** Keeps a number and its percent sign on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%');
}

function cards(report: ReportData): Markup {
  const items = headlines(report).map(({ label, meaning, figure }) => {
    const reference =
      report.rows.test === null ? null : html`<div class="reference">real test rows ${percent(figure.reference)}</div>`;
    return html`<li><h3>${label}</h3><strong>${percent(figure.value)}</strong>${reference}<div class="meaning">${meaning}</div></li>\n`;
  });
  return html`<ul class="cards" aria-label="Scores">\n${items}</ul>`;
}

const method = html`<section class="method">
<h2>How the figures are made</h2>
<dl>
<dt>Column Shapes</dt>
<dd>The mean over columns. Numbers and dates: 1 minus the Kolmogorov-Smirnov statistic. Categories: 1 minus the total variation
distance. As SDMetrics KSComplement and TVComplement; missing cells are left out.</dd>
<dt>Column Pair Trends</dt>
<dd>The mean over pairs of columns. Two numeric columns: 1 minus half the difference of their Pearson correlations. Other pairs: 1 minus
the total variation distance of their contingency tables, numbers in ten equal bins. All pairs count, as in SDMetrics 0.11 and in papers;
strong pairs are those with a training correlation beyond 0.5 or Cramér's V beyond 0.3, which alone count in SDMetrics since 0.27.</dd>
<dt>Valid and missing cells</dt>
<dd>SDMetrics BoundaryAdherence, CategoryAdherence and MissingValueSimilarity, mean over columns.</dd>
<dt>Real test rows</dt>
<dd>Real rows that were not trained on, scored against training as if they were synthetic: what a perfect model would get. A smaller table
scores lower by chance.</dd>
</dl>
</section>`;
