/**
 * Holds a data set's checks in new rows. What is a rule of one row and those before it is held by drawing the row again, and
 * after many attempts by the nearest value that keeps it; a total is set to the sum of its rows.
 */
import { formatValue, type Value } from '../table/cells.ts';
import { type Column, isNumeric } from '../table/schema.ts';
import { type Check, compares, type Named, nearest } from './checks.ts';
import { indexOf } from './dataset.ts';
import type { RowView } from './features.ts';
import type { MadeTable, OtherParent, TablePlan } from './plan.ts';

interface RowContext {
  readonly owner: RowView | undefined;
  readonly above: RowView | undefined;
  /** By own column, the last value of the family that is not missing. */
  readonly last: readonly (Value | null)[];
  /** Number of the family. */
  readonly family: number;
}

interface RuleCounts {
  /** Rows that were drawn again. */
  redrawn: number;
  /** Rows that got the nearest value that keeps a rule. */
  moved: number;
  /** Totals that were set to the sum of their rows. */
  totals: number;
}

export interface ParentRule {
  accepts(row: number, candidate: number): boolean;
  take(row: number, candidate: number): void;
}

export interface Rules {
  readonly counts: RuleCounts;
  /** Whether a row is kept; after `mostAttempts` it is changed so that it is. `attempt` counts from 0. */
  accepts(plan: TablePlan, row: (Value | null)[], context: RowContext, attempt: number): boolean;
  /** Which parents a row may choose, where a rule says so. */
  parents(plan: TablePlan, other: OtherParent, made: MadeTable): ParentRule | undefined;
  /** Sets what follows from other rows, when all are there. */
  settle(made: ReadonlyMap<string, MadeTable>): void;
}

const mostAttempts = 32;

export function createRules(checks: readonly Check[]): Rules {
  const counts: RuleCounts = { redrawn: 0, moved: 0, totals: 0 };
  /** What rows of `unique` rules within families have had. */
  const familyKeys: Set<string>[] = [];
  const rowRules = new Map<string, RowRule[]>();
  const rulesOf = (plan: TablePlan): RowRule[] => {
    let rules = rowRules.get(plan.name);
    if (!rules) {
      rules = [...lawRules(plan), ...checks.flatMap((check) => ruleOf(check, plan, familyKeys) ?? [])];
      rowRules.set(plan.name, rules);
    }
    return rules;
  };
  return {
    counts,
    accepts(plan, row, context, attempt) {
      const rules = rulesOf(plan);
      const broken = rules.filter((rule) => !rule.holds(row, context));
      if (broken.length > 0 && attempt < mostAttempts) {
        counts.redrawn++;
        return false;
      }
      if (broken.length > 0) counts.moved++;
      for (const rule of broken) rule.mend(row, context);
      for (const rule of rules) rule.keep?.(row, context);
      return true;
    },
    parents(plan, other, made) {
      const check = checks.find(
        (one): one is Extract<Check, { is: 'unique' }> =>
          one.is === 'unique' && one.table === plan.name && one.columns.includes(other.column),
      );
      if (!check) return undefined;
      const at = check.columns.map((column) => plan.own.findIndex(({ name }) => name === column));
      const used = new Set<string>();
      const textOf = (row: number, candidate: number) =>
        JSON.stringify(
          check.columns.map((column, i) =>
            column === other.column
              ? candidate
              : column === plan.owner?.column
                ? made.owners[row]!
                : made.rows[row]![at[i]!],
          ),
        );
      return {
        accepts: (row, candidate) => !used.has(textOf(row, candidate)),
        take: (row, candidate) => void used.add(textOf(row, candidate)),
      };
    },
    settle(made) {
      // Families are numbered anew in the next chunk.
      for (const used of familyKeys) used.clear();
      for (const check of checks) if (check.is === 'sum') counts.totals += setTotals(check, made);
    },
  };
}

interface RowRule {
  holds(row: readonly (Value | null)[], context: RowContext): boolean;
  /** Changes the row so that the rule holds. */
  mend(row: (Value | null)[], context: RowContext): void;
  /** Takes note of a row that is kept. */
  keep?(row: readonly (Value | null)[], context: RowContext): void;
}

/**
 * What holds of own columns holds where distances were drawn: a column that is never missing is not, and numbers stay in their
 * range. Times may go on beyond it.
 */
function lawRules({ own, anchors, order }: TablePlan): RowRule[] {
  return anchors.flatMap(({ column }): RowRule[] => {
    const at = own.findIndex(({ name }) => name === column);
    const definition = own[at]!;
    if (!isNumeric(definition)) return [];
    const isBound = definition.kind !== 'datetime' && column !== order;
    const { min, max } = definition;
    const isInside = (value: Value | null) =>
      value === null ? definition.missing !== null : !isBound || ((value as number) >= min && (value as number) <= max);
    return [
      {
        holds: (row) => isInside(row[at]!),
        mend: (row, { last }) => {
          const value = (row[at] ?? last[at] ?? min) as number;
          row[at] = isBound ? Math.min(max, Math.max(min, value)) : value;
        },
      },
    ];
  });
}

