/**
 * A report as one HTML file that needs nothing else: no network, every text escaped (html/markup.ts). The charts are drawn by
 * hand as SVG, since no chart library lets one drawing follow the reader's theme in a few bytes a mark.
 * It knows the report only; the longer parts of the page are in html/.
 */

import type { ExampleRows } from '../example-rows.ts';
import { answerTiles } from './html/answers.ts';
import { baselineTable } from './html/baselines.ts';
import { cards } from './html/cards.ts';
import { columnTable } from './html/columns.ts';
import { contents, type Part } from './html/contents.ts';
import { detectionSection } from './html/detection.ts';
import { distributionFigures } from './html/distributions.ts';
import { exampleSection } from './html/examples.ts';
import { html, Markup } from './html/markup.ts';
import { pairSection } from './html/pairs.ts';
import { pointList } from './html/points.ts';
import { privacySection } from './html/privacy.ts';
import { rejectionSection } from './html/rejections.ts';
import { reportScript, scriptHash } from './html/script.ts';
import { reportStyle } from './html/style.ts';
import { targetFigures } from './html/target.ts';
import { trainingSection } from './html/training.ts';
import { utilitySection } from './html/utility.ts';
import { count, plural } from './number-text.ts';
import type { ReportData } from './report.ts';

/** The Content-Security-Policy makes a browser refuse any other script and every request, should one ever slip in. */
export function reportToHtml(report: ReportData, examples: ExampleRows | null): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${scriptHash}'">
<title>tabletalk report: ${plural(report.rows.synthetic, 'synthetic row')}</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<main>
<header class="top">
<div><h1>How close is the synthetic table to the real one?</h1>
<p class="soft">${subtitle(report)}</p>
${origin(report)}</div>
<div class="themes" role="group" aria-label="Theme"><button type="button" data-choose="auto" aria-pressed="true">Auto</button><button type="button" data-choose="light" aria-pressed="false">Light</button><button type="button" data-choose="dark" aria-pressed="false">Dark</button></div>
</header>
${answerTiles(report)}
${pointList(report)}
${contents(parts(report, examples))}
</main>
<div id="tip" role="tooltip" hidden></div>
<script>${new Markup(reportScript)}</script>
</body>
</html>
`;
  return page.text;
}

function parts(report: ReportData, examples: ExampleRows | null): Part[] {
  return [
    { id: 'rows', name: 'Rows', markup: examples && exampleSection(examples) },
    { id: 'figures', name: 'Figures', markup: cards(report) },
    { id: 'baselines', name: 'Baselines', markup: baselineTable(report) },
    { id: 'target', name: 'Target', markup: targetFigures(report) },
    { id: 'learning', name: 'Learning', markup: utilitySection(report) },
    { id: 'detection', name: 'Detection', markup: detectionSection(report) },
    { id: 'columns', name: 'Columns', markup: columnTable(report) },
    { id: 'distributions', name: 'Distributions', markup: distributionFigures(report) },
    { id: 'pairs', name: 'Pairs', markup: pairSection(report) },
    { id: 'privacy', name: 'Privacy', markup: privacySection(report) },
    { id: 'rejections', name: 'Rejections', markup: rejectionSection(report) },
    { id: 'training', name: 'Training', markup: trainingSection(report) },
    { id: 'method', name: 'Method', markup: method(report) },
  ];
}

function subtitle({ rows }: ReportData): string {
  const tables = `${plural(rows.synthetic, 'synthetic row')} beside the ${plural(rows.train, 'training row')} they imitate`;
  if (rows.test === null) return `${tables}.`;
  return `${tables}. In grey: what ${plural(rows.test, 'real test row')}, held out from training, score in their place.`;
}

/** Which files, when, and made by what. */
function origin({ about, madeBy }: ReportData): Markup {
  const files = about?.files;
  const named = files && [
    ['synthetic', files.synthetic],
    ['training', files.train],
    ...(files.test === undefined ? [] : [['test', files.test]]),
  ];
  return html`<p class="origin">${named?.map(([what, path]) => html`<span>${what!} <b>${path!}</b></span>`) ?? null}${about?.date ? html`<span>${about.date}</span>` : null}<span>tabletalk ${madeBy}</span></p>`;
}

function method({ detection, rowFidelity, seed }: ReportData): Markup {
  return html`<section class="method">
<h2>How the figures are made</h2>
<dl>
<dt>Column Shapes</dt>
<dd>The mean over columns. Numbers and dates: 1 minus the Kolmogorov-Smirnov statistic. Categories: 1 minus the total variation
distance. As SDMetrics KSComplement and TVComplement; missing cells are left out.</dd>
<dt>Pairs of columns</dt>
<dd>The mean over pairs. Two numeric columns: 1 minus half the difference of their Pearson correlations. Other pairs: 1 minus the total
variation distance of their contingency tables, numbers in ten equal bins over training's range. Strong pairs are those with a training
correlation beyond 0.5 or Cramér's V beyond 0.3, which alone count in SDMetrics since 0.27. Column Pair Trends are SDMetrics' own figure, over all
pairs as in SDMetrics 0.11 and in papers: there each table has bins of its own range, so that one extreme cell changes them.</dd>
<dt>Coverage, valid and missing cells</dt>
<dd>SDMetrics RangeCoverage, CategoryCoverage, BoundaryAdherence, CategoryAdherence and MissingValueSimilarity, mean over columns. The
Wasserstein distance is in standard deviations of training's column.</dd>
<dt>α-precision and β-recall</dt>
<dd>As synthcity computes them without its embedding, on ${count(rowFidelity.rows)} rows of either table: numbers by training's range, categories one-hot.</dd>
<dt>Detection</dt>
<dd>Five-fold cross-validation on ${count(detection.rows)} rows of either table; boosted trees (100 of 31 leaves) and logistic regression.</dd>
<dt>Distances, copies and attacks</dt>
<dd>Gower's distance as SDMetrics' DCR. Closer to training: ties count half. Membership: the distance to the closest synthetic row, calibrated by
the distance to other real rows. Seven attacks: the rows' distances, densities, counts,
a classifier and spelling, each against half of the unseen rows; rates by Clopper and Pearson, the threshold chosen on other rows. Singling out, linkability and attribute
inference: Anonymeter's attacks with equally many training and unseen rows, 95 % Wilson intervals.</dd>
<dt>Real test rows and baselines</dt>
<dd>Real rows that were not trained on, scored against training as if they were synthetic: what a perfect model would get. A smaller table
scores lower by chance; what needs unseen rows is measured on halves of the test rows. Baselines are fitted on the training rows; of each, 2,000 rows
are looked up among the training rows, and trees learn once. Seed ${String(seed)}.</dd>
</dl>
</section>`;
}
