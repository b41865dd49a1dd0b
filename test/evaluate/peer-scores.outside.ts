/** Compares our scores with those of SDMetrics itself, for rows that other generators made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { columnPairTrends, meanTrend } from '../../src/evaluate/metrics/fidelity/column-pair-trends.ts';
import { columnShapes } from '../../src/evaluate/metrics/fidelity/column-shapes.ts';
import { copies } from '../../src/evaluate/metrics/privacy/copies.ts';
import { meanOfDefined } from '../../src/numeric/mean.ts';
import { alignTables } from '../../src/table/align.ts';
import type { Table } from '../../src/table/table.ts';
import { outside } from '../outside.ts';
import { readCsv } from './tables.ts';

const scoresFile = outside('peers/scores.tsv')!;

type Scores = Record<string, string>;

/** Column names by the header line; the bootstrap's rows were not kept. */
function readScores(): Scores[] {
  const [header, ...lines] = readFileSync(scoresFile, 'utf8').trim().split('\n');
  const names = header!.split('\t');
  const rows = lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i]!, cell])));
  return rows.filter(({ peer }) => peer !== 'TRAIN_BOOTSTRAP(copy)');
}

const trainTables = new Map<string, { table: Table; categorical: string[] }>();

function trainOf(dataset: string): { table: Table; categorical: string[] } {
  const known = trainTables.get(dataset);
  if (known) return known;
  const folder = outside(`data/${dataset}`)!;
  const { categorical } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  const read = { table: readCsv(join(folder, 'train.csv'), categorical), categorical };
  trainTables.set(dataset, read);
  return read;
}

it.each(readScores())("SDMetrics' scores: $dataset, $peer", (scores) => {
  const { dataset, peer } = scores;
  const { table, categorical } = trainOf(dataset!);
  const path = peer === 'REAL_TEST(floor)' ? `data/${dataset}/test.csv` : `peers/rows/${dataset}/${peer}.csv.gz`;
  const [train, judged] = alignTables({ name: 'train', table }, [
    { name: peer!, table: readCsv(outside(path)!, categorical) },
  ]) as [Table, Table];

  const shapes = columnShapes(train, judged);
  const pairs = columnPairTrends(train, judged);
  const ours = {
    shapes_train: meanOfDefined(shapes.map(({ score }) => score)),
    pairs_legacy_train: meanTrend(pairs, 'legacy'),
    pairs_current_train: meanTrend(pairs, 'current'),
    exact_copies: copies(train, judged).copiesOfTrain,
  };
  const theirs = Object.fromEntries(Object.keys(ours).map((name) => [name, Number(scores[name])]));
  const rounded = Object.fromEntries(Object.entries(ours).map(([name, score]) => [name, Number(score.toFixed(4))]));
  expect(rounded).toEqual(theirs);

  const worst = shapes.reduce((a, b) => (b.score < a.score ? b : a));
  expect(train.schema.columns[worst.column]!.name).toBe(scores.worst_shape);
});