function ruleOf(check: Check, plan: TablePlan, familyKeys: Set<string>[]): RowRule | undefined {
  const { own, name } = plan;
  const at = (column: string) => own.findIndex((one) => one.name === column);
  if (check.is === 'monotone' && check.of.table === name) {
    const index = at(check.of.column);
    return {
      holds: (row, { last }) => compares('>=', row[index]!, last[index] ?? null),
      mend: (row, { last }) => {
        row[index] = last[index]!;
      },
    };
  }
  if (check.is === 'comparison' && check.below.table === name) {
    const index = at(check.below.column);
    const unit = unitOf(own[index]!);
    const other = (row: readonly (Value | null)[], context: RowContext) => valueAbove(check.above, plan, row, context);
    return {
      holds: (row, context) => compares(check.operator, row[index]!, other(row, context)),
      mend: (row, context) => {
        row[index] = nearest(check.operator, other(row, context) as number, unit);
      },
    };
  }
  if (check.is === 'unique' && check.table === name) return uniqueRule(check, plan, familyKeys);
  return undefined;
}

function uniqueRule(
  check: Extract<Check, { is: 'unique' }>,
  { own, owner, others }: TablePlan,
  familyKeys: Set<string>[],
): RowRule | undefined {
  const chosenLater = others.some(({ by, column }) => by === 'columns' && check.columns.includes(column));
  if (chosenLater) return undefined;
  const used = new Set<string>();
  if (owner && check.columns.includes(owner.column)) familyKeys.push(used);
  const at = check.columns.map((column) => own.findIndex((one) => one.name === column));
  const textOf = (row: readonly (Value | null)[], { family }: RowContext) =>
    JSON.stringify(check.columns.map((column, i) => (column === owner?.column ? family : row[at[i]!])));
  return {
    holds: (row, context) => !used.has(textOf(row, context)),
    // The first column with a value that is free; where there is none, the rule cannot hold, and the row stays.
    mend: (row, context) => {
      const index = at.find((i) => i >= 0)!;
      for (const value of valuesOf(own[index]!)) {
        const before = row[index]!;
        row[index] = value;
        if (!used.has(textOf(row, context))) return;
        row[index] = before;
      }
    },
    keep: (row, context) => void used.add(textOf(row, context)),
  };
}

function* valuesOf(column: Column): Generator<Value> {
  if (column.kind === 'category' || column.kind === 'boolean') yield* column.values.keys();
  else if (column.kind === 'integer') for (let x = column.min; x <= column.max; x++) yield x;
}

/** The value above that a row is compared with; null where there is no such row. */
function valueAbove(
  { table, column }: Named,
  { name, owner, own }: TablePlan,
  row: readonly (Value | null)[],
  context: RowContext,
): Value | null {
  if (table === name) return row[own.findIndex((one) => one.name === column)]!;
  const view = table === owner?.table ? context.owner : context.above;
  return view ? view.values[indexOf(view.schema).get(column)!]! : null;
}

function unitOf(column: Column): number {
  if (column.kind === 'decimal') return 10 ** -column.scale;
  if (column.kind !== 'datetime') return 1;
  // The last place that the format writes.
  return (
    [1000, 60_000, 3_600_000, 86_400_000].find((step) => formatValue(column, 0) !== formatValue(column, step)) ??
    86_400_000
  );
}

/** Totals become the sums of their rows; where the rows above were given, the rows below are changed to sum up to them. */
function setTotals({ of, total }: Extract<Check, { is: 'sum' }>, made: ReadonlyMap<string, MadeTable>): number {
  const [below, above] = [made.get(of.table), made.get(total.table)];
  if (!below || !above) return 0;
  const [from, to] = [indexOf(below.schema).get(of.column)!, indexOf(above.schema).get(total.column)!];
  const column = above.schema.columns[to]!;
  const exact = (x: number) => (column.kind === 'decimal' ? Number(x.toFixed(column.scale)) : x);
  const families = new Map<number, number[]>();
  for (const [row, owner] of below.owners.entries()) {
    const rows = families.get(owner);
    if (rows) rows.push(row);
    else if (owner >= 0) families.set(owner, [row]);
  }
  let set = 0;
  for (const [owner, rows] of families) {
    const sum = exact(rows.reduce((sum, row) => sum + ((below.rows[row]![from] as number | null) ?? 0), 0));
    if (sum === above.rows[owner]![to]) continue;
    set++;
    if (!above.given) {
      above.rows[owner]![to] = sum;
      continue;
    }
    // The largest row takes up the difference: it changes least in proportion.
    const size = (row: number) => Math.abs((below.rows[row]![from] as number | null) ?? 0);
    const largest = rows.reduce((a, b) => (size(b) > size(a) ? b : a));
    const others = sum - ((below.rows[largest]![from] as number | null) ?? 0);
    below.rows[largest]![from] = exact(((above.rows[owner]![to] as number | null) ?? 0) - others);
  }
  return set;
}
