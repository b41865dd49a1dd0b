/** Runs every metric over one set of tables, and makes and measures a baseline. */
import { setImmediate } from 'node:timers/promises';
import { type BaselineName, baselines } from './baselines/baselines.ts';
import { type Effort, randomFor, type Tables } from './metrics/figure.ts';
import { eachMetric } from './metrics/metrics.ts';
import { headlines } from './report/headlines.ts';
import type { BaselineFigures, Sections } from './report/report.ts';

/** Told what comes next, such as "detection of the synthetic table". */
export type Say = (next: string) => void;

/** The synthetic table is looked up row by row; of a baseline, a sample says enough. */
export const ownEffort: Effort = { learningSeeds: 3, neighbourRows: 50_000 };
const baselineEffort: Effort = { learningSeeds: 1, neighbourRows: 2_000 };

/** How often `measureSections` and `measureBaseline` say what comes next. */
export const stepsEach = eachMetric(() => [1]).length;

export async function measureSections(tables: Tables, what: string, say: Say): Promise<Sections> {
  const sections: [string, unknown][] = [];
  for (const { name, metric } of eachMetric((name, metric) => [{ name, metric }])) {
    say(`${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} of ${what}`);
    await setImmediate(); // lets the caller's own work, such as a Ctrl-C, come in between
    sections.push([name, metric.measure(tables)]);
  }
  return Object.fromEntries(sections) as Sections;
}

/** The baseline stands in the synthetic table's place, with as many rows. */
export async function measureBaseline(tables: Tables, name: BaselineName, say: Say): Promise<BaselineFigures> {
  const { train, target, seed } = tables;
  const synthetic = baselines[name](train, tables.synthetic.rowCount, randomFor(seed, name), target);
  const none = train.columns.map(() => 0);
  const unreadable = { train: tables.unreadable.train, synthetic: none, test: null };
  const asBaseline = { ...tables, synthetic, test: null, unreadable, effort: baselineEffort };
  const sections = await measureSections(asBaseline, `the baseline ${name}`, say);
  return { name, figures: Object.fromEntries(headlines(sections).map(({ key, figure }) => [key, figure.value])) };
}
