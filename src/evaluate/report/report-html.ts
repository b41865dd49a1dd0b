/**
 * A report as one HTML file that needs nothing else: no network, every text escaped (html/markup.ts). The charts are
 * drawn by hand as SVG, since no chart library lets one drawing follow the reader's theme in a few bytes a mark. The
 * longer parts of the page are in html/.
 */
import type { ExampleRows } from '../example-rows.ts';
import { eachMetric, inOrder } from '../metrics/metrics.ts';
import type { Sentence } from './figure-schema.ts';
import { at } from './html/charts.ts';
import { contents, type Part } from './html/contents.ts';
import { curveChart, type Series } from './html/curves.ts';
import { baselineTable, cards, columnTable, distributionFigures } from './html/figures.ts';
import { html, Markup } from './html/markup.ts';
import { privacySection } from './html/privacy.ts';
import { reportScript, reportStyle, scriptHash } from './html/style.ts';
import { count, percent, plural, score } from './number-text.ts';
import type { ReportData } from './report.ts';
import { type Answer, allowedUse, answers } from './verdict/verdict.ts';

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

/** Parts in the order of the page; those of metrics that are not named here come after them. */
const order = [
  ...[
    'rows',
    'figures',
    'baselines',
    'target',
    'learning',
    'detection',
    'columns',
    'distributions',
    'pairs',
    'privacy',
  ],
];

