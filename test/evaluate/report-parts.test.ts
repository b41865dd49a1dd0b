/** The report's smaller parts: round ticks, lines for a terminal, example rows, columns that are not judged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rendered } from '../../src/cli/evaluate.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { roundTicks } from '../../src/evaluate/report/html/charts.ts';
import { reportSchema } from '../../src/evaluate/report/report.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { tableOf } from './tables.ts';

describe('ticks', () => {
  it('are few, ascending, within the axis, and 1, 2 or 5 times a power of ten apart', () => {
    const end = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        end,
        fc.double({ min: 1e-4, max: 1e6, noNaN: true }),
        fc.integer({ min: 3, max: 8 }),
        (low, span, most) => {
          const high = low + span;
          const ticks = roundTicks(low, high, most);
          expect(ticks.length).toBeLessThanOrEqual(most);
          expect(ticks.length).toBeGreaterThan(1);
          const slack = span * 1e-6;
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(low - slack);
            expect(tick).toBeLessThanOrEqual(high + slack);
          }
          const steps = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
          for (const step of steps) expect(step / steps[0]!).toBeCloseTo(1, 4);
          if (ticks[0] !== low) expect(['1', '2', '5']).toContain(steps[0]!.toExponential(0)[0]);
        },
      ),
    );
    expect(roundTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks(172, 231)).toEqual([180, 200, 220]);
  });
});

describe('lines for a terminal', () => {
  const line = {
    text: '! Pairs of columns are off by much more than real rows',
    tone: 'poor',
    marked: [0, 1],
  } as const;

  it('break between words only, and lose none', () => {
    const word = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => /^\w+$/.test(text));
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 40, max: 100 }),
        (words, width) => {
          const lines = rendered({ text: words.join(' ') }, width, false).split('\n');
          for (const each of lines) expect(each.length).toBeLessThanOrEqual(width);
          expect(lines.flatMap((each) => each.trim().split(' '))).toEqual(words);
        },
      ),
    );
  });

  it('have colour around the mark only, and none where it is not wanted', () => {
    expect(rendered(line, 200, true)).toBe('\u001b[31m!\u001b[0m Pairs of columns are off by much more than real rows');
    expect(rendered(line, 200, false)).toBe(line.text);
    expect(rendered(line, 40, false)).toBe('! Pairs of columns are off by much more\n  than real rows');
  });
});

describe('example rows', () => {
  const table = tableOf({
    city: ['category', ['Xanten', 'Ypern', 'Zeven', 'Xanten']],
    pay: ['integer', [101, 202, 303, 404]],
  });

  it('are on the page unless left out, and never in the JSON', async () => {
    const options = { train: table, synthetic: table, baselines: false, workers: 1 };
    const report = await evaluate(options);
    expect(report.toHtml()).toContain('<td>Xanten</td><td>101</td>');
    expect((await evaluate({ ...options, exampleRows: false })).toHtml()).not.toContain('<td>Xanten</td><td>');
    const json = JSON.parse(JSON.stringify(report));
    expect(reportSchema.parse(json)).toEqual(json);
    expect(JSON.stringify(json)).not.toContain('Xanten",101');
  });

  it('leave out replaced columns, which are listed as not judged, as text and empty columns are', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      customer: `K-${10_000 + i}`,
      mail: `someone${i}@example.org`,
      note: `wrote ${'again and '.repeat(3)}${i} times, ${(i * 7919) % 997}`,
      empty: null,
      pay: (i * 37) % 50,
    }));
    const people = tableFromRows(rows);
    const report = await evaluate({ train: people, synthetic: people, baselines: false, workers: 1 });
    expect(report.notJudged.map(({ column }) => column)).toEqual(['customer', 'mail', 'note', 'empty']);
    expect(report.toHtml()).not.toMatch(/K-100\d\d|@example\.org/);
    expect(report.toHtml()).toContain('4 columns not judged');
    expect(report.toText()).toContain('Not judged: customer (replaced');
  });
});
