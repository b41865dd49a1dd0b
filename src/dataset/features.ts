/**
 * What a row of a family is told before it is drawn: its owner, the owner's owner, its place, and the rows before it. Each
 * is one token: a category, or the range that a number lies in.
 */
import { z } from 'zod';
import { countUpTo, quantileCuts } from '../numeric/ranks.ts';
import { formatValue, type Value, valueAt } from '../table/cells.ts';
import { type Column, isCoded, isNumeric, type Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { type Dataset, indexOf } from './dataset.ts';
import type { Families } from './families.ts';
import { type Before, numbersBefore } from './forecast.ts';

const labels = z.discriminatedUnion('is', [
  /** One of these texts; any other is the label after the last. */
  z.strictObject({ is: z.literal('values'), values: z.array(z.string()) }),
  /** Label i: at least `edges[i - 1]`, below `edges[i]`. */
  z.strictObject({ is: z.literal('ranges'), edges: z.array(z.number()) }),
]);
type Labels = z.infer<typeof labels>;

export const feature = z.strictObject({
  /**
   * `owner` and `above` (the owner's owner): a column of that row. `previous` and `earlier`: of the row before, and of the one
   * before that. `mean`: of all rows before, of two values the share of the second. `mode`: the most common value of all rows
   * before. `place`: rows before; `left`: rows still to come.
   */
  of: z.enum(['owner', 'above', 'place', 'left', 'previous', 'earlier', 'mean', 'mode']),
  column: z.string(),
  labels,
});
export type Feature = z.infer<typeof feature>;

const mostValues = 96;
/** Ranges that a number is cut into: each is a token that some rows must teach. */
const rangesFor = (rows: number) => Math.min(32, Math.max(8, Math.round(Math.sqrt(rows) / 2.5)));

/** No two columns of a table have such a name. */
export const featureName = ({ of, column }: Feature): string => `^${of} ${column}`;

/** The feature as a column of the rows that are learned. */
export function featureColumn(feature: Feature): Column {
  const { labels } = feature;
  const values =
    labels.is === 'values'
      ? [...labels.values, '*']
      : ['-', ...labels.edges.map((edge) => `>=${Number(edge.toPrecision(6))}#`)];
  // Edges that are alike in six digits are still labels of their own.
  const distinct = values.map((value, i) => (value.endsWith('#') ? `${value.slice(0, -1)} (${i})` : value));
  return { name: featureName(feature), kind: 'category', missing: '', values: distinct };
}

/** The code of a value, -1 where it is missing. */
function codeOf(labels: Labels, column: Column | undefined, value: Value | null): number {
  if (value === null) return -1;
  if (labels.is === 'values') {
    const found = valueCodes(labels.values).get(formatValue(column!, value));
    return found ?? labels.values.length;
  }
  return countUpTo(labels.edges, value as number);
}

const codeMaps = new WeakMap<readonly string[], Map<string, number>>();

function valueCodes(values: readonly string[]): Map<string, number> {
  let codes = codeMaps.get(values);
  if (!codes) {
    codes = new Map(values.map((value, code) => [value, code]));
    codeMaps.set(values, codes);
  }
  return codes;
}

/** A row by its table's columns. */
export interface RowView {
  readonly schema: Schema;
  readonly values: readonly (Value | null)[];
}

export const rowOf = (table: Table, row: number): RowView => ({
  schema: table.schema,
  values: table.columns.map((data) => valueAt(data, row)),
});

export interface Family {
  readonly owner: RowView | undefined;
  readonly above: RowView | undefined;
  readonly size: number;
}

/** Reads the owner of a row of the table `name`, and the owner's owner, by the own columns of their tables. */
export function readAbove(
  { tables, structure }: Dataset,
  name: string,
  { owner, above }: { readonly owner?: Link | undefined; readonly above?: string | undefined },
  ownOf: (table: string) => Table,
): Record<'owner' | 'above', (row: number) => RowView | undefined> {
  const parentOf = (table: string, link: Pick<Link, 'column'> | undefined) => {
    const parents = link && tables.get(table)!.parentRows.get(link.column)!;
    return (row: number) => (row < 0 ? -1 : (parents?.[row] ?? -1));
  };
  const reader = (table: string | undefined, at: (row: number) => number) => {
    const own = table === undefined ? undefined : ownOf(table);
    return (row: number) => (own && at(row) >= 0 ? rowOf(own, at(row)) : undefined);
  };
  const ownerOf = parentOf(name, owner);
  const aboveOf = owner ? parentOf(owner.table, structure.owners.get(owner.table)) : ownerOf;
  return { owner: reader(owner?.table, ownerOf), above: reader(above, (row) => aboveOf(ownerOf(row))) };
}

interface Link {
  readonly column: string;
  readonly table: string;
}

/** The rows of a family so far. */
export class History {
  place = 0;
  previous: readonly (Value | null)[] | undefined;
  earlier: readonly (Value | null)[] | undefined;
  /** By column, the last value so far that is not missing. */
  readonly last: (Value | null)[];
  /** By column: the sum and the number of the numbers so far, and of each value how many. */
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;
  private readonly values: readonly Map<Value, number>[];

  constructor(private readonly schema: Schema) {
    this.sums = new Float64Array(schema.columns.length);
    this.counts = new Float64Array(schema.columns.length);
    this.last = schema.columns.map(() => null);
    this.values = schema.columns.map(() => new Map());
  }

  add(row: readonly (Value | null)[]): void {
    for (const [i, column] of this.schema.columns.entries()) {
      const value = row[i]!;
      if (value === null) continue;
      this.last[i] = value;
      if (isCoded(column)) this.values[i]!.set(value, (this.values[i]!.get(value) ?? 0) + 1);
      if (!hasMean(column)) continue;
      this.sums[i]! += value as number;
      this.counts[i]! += 1;
    }
    this.earlier = this.previous;
    this.previous = row;
    this.place++;
  }

  /** Of a column in which a number is known. */
  numbers(column: number): Before {
    return { last: this.last[column] as number, mean: this.mean(column)!, known: this.counts[column]! };
  }

  /** Of equally common values the one that came first. */
  mode(column: number): Value | null {
    return [...this.values[column]!].reduce<[Value | null, number]>((a, b) => (b[1] > a[1] ? b : a), [null, 0])[0];
  }

  mean(column: number): number | null {
    return this.counts[column] === 0 ? null : this.sums[column]! / this.counts[column]!;
  }
}

/** Reads the features of one row; made once for each table. */
export function featureReader(features: readonly Feature[], own: Schema) {
  const valueIn = ({ schema, values }: RowView, name: string) => {
    const at = indexOf(schema).get(name)!;
    return [schema.columns[at]!, values[at]!] as const;
  };
  const ownIndex = features.map(({ column }) => own.columns.findIndex(({ name }) => name === column));
  return (family: Family, history: History): Int32Array =>
    Int32Array.from(features, ({ of, column, labels }, i) => {
      if (of === 'owner' || of === 'above') {
        const row = family[of];
        return row ? codeOf(labels, ...valueIn(row, column)) : -1;
      }
      if (of === 'place') return codeOf(labels, undefined, history.place);
      if (of === 'left') return codeOf(labels, undefined, family.size - history.place - 1);
      const at = ownIndex[i]!;
      if (of === 'mean') return codeOf(labels, undefined, history.mean(at));
      if (of === 'mode') return codeOf(labels, own.columns[at], history.mode(at));
      return codeOf(labels, own.columns[at], history[of]?.[at] ?? null);
    });
}

const hasMean = (column: Column): boolean => isNumeric(column) || (isCoded(column) && column.values.length === 2);

/** What the rows of a table could be told. `own`, `owner`, `above`: the own columns of the tables. */
export function possibleFeatures(own: Table, families: Families, owner: Table, above: Table | undefined): Feature[] {
  const longest = families.sizes.reduce((most, size) => Math.max(most, size), 0);
  const repeats = longest > 1;
  const steps = rangesOf(
    Float64Array.from({ length: 2 * longest + 1 }, (_, i) => 2 ** (i / 4)).filter((x) => x < longest),
  );
  const ownColumns = repeats ? told(own) : [];
  const means = (repeats ? own.schema.columns : []).flatMap((column, i) => {
    const numbers = hasMean(column)
      ? Float64Array.from(own.columns[i] as Float64Array, (x) => (x < 0 && isCoded(column) ? Number.NaN : x))
      : [];
    const edges = edgesOf(
      Float64Array.from(numbersBefore(families, Float64Array.from(numbers)), (before) => before?.mean ?? Number.NaN),
    );
    return edges.length > 0 ? [{ column: column.name, labels: { is: 'ranges' as const, edges } }] : [];
  });
  return [
    ...(repeats ? (['place', 'left'] as const).map((of) => ({ of, column: '', labels: steps })) : []),
    ...told(owner).map((one) => ({ of: 'owner' as const, ...one })),
    ...ownColumns.map((one) => ({ of: 'previous' as const, ...one })),
    ...means.map((one) => ({ of: 'mean' as const, ...one })),
    ...ownColumns.flatMap((one) =>
      one.labels.is === 'values' && one.labels.values.length > 2 ? [{ of: 'mode' as const, ...one }] : [],
    ),
    ...(above ? told(above).map((one) => ({ of: 'above' as const, ...one })) : []),
    ...ownColumns.map((one) => ({ of: 'earlier' as const, ...one })),
  ];
}

/** Ranges of one whole number each while they are few, then wider ones. */
function rangesOf(edges: Float64Array): Labels {
  return { is: 'ranges', edges: [...new Set([...edges].map((edge) => Math.ceil(edge)))].sort((a, b) => a - b) };
}

/** The columns of a table that say something of other rows, each with its labels. Texts, and categories of nearly every row, tell rows apart. */
function told(table: Table): { column: string; labels: Labels }[] {
  return table.schema.columns.flatMap((column, i): { column: string; labels: Labels }[] => {
    const data = table.columns[i]!;
    if (isNumeric(column)) {
      const edges = edgesOf(data as Float64Array);
      return edges.length > 0 || column.missing !== null
        ? [{ column: column.name, labels: { is: 'ranges' as const, edges } }]
        : [];
    }
    if (!isCoded(column)) return [];
    const counts = new Float64Array(column.values.length);
    let present = 0;
    for (const code of data as Int32Array) {
      if (code < 0) continue;
      counts[code]! += 1;
      present++;
    }
    const common = [...counts.keys()].filter((code) => counts[code]! > 1);
    const rows = common.reduce((sum, code) => sum + counts[code]!, 0);
    if (rows < present / 2 || column.values.length < 2) return [];
    const kept = common.sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, mostValues);
    return [
      { column: column.name, labels: { is: 'values' as const, values: kept.map((code) => column.values[code]!) } },
    ];
  });
}

/** Between neighbouring values where they are few, else at quantiles. */
function edgesOf(data: Float64Array): number[] {
  const sorted = data.filter((x) => !Number.isNaN(x)).sort();
  const distinct = sorted.filter((x, i) => i === 0 || x !== sorted[i - 1]);
  const ranges = rangesFor(sorted.length);
  const cuts = distinct.length <= ranges ? distinct.slice(1) : quantileCuts(sorted, ranges);
  return [...new Set(cuts)].filter((edge) => edge > distinct[0]!);
}
