/** The report's three answers as tiles, and the sentence on what the rows are good for. */
import type { ReportData } from '../report.ts';
import { type Answer, allowedUse, answers } from '../summary.ts';
import { at } from './charts.ts';
import { html, type Markup } from './markup.ts';

export function answerTiles(report: ReportData): Markup {
  return html`<ul class="answers" aria-label="Answers">${answers(report).map(tile)}</ul>
<p class="use">${allowedUse(report)}</p>`;
}

function tile({ name, tone, word, figure, meaning, scale, reference }: Answer): Markup {
  const line = scale && scaleLine(scale);
  return html`<li class="answer ${tone}"><h2>${name}</h2><p class="word">${word}</p>
<p class="what">${figure === null ? null : html`<b>${figure}</b> `}${meaning}</p>${line}${reference && html`<p class="reference"><span class="mark real"></span>${reference}</p>`}</li>\n`;
}

/** Worst to the left, best to the right; the real rows as an upright mark. */
function scaleLine({ value, reference, ends }: NonNullable<Answer['scale']>): Markup {
  const x = (share: number) => at(6 + Math.min(1, Math.max(0, share)) * 268);
  const mark = reference === null ? null : html`<path class="tick" d="M${x(reference)} 1V19"/>`;
  return html`<svg class="scale" viewBox="0 0 280 20" aria-hidden="true"><path class="track" d="M6 10H274"/><path class="reached" d="M6 10H${x(value)}"/>${mark}<circle class="dot" cx="${x(value)}" cy="10" r="6"/></svg>
<div class="ends"><span>worst, ${ends[0]}</span><span>best, ${ends[1]}</span></div>`;
}
