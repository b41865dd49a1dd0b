/** The verdict: what to mend and to check, then notes, then what is good, folded. */

import type { Sentence } from '../figure-schema.ts';
import { plural } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { html, type Markup } from './markup.ts';

const toneNames: Record<Sentence['tone'], string> = { good: 'good', fair: 'check', poor: 'mend', note: 'note' };

export function pointList({ verdict, notJudged }: ReportData): Markup {
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