function parts(report: ReportData, examples: ExampleRows | null): Part[] {
  const first = [
    { id: 'rows', name: 'Rows', markup: examples && exampleSection(examples) },
    { id: 'figures', name: 'Figures', markup: cards(report) },
    { id: 'baselines', name: 'Baselines', markup: baselineTable(report) },
    { id: 'columns', name: 'Columns', markup: columnTable(report) },
    { id: 'distributions', name: 'Distributions', markup: distributionFigures(report) },
    { id: 'privacy', name: 'Privacy', markup: privacySection(report) },
  ];
  const own = eachMetric((metric, { part }) =>
    part ? [{ id: part.id, name: part.name, markup: part.markup(report[metric], report.rows) }] : [],
  );
  return [
    ...inOrder([...first, ...own], order, ({ id }) => id),
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

// The report's three answers as tiles, and the sentence on what the rows are good for.

function answerTiles(report: ReportData): Markup {
  return html`<ul class="answers" aria-label="Answers">${answers(report).map(tile)}</ul>
<p class="use">${allowedUse(report)}</p>`;
}

function tile({ name, tone, word, meaning, measured }: Answer): Markup {
  return html`<li class="answer ${tone}"><h2>${name}</h2><p class="word">${word}</p>
<p class="what">${measured && html`<b>${measured.figure}</b> `}${meaning}</p>${measured && scale(measured)}</li>\n`;
}

/** Worst to the left, best to the right; the real rows as an upright mark. */
function scale({ at: { value, reference }, ends, reference: said }: NonNullable<Answer['measured']>): Markup {
  const x = (share: number) => at(8 + share * 264);
  const mark = reference === null ? null : html`<path class="tick" d="M${x(reference)} 1V19"/>`;
  return html`<svg class="scale" viewBox="0 0 280 20" aria-hidden="true"><path class="track" d="M8 10H272"/><path class="reached" d="M8 10H${x(value!)}"/>${mark}<circle class="dot" cx="${x(value!)}" cy="10" r="6"/></svg>
<div class="ends"><span>${ends[0]}</span><span>${ends[1]}</span></div>${said && html`<p class="reference"><span class="mark real"></span>${said}</p>`}`;
}

// The verdict: what to mend and to check, then notes, then what is good, folded.

const toneNames: Record<Sentence['tone'], string> = { good: 'good', fair: 'check', poor: 'mend', note: 'note' };

function pointList({ verdict, notJudged }: ReportData): Markup {
  const [summary, ...points] = verdict;
  const item = ({ tone, text }: Sentence) =>
    html`<li class="${tone}"><span class="tone">${toneNames[tone]}</span><span>${unbroken(text)}</span></li>\n`;
  const [good, others] = [points.filter(({ tone }) => tone === 'good'), points.filter(({ tone }) => tone !== 'good')];
  return html`<ul class="verdict" aria-label="Verdict">\n${item(summary!)}${others.map(item)}</ul>
${
  good.length === 0
    ? null
    : html`<details class="praise"><summary>${plural(good.length, 'point')} ${good.length === 1 ? 'is' : 'are'} good</summary><ul class="verdict">${good.map(item)}</ul></details>`
}${unjudged(notJudged)}`;
}

const longestList = 12;

function unjudged(columns: ReportData['notJudged']): Markup | null {
  if (columns.length === 0) return null;
  const more = columns.length - longestList;
  return html`<div class="unjudged" role="note"><b>${plural(columns.length, 'column')} not judged</b><ul>${columns
    .slice(0, longestList)
    .map(
      ({ column, why }) => html`<li><b>${column}</b> ${why}</li>\n`,
    )}${more > 0 ? html`<li>and ${more} more</li>` : null}</ul></div>`;
}

/** Keeps a number and its percent sign on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' %', '\u00a0%');
}

// Five real rows beside five new ones.

function exampleSection({ columns, real, synthetic }: ExampleRows): Markup {
  const group = (name: string, rows: ExampleRows['real'], className: string) =>
    rows.map(
      (row, i) =>
        html`<tr class="${className}${i === 0 ? ' first' : ''}"><th scope="row">${i === 0 ? name : ''}</th>${row.map((cell) => (cell === null ? html`<td class="soft">–</td>` : html`<td>${cell}</td>`))}</tr>\n`,
    );
  return html`<section>
<h2>Rows side by side</h2>
<p class="soft">Drawn by chance. The rows on top are real: write the report with --no-example-rows before you pass it on.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Example rows"><table class="rows">
<thead><tr><th></th>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${group('real', real, 'real')}${group('new', synthetic, 'new')}</tbody></table></div>
</section>`;
}

// The report's section on rows that would not do for the schema: how many, and why.

function rejectionSection({ rejections }: ReportData): Markup | null {
  if (rejections === null) return null;
  const { rows, reasons } = rejections;
  const rejected = reasons.reduce((sum, reason) => sum + reason.count, 0);
  if (rejected === 0) {
    return html`<section>
<h2>Rows that would be rejected</h2>
<p class="soft">None: each of ${plural(rows, 'row')} fits the schema that the model learned, and keeps its rules.</p>
</section>`;
  }
  return html`<section>
<h2>Rows that would be rejected</h2>
<p class="soft">${count(rejected)} of ${plural(rows, 'row')}, ${percent(rejected / rows)}, do not fit the schema that the model learned; a row counts once, with
the first that is wrong with it.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Rejections">
<table>
<thead><tr><th scope="col">reason</th><th scope="col">column or rule</th><th scope="col" class="number">rows</th><th scope="col" class="number">share</th></tr></thead>
<tbody>
${reasons.map(
  ({ code, column, rule, count: of }) =>
    html`<tr><th scope="row">${code.replaceAll('-', ' ')}</th><td>${rule ?? column ?? ''}</td><td class="number">${count(of)}</td><td class="number">${percent(of / rows)}</td></tr>\n`,
)}</tbody>
</table>
</div>
</section>`;
}

// The report's section on the fit that made the rows: its losses after each epoch.

function trainingSection({ training }: ReportData): Markup | null {
  if (training === null || training.epochs.length === 0) return null;
  const { epochs, bestEpoch } = training;
  const best = epochs.find(({ epoch }) => epoch === bestEpoch);
  const held = best?.validationLoss ?? null;
  const kept = held === null ? '' : ` with a loss of ${score(held)} on rows held out`;
  const series: Series[] = [
    { name: 'rows learned from', className: 'test', points: epochs.map((each) => [each.epoch, each.trainLoss]) },
    {
      name: 'rows held out',
      className: 'synthetic',
      points: epochs.flatMap(({ epoch, validationLoss }): [number, number][] =>
        validationLoss === null ? [] : [[epoch, validationLoss]],
      ),
    },
  ];
  const drawn = series.filter(({ points }) => points.length > 0);
  const losses = drawn.flatMap(({ points }) => points.map(([, loss]) => loss));
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  const room = Math.max(most - least, 0.01) * 0.08;
  return html`<section>
<h2>How the model learned</h2>
<p class="soft">${plural(epochs.length, 'epoch')}; kept is epoch ${String(bestEpoch)}${kept}. A curve of held-out rows that rises again is a model that began to
learn its rows by heart; one that still falls at the end has time left to learn.</p>
<div class="figures wide-figures">${
    epochs.length < 2
      ? null
      : curveChart(drawn, {
          title: 'Loss, nats per token',
          x: {
            title: 'epoch',
            start: epochs[0]!.epoch,
            end: epochs.at(-1)!.epoch,
            text: (value) => String(Math.round(value * 10) / 10),
          },
          y: { title: 'loss', start: least - room, end: most + room, text: score },
        })
  }</div>
</section>`;
}
