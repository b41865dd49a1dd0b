/** How like two data sets are, family by family: what is asked of one real and one judged data set. */
import { columnPairTrends } from '../../evaluate/metrics/fidelity/column-pair-trends.ts';
import { columnShapes, ksComplement } from '../../evaluate/metrics/fidelity/column-shapes.ts';
import { pearson } from '../../evaluate/metrics/fidelity/correlation.ts';
import { type Telling, tellingColumns } from '../../evaluate/metrics/fidelity/detection.ts';
import { meanOfDefined } from '../../numeric/mean.ts';
import { createRandom } from '../../numeric/random.ts';
import { alignTables } from '../../table/align.ts';
import { type Column, isCoded, isNumeric } from '../../table/schema.ts';
import { withoutColumns } from '../../table/select.ts';
import type { ColumnData, Table } from '../../table/table.ts';
import { brokenRows, brokenTable, type Check } from '../checks.ts';
import { columnOf, type Dataset, picked } from '../dataset.ts';
import type { Link } from '../description.ts';
import { familiesOf } from '../families.ts';

/** One figure of one place: a link, a path, a table; null where it cannot be had. */
export interface Figure {
  readonly place: string;
  readonly value: number | null;
  /** Of a detector: the columns that it relies on most. */
  readonly telling?: readonly Telling[];
}

/** Figures by name, each in the places where it applies. */
export interface Measured {
  /** Mean over the columns of each table that is made. */
  readonly shapes: readonly Figure[];
  /** 1 minus the Kolmogorov-Smirnov statistic of children per parent, for each reference to a table that is made. */
  readonly cardinality: readonly Figure[];
  /** Pair trends between the columns of a table and those of a parent, a parent's parent, and theirs. */
  readonly hop1: readonly Figure[];
  readonly hop2: readonly Figure[];
  readonly hop3: readonly Figure[];
  /** Of sequences: pair trends between a row and the one before. */
  readonly withinSequence: readonly Figure[];
  /** Mean difference of the numbers' correlations with the row before. 0 is best. */
  readonly autocorrelation: readonly Figure[];
  /** Kolmogorov-Smirnov statistic of the steps in the order column, and of the families' lengths. 0 is best. */
  readonly gaps: readonly Figure[];
  readonly lengths: readonly Figure[];
  /** ROC AUC of boosted trees on parents with their children summed up. 0.5 is best. */
  readonly c2stAgg: readonly Figure[];
  /** Share of the rows whose keys are unique and whose parents are there. */
  readonly keys: readonly Figure[];
  /** Share of the rows in which each check holds. */
  readonly checks: readonly Figure[];
}

/** Rows of either side that the detector sees. */
const mostRows = 5000;
const mostTelling = 6;
const seedStream = 30;

/** @param judged read like `real` (`readDataset`'s `like`). */
export function measure(real: Dataset, judged: Dataset, checks: readonly Check[], seed: number): Measured {
  const made = real.structure.order.filter((name) => !real.description.tables[name]!.lookup);
  const paths = pathsOf(real);
  const hops = (count: number) =>
    paths.filter(({ links }) => links.length === count).map((path) => hopFigure(real, judged, path));
  const links = made.flatMap((child) =>
    real.description.tables[child]!.parents.filter(
      ({ table }) => table !== child && !real.description.tables[table]!.lookup,
    ).map((link) => ({ child, link, place: `${link.table} -> ${child}` })),
  );
  const owned = links.filter(({ child, link }) => real.structure.owners.get(child)?.column === link.column);
  const sequences = made.filter((name) => real.structure.owners.has(name) && real.description.tables[name]!.order);
  return {
    shapes: made.flatMap((name) => shapeFigure(real, judged, name)),
    cardinality: links.map(({ child, link, place }) =>
      figure(place, ksComplement(childCounts(real, child, link), childCounts(judged, child, link))),
    ),
    hop1: hops(1),
    hop2: hops(2),
    hop3: hops(3),
    ...sequenceFigures(real, judged, sequences),
    c2stAgg: owned.map(({ child, link, place }) => {
      const { auc, telling } = detectAggregated(real, judged, child, link, seed);
      return { ...figure(place, auc), telling };
    }),
    keys: made.map((name) => figure(name, keysValid(judged, name))),
    checks: checks.map((check) => figure(check.text, heldShare(judged, check))),
  };
}

const figure = (place: string, value: number): Figure => ({ place, value: Number.isNaN(value) ? null : value });

/** The two tables under one schema; undefined where there is nothing to compare. */
function aligned(real: Table, judged: Table): [Table, Table] | undefined {
  if (real.columns.length === 0 || real.rowCount === 0 || judged.rowCount === 0) return undefined;
  const [a, b] = alignTables({ name: 'the training data set', table: real }, [
    { name: 'the judged one', table: judged },
  ]);
  return [a!, b!];
}

