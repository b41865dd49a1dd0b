/** The report's section on the fit that made the rows: its losses after each epoch. It knows the report. */
import { plural, score } from '../number-text.ts';
import type { ReportData } from '../report.ts';
import { curveChart, type Series } from './curves.ts';
import { html, type Markup } from './markup.ts';

export function trainingSection({ training }: ReportData): Markup | null {
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
