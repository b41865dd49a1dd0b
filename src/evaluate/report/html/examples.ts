/** Five real rows beside five new ones. */
import type { ExampleRows } from '../../example-rows.ts';
import { html, type Markup } from './markup.ts';

export function exampleSection({ columns, real, synthetic }: ExampleRows): Markup {
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