function shapeFigure(real: Dataset, judged: Dataset, name: string): Figure[] {
  const compared = comparedTable(real, name);
  if (compared.columns.length === 0) return [];
  // A table without rows keeps its place: sides are compared place by place.
  const both = aligned(compared, comparedTable(judged, name));
  return [figure(name, both ? meanOfDefined(columnShapes(...both).map(({ score }) => score)) : Number.NaN)];
}

function hopFigure(real: Dataset, judged: Dataset, path: Path): Figure {
  const place = [path.name, ...path.links.map(({ table }) => table)].join(' -> ');
  const [a, b] = [alongPath(real, path), alongPath(judged, path)];
  return figure(place, acrossTrend(a.table, b.table, a.split));
}

/** Mean over the pairs of one of the first `split` columns and one of the others. */
function acrossTrend(real: Table, judged: Table, split: number): number {
  const both = split > 0 && real.columns.length > split ? aligned(real, judged) : undefined;
  if (!both) return Number.NaN;
  const pairs = columnPairTrends(...both).filter(({ columns: [a, b] }) => a < split !== b < split);
  return meanOfDefined(pairs.map(({ trainingBins }) => trainingBins));
}

type SequenceFigures = Pick<Measured, 'withinSequence' | 'autocorrelation' | 'gaps' | 'lengths'>;

function sequenceFigures(real: Dataset, judged: Dataset, names: readonly string[]): SequenceFigures {
  const found = names.map((name) => {
    const [a, b] = [withPrevious(real, name), withPrevious(judged, name)];
    const [steps, judgedSteps] = [stepsOf(real, name), stepsOf(judged, name)];
    const lengths = [familiesOf(real, name).sizes, familiesOf(judged, name).sizes].map((sizes) =>
      Float64Array.from(sizes),
    );
    return {
      name,
      within: samePairTrend(a.table, b.table, a.split),
      autocorrelation: autocorrelationGap(a.table, b.table, a.split),
      gaps: 1 - ksComplement(steps, judgedSteps),
      lengths: 1 - ksComplement(lengths[0]!, lengths[1]!),
    };
  });
  return {
    withinSequence: found.map(({ name, within }) => figure(name, within)),
    autocorrelation: found.map(({ name, autocorrelation }) => figure(name, autocorrelation)),
    gaps: found.map(({ name, gaps }) => figure(name, gaps)),
    lengths: found.map(({ name, lengths }) => figure(name, lengths)),
  };
}

/** Pairs of a column and itself in the row before. */
function samePairTrend(real: Table, judged: Table, split: number): number {
  const both = aligned(real, judged);
  if (!both) return Number.NaN;
  const pairs = columnPairTrends(...both).filter(({ columns: [a, b] }) => b === a + split);
  return meanOfDefined(pairs.map(({ trainingBins }) => trainingBins));
}

function autocorrelationGap(real: Table, judged: Table, split: number): number {
  const numbers = real.schema.columns.slice(0, split).flatMap((column, i) => (isNumeric(column) ? [i] : []));
  const correlation = ({ columns }: Table, i: number) =>
    pearson(columns[i] as Float64Array, columns[i + split] as Float64Array);
  const gaps = numbers.map((i) => Math.abs(correlation(real, i) - correlation(judged, i)));
  return meanOfDefined(gaps);
}

/** From each row of a family to the next, in the order column. */
function stepsOf(dataset: Dataset, name: string): Float64Array {
  const { table } = dataset.tables.get(name)!;
  const times = table.columns[columnOf(table, dataset.description.tables[name]!.order!)] as Float64Array;
  const { before } = familiesOf(dataset, name);
  const rows = Int32Array.from(before.keys()).filter((row) => before[row]! >= 0);
  return Float64Array.from(rows, (row) => times[row]! - times[before[row]!]!);
}

function detectAggregated(real: Dataset, judged: Dataset, child: string, link: Link, seed: number) {
  const both = aligned(aggregated(real, child, link), aggregated(judged, child, link));
  if (!both) return { auc: Number.NaN, telling: [] };
  return tellingColumns(...both, mostRows, createRandom(seed, seedStream), mostTelling);
}

/** Rows that were left out had no parent; a key that repeats is refused when the data set is read. */
function keysValid({ tables, orphans }: Dataset, name: string): number {
  const rows = tables.get(name)!.table.rowCount;
  const lost = orphans.get(name) ?? 0;
  return rows + lost === 0 ? Number.NaN : rows / (rows + lost);
}

function heldShare(judged: Dataset, check: Check): number {
  const rows = judged.tables.get(brokenTable(check))!.table.rowCount;
  return rows === 0 ? Number.NaN : 1 - brokenRows(judged, check).length / rows;
}

// Tables of a data set side by side, for metrics of one table: each row with its parents', a row before, or its
// children summed up.

interface Named {
  readonly column: Column;
  readonly data: ColumnData;
}

/** The columns of a table that are compared: no keys, no references, no replaced columns, no texts. */
function comparedTable({ description, tables }: Dataset, name: string): Table {
  const { key, parents, entity } = description.tables[name]!;
  const { table } = tables.get(name)!;
  const others = table.schema.columns
    .filter(({ replaced, kind }) => replaced || kind === 'text')
    .map((one) => one.name);
  const keys = [key, entity, ...parents.map(({ column }) => column)].filter((one) => one !== undefined);
  return withoutColumns(table, [...others, ...keys]);
}

