/** The report's section on privacy: distances to training rows, attacks, and how rare the rows look. */

import type { AttackRow } from '../../metrics/metric.ts';
import { eachMetric } from '../../metrics/metrics.ts';
import type { AttacksSection } from '../../metrics/privacy/attacks.ts';
import type { ClosestSection } from '../../metrics/privacy/closest-records.ts';
import type { AnonymitySection } from '../../metrics/privacy/singling-out.ts';
import type { RiskFigure } from '../figure-schema.ts';
import { count, percent, plural, score } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { at } from './charts.ts';
import { curveChart, type Series } from './curves.ts';
import { html, type Markup } from './markup.ts';

export function privacySection(report: ReportData): Markup {
  const { closestRecords: closest, anonymity } = report;
  const tested = report.rows.test !== null;
  return html`<section>
<h2>How close to real people?</h2>
<p class="soft">For ${plural(closest.rows, 'synthetic row')}, the closest of ${plural(closest.trainRows, 'training row')}, found exactly: the mean difference over the columns (Gower), 0 for a copy, 1 for
nothing in common. A curve well to the left of the real test rows' is a model that repeats what it saw.</p>
<div class="figures wide-figures">${closestChart(closest)}
<div class="attacks"><h3>Attacks</h3>${attackTable(report, tested)}</div></div>
${report.attacks && batteryTable(report.attacks, tested)}
${anonymity && html`<details><summary>How rare the rows look (k-anonymity)</summary>${anonymityTable(anonymity, tested)}</details>`}
</section>`;
}

function closestChart({ curves }: ClosestSection): Markup {
  const line = (name: string, className: string, values: readonly number[]): Series => {
    const points: [number, number][] = values.map((value, i) => [value, i / (values.length - 1)]);
    return {
      name,
      className,
      points: [
        [0, points[0]![0] > 0 ? 0 : points.filter(([x]) => x === 0).length / points.length],
        ...points.filter(([x]) => x > 0),
      ],
    };
  };
  const series = [
    ...(curves.test === null ? [] : [line('real test rows', 'test', curves.test)]),
    line('synthetic', 'synthetic', curves.synthetic),
  ];
  // The last rows may be far out: the axis ends where 94 % of the rows are.
  const end = Math.max(0.01, ...[curves.synthetic, curves.test ?? []].map((values) => values.at(-4) ?? 0));
  return curveChart(series, {
    title: 'Distance to the closest training row',
    x: { title: 'distance', end, text: (x) => x.toFixed(end < 0.1 ? 3 : 2) },
    y: { title: 'rows this close', end: 1, text: (share) => `${Math.round(share * 100)} %` },
  });
}

function attackTable(report: ReportData, tested: boolean): Markup {
  const rows = eachMetric((name, { attackRows }) => attackRows?.(report[name]) ?? []);
  return html`<table>
<thead><tr><th scope="col">what an attacker gets</th><th scope="col" class="number">synthetic</th>${tested ? html`<th scope="col" class="number">real test rows</th>` : null}</tr></thead>
<tbody>${rows.map((row) => ('risk' in row ? riskRow(row.label, row.risk, tested) : attackRow(row, tested)))}</tbody></table>`;
}

function attackRow(row: Exclude<AttackRow, { risk: unknown }>, tested: boolean): Markup {
  const [{ value, reference }, text] = 'share' in row ? ([row.share, percent] as const) : ([row.score, score] as const);
  return html`<tr><th scope="row">${row.label}<div class="soft small">${row.note}</div></th><td class="number">${text(value)}</td>${tested ? html`<td class="number reference">${text(reference)}</td>` : null}</tr>\n`;
}

function batteryTable({ rows, attacks, worst }: AttacksSection, tested: boolean): Markup {
  const cell = (text: string, className = '') => html`<td class="number${className}">${text}</td>`;
  return html`<h3>Who was in training? Seven attacks</h3>
<p class="soft">Each guesses at ${plural(rows, 'training row')} and as many unseen ones. The worst AUC is ${worst.name}'s, ${score(worst.low)} to ${score(worst.high)} at 95 %. Epsilon: no
guarantee below it can hold; 0 where nothing is shown.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Membership attacks"><table>
<thead><tr><th scope="col">attack</th><th scope="col" class="number">AUC</th>${tested ? html`<th scope="col" class="number">real test rows</th>` : null}<th scope="col" class="number">found at 1 %</th><th scope="col" class="number">found at 0.1 %</th><th scope="col" class="number">epsilon at least</th></tr></thead>
<tbody>${attacks.map(
    ({ name, auc, tprAt1, tprAt01, epsilon }) =>
      html`<tr><th scope="row">${name}</th>${cell(score(auc.value), name === worst.name ? ' best' : '')}${tested ? cell(score(auc.reference), ' reference') : null}${cell(percent(tprAt1.value))}${cell(percent(tprAt01.value))}${cell(score(epsilon.value))}</tr>\n`,
  )}</tbody></table></div>`;
}

function riskRow(label: string, risk: RiskFigure, tested: boolean): Markup {
  const { risk: own, attacks } = risk.synthetic;
  const x = (share: number) => at(2 + share * 96);
  const bar = html`<svg class="interval" viewBox="0 0 100 10" aria-hidden="true"><path class="track" d="M2 5H98"/><path class="range" d="M${x(own.low)} 5H${x(own.high)}"/><circle class="dot" cx="${x(own.value)}" cy="5" r="3"/></svg>`;
  const text = attacks === 0 ? '–' : percent(own.value);
  const tip = `${label}: ${percent(own.low)} to ${percent(own.high)} at 95 %`;
  return html`<tr><th scope="row">${label}<div class="soft small">${plural(attacks, 'attack')}; 95 % from ${percent(own.low)} to ${percent(own.high)}</div></th><td class="number" data-tip="${tip}">${text}${bar}</td>${
    tested
      ? html`<td class="number reference">${risk.test === null || risk.test.attacks === 0 ? '–' : percent(risk.test.risk.value)}</td>`
      : null
  }</tr>\n`;
}

function anonymityTable(anonymity: AnonymitySection, tested: boolean): Markup {
  const { columns, k, alone, belowFive, train } = anonymity;
  const row = (label: string, own: string, real: string, reference: string) =>
    html`<tr><td>${label}</td><td class="number">${own}</td><td class="number">${real}</td>${tested ? html`<td class="number reference">${reference}</td>` : null}</tr>\n`;
  const whole = (x: number | null) => (x === null ? '–' : count(x));
  return html`<p class="soft">Rows grouped by ${columns.join(', ')}. A rare row is not a leak: it says whose rows would stand out, were they real.</p>
<table><tr><th></th><th class="number">synthetic</th><th class="number">training</th>${tested ? html`<th class="number">real test rows</th>` : null}</tr>
${row('rows in the smallest group (k)', whole(k.value), whole(train.k), whole(k.reference))}${row('rows alone in their group', percent(alone.value), percent(train.alone), percent(alone.reference))}${row('rows in groups below five', percent(belowFive.value), percent(train.belowFive), percent(belowFive.reference))}</table>`;
}
