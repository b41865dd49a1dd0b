/** The report's three answers as tiles, and the sentence on what the rows are good for. */
import type { ReportData } from '../report.ts';
import { type Answer, allowedUse, answers } from '../summary.ts';
import { at } from './charts.ts';
import { html, type Markup } from './markup.ts';

export function answerTiles(report: ReportData): Markup {
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