const tableOf = (columns: readonly Named[], rowCount: number): Table => ({
  schema: { version: 1, columns: columns.map(({ column }) => column) },
  rowCount,
  columns: columns.map(({ data }) => data),
});

function columnsOf(table: Table, prefix: string, rows?: Int32Array): Named[] {
  return table.schema.columns.map((column, i) => ({
    column: { ...column, name: prefix + column.name },
    data: rows ? picked(table.columns[i]!, rows) : table.columns[i]!,
  }));
}

/** A way from a table to one of its ancestors. */
interface Path {
  readonly name: string;
  readonly links: readonly Link[];
}

/** Every way of one to three joins from a table that is made. */
function pathsOf({ description, structure }: Dataset): Path[] {
  const from = (name: string, links: readonly Link[], at: string): Path[] =>
    links.length === 3
      ? []
      : description.tables[at]!.parents.filter(({ table }) => table !== at).flatMap((link) => [
          { name, links: [...links, link] },
          ...from(name, [...links, link], link.table),
        ]);
  return structure.order.filter((name) => !description.tables[name]!.lookup).flatMap((name) => from(name, [], name));
}

/** Rows of the path's table with the columns of its ancestor; `split` columns are the table's own. */
function alongPath(dataset: Dataset, { name, links }: Path): { table: Table; split: number } {
  const own = comparedTable(dataset, name);
  let rows = Int32Array.from({ length: own.rowCount }, (_, row) => row);
  let at = name;
  for (const { column, table } of links) {
    const parents = dataset.tables.get(at)!.parentRows.get(column)!;
    rows = rows.map((row) => (row < 0 ? -1 : parents[row]!));
    at = table;
  }
  const above = comparedTable(dataset, at);
  const columns = [...columnsOf(own, '0 '), ...columnsOf(above, '1 ', rows)];
  return { table: tableOf(columns, own.rowCount), split: own.columns.length };
}

/** Rows that have one before them in their family, with that one's columns: those of the row itself come first. */
function withPrevious(dataset: Dataset, name: string): { table: Table; split: number } {
  const own = comparedTable(dataset, name);
  const { before } = familiesOf(dataset, name);
  const rows = Int32Array.from(before.keys()).filter((row) => before[row]! >= 0);
  const columns = [
    ...columnsOf(own, '0 ', rows),
    ...columnsOf(
      own,
      '1 ',
      rows.map((row) => before[row]!),
    ),
  ];
  return { table: tableOf(columns, rows.length), split: own.columns.length };
}

/** How many rows refer to each row of the parent. */
function childCounts({ tables }: Dataset, child: string, { column, table }: Link): Float64Array {
  const counts = new Float64Array(tables.get(table)!.table.rowCount);
  for (const row of tables.get(child)!.parentRows.get(column)!) if (row >= 0) counts[row]! += 1;
  return counts;
}

/**
 * Each row of the parent with its number of children, the mean of each of their numbers and how many different values each
 * of their categories has. Source: SyntheRela's aggregation detection.
 */
function aggregated(dataset: Dataset, child: string, link: Link): Table {
  const parent = comparedTable(dataset, link.table);
  const children = comparedTable(dataset, child);
  const rows = dataset.tables.get(child)!.parentRows.get(link.column)!;
  const counts = childCounts(dataset, child, link);
  const number = (name: string, data: Float64Array): Named => ({
    column: {
      name,
      kind: 'decimal',
      missing: '',
      scale: 20,
      minScale: 0,
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
    },
    data,
  });
  const summed = children.schema.columns.flatMap((column, i): Named[] => {
    const data = children.columns[i]!;
    if (isNumeric(column)) return [number(`mean ${column.name}`, meansOf(data as Float64Array, rows, counts.length))];
    return isCoded(column)
      ? [number(`different ${column.name}`, distinctOf(data as Int32Array, rows, counts.length))]
      : [];
  });
  return tableOf([...columnsOf(parent, ''), number('children', counts), ...summed], counts.length);
}

function meansOf(data: Float64Array, parents: Int32Array, size: number): Float64Array {
  const [sums, counts] = [new Float64Array(size), new Float64Array(size)];
  for (const [row, parent] of parents.entries()) {
    if (parent < 0 || Number.isNaN(data[row]!)) continue;
    sums[parent]! += data[row]!;
    counts[parent]! += 1;
  }
  return sums.map((sum, parent) => sum / counts[parent]!);
}

function distinctOf(data: Int32Array, parents: Int32Array, size: number): Float64Array {
  const seen = Array.from({ length: size }, () => new Set<number>());
  for (const [row, parent] of parents.entries()) if (parent >= 0 && data[row]! >= 0) seen[parent]!.add(data[row]!);
  return Float64Array.from(seen, (codes) => codes.size);
}
