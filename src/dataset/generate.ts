/**
 * New families, from the root down: a table's rows are drawn when those they hang below are there, one row of every
 * family at a time, so that each is told the rows before it.
 */
import type { Completer } from '../model/completer.ts';
import { createRandom, type Random } from '../numeric/random.ts';
import type { Where } from '../sample/conditions/where.ts';
import type { Value } from '../table/cells.ts';
import type { Schema } from '../table/schema.ts';
import { stepName } from './anchors.ts';
import type { Structure } from './description.ts';
import { type Family, featureName, featureReader, History, type RowView } from './features.ts';
import { parentsFor } from './other-parents.ts';
import type { MadeTable, OtherParent, TablePlan } from './plan.ts';
import type { Rules } from './rules.ts';
import { drawnRows, ownRow } from './sentences.ts';

export interface GeneratorTables {
  readonly structure: Structure;
  readonly plans: ReadonlyMap<string, TablePlan>;
  /** None for a table in which there is nothing to learn. */
  readonly completers: ReadonlyMap<string, Completer>;
  /** Own columns of lookup tables. */
  readonly lookups: ReadonlyMap<string, MadeTable>;
  readonly rules: Rules;
}

export interface Wanted {
  /** New rows of the root, or given rows of a table whose own columns are known. */
  readonly root: string;
  readonly rows: number;
  readonly given?: MadeTable | undefined;
  readonly where: ReadonlyMap<string, Where>;
  readonly seed: number;
}

/** Rows that are drawn together. */
const mostAtOnce = 1024;

/** All tables of one chunk of families. */
export async function makeFamilies(tables: GeneratorTables, wanted: Wanted): Promise<Map<string, MadeTable>> {
  const { structure, plans } = tables;
  const made = new Map<string, MadeTable>(tables.lookups);
  const below = wanted.given ? hangingBelow(structure, plans, wanted.root) : structure.order;
  const pending = new Set(below.filter((name) => plans.has(name) && !made.has(name)));
  const isSecond = (name: string) => name !== wanted.root && !structure.owners.has(name);
  const make = async (name: string, rows: number) => {
    pending.delete(name);
    const plan = plans.get(name)!;
    const found =
      name === wanted.root && wanted.given
        ? wanted.given
        : structure.owners.has(name) && name !== wanted.root
          ? await makeChildren(tables, plan, made, wanted)
          : await makeRoots(tables, plan, rows, wanted);
    // Parents beside the owner that are not there yet come in the number that is needed.
    for (const other of found.given ? [] : plan.others) {
      if (other.by === 'key' || other.table === name) continue;
      if (!made.has(other.table)) await make(other.table, rowsFor(plans, other, name, found.rows.length));
    }
    made.set(name, found);
    if (!found.given) await chooseOthers(tables, plan, found, made, wanted);
  };
  while (pending.size > 0) {
    const isReady = (name: string) => {
      const { owner, others } = plans.get(name)!;
      return (
        name === wanted.root ||
        (owner !== undefined &&
          made.has(owner.table) &&
          others.every(({ by, table }) => by === 'key' || table === name || made.has(table) || isSecond(table)))
      );
    };
    const next = [...pending].find(isReady) ?? [...pending].find(isSecond) ?? [...pending][0]!;
    await make(next, wanted.rows);
  }
  tables.rules.settle(made);
  return made;
}

/** A table and all that hang below it. */
function hangingBelow({ order }: Structure, plans: ReadonlyMap<string, TablePlan>, root: string): string[] {
  const found = new Set([root]);
  for (const name of order) {
    const owner = plans.get(name)?.owner?.table;
    if (owner !== undefined && found.has(owner)) found.add(name);
  }
  return order.filter((name) => found.has(name));
}

/** As many as give each child a parent, when they have as many children as in training. */
function rowsFor(
  plans: ReadonlyMap<string, TablePlan>,
  { table, column }: OtherParent,
  child: string,
  children: number,
): number {
  const count = plans.get(table)!.counts.find((one) => one.table === child && one.column === column);
  return Math.max(children > 0 ? 1 : 0, Math.round(children / Math.max(1e-9, count?.mean ?? 1)));
}

export const schemaOf = ({ own }: TablePlan): Schema => ({ version: 1, columns: [...own] });

async function makeRoots(
  { completers, rules }: GeneratorTables,
  plan: TablePlan,
  rows: number,
  wanted: Wanted,
): Promise<MadeTable> {
  const completer = completers.get(plan.name);
  const schema = schemaOf(plan);
  const made: MadeTable = { plan, schema, rows: [], owners: new Int32Array(rows).fill(-1), others: new Map() };
  const drawn: (RowView | undefined)[] = [];
  const where = wanted.where.get(plan.name) ?? {};
  for (let round = 0; drawn.length < rows || drawn.includes(undefined); round++) {
    const open =
      round === 0 ? Array.from({ length: rows }, (_, row) => row) : drawn.flatMap((one, row) => (one ? [] : [row]));
    const table =
      completer && (await completer.complete(open.length, [], { where, seed: seedOf(wanted.seed, plan.name, round) }));
    const found = table ? drawnRows(table) : open.map(() => ({ schema, values: [] }));
    for (const [i, row] of open.entries()) {
      const view = found[i]!;
      const own = ownRow(plan, view, { owner: undefined, above: undefined, history: new History(schema) });
      const isGood = rules.accepts(plan, own, { owner: undefined, above: undefined, last: [], family: row }, round);
      drawn[row] = isGood ? view : undefined;
      if (isGood) made.rows[row] = own;
    }
  }
  keepSaid(made, drawn as RowView[]);
  return made;
}

/** What the rows say of other parents, until these are chosen. */
const said = new WeakMap<MadeTable, readonly RowView[]>();
const keepSaid = (made: MadeTable, views: readonly RowView[]) => {
  if (made.plan.others.some(({ by }) => by === 'columns')) said.set(made, views);
};

interface OpenFamily extends Family {
  readonly ownerRow: number;
  readonly history: History;
  attempts: number;
}

/** Rows below those of the owner: one of each open family in every call, and a new family where one is over. */
async function makeChildren(
  tables: GeneratorTables,
  plan: TablePlan,
  made: ReadonlyMap<string, MadeTable>,
  wanted: Wanted,
): Promise<MadeTable> {
  const { completers, rules } = tables;
  const completer = completers.get(plan.name);
  const schema = schemaOf(plan);
  const read = featureReader(plan.features, schema);
  const where = wanted.where.get(plan.name) ?? {};
  const families = familiesBelow(plan, schema, made);
  const rows: { family: number; values: (Value | null)[]; view: RowView }[] = [];
  let active: { index: number; family: OpenFamily }[] = [];
  let next = 0;
  for (let round = 0; next < families.length || active.length > 0; round++) {
    while (active.length < mostAtOnce && next < families.length) {
      active.push({ index: next, family: families[next]! });
      next++;
    }
    const views = completer
      ? drawnRows(
          await completer.complete(
            active.length,
            knownOf(
              plan,
              active.map(({ family }) => family),
              read,
            ),
            {
              where,
              seed: seedOf(wanted.seed, plan.name, round),
            },
          ),
        )
      : active.map(() => ({ schema, values: [] }));
    for (const [i, { index, family }] of active.entries()) {
      const { history, owner, above } = family;
      const values = ownRow(plan, views[i]!, { owner, above, history });
      const context = { owner, above, last: history.last, family: index };
      if (!rules.accepts(plan, values, context, family.attempts++)) continue;
      family.attempts = 0;
      history.add(values);
      rows.push({ family: index, values, view: views[i]! });
    }
    active = active.filter(({ family }) => family.history.place < family.size);
  }
  // Rows of one family together, in their order: equal families keep the order in which they were drawn.
  rows.sort((a, b) => a.family - b.family);
  const found: MadeTable = {
    plan,
    schema,
    rows: rows.map(({ values }) => values),
    owners: Int32Array.from(rows, ({ family }) => families[family]!.ownerRow),
    others: new Map(),
  };
  keepSaid(
    found,
    rows.map(({ view }) => view),
  );
  return found;
}

function familiesBelow(plan: TablePlan, schema: Schema, made: ReadonlyMap<string, MadeTable>): OpenFamily[] {
  const owner = made.get(plan.owner!.table)!;
  const count = owner.plan.counts.find(({ table, column }) => table === plan.name && column === plan.owner!.column)!;
  const at = owner.schema.columns.findIndex(({ name }) => name === count.name);
  const aboves = plan.above === undefined ? undefined : made.get(plan.above);
  const view = (table: MadeTable, row: number): RowView => ({ schema: table.schema, values: table.rows[row]! });
  const families = owner.rows.flatMap((values, row): OpenFamily[] => {
    const size = values[at] as number;
    const up = owner.owners[row] ?? -1;
    const above = aboves && up >= 0 ? view(aboves, up) : owner.above?.[row];
    return size > 0
      ? [{ owner: view(owner, row), above, size, ownerRow: row, history: new History(schema), attempts: 0 }]
      : [];
  });
  const owned = families.reduce((sum, { size }) => sum + size, 0);
  const alone = Array.from({ length: Math.round(owned * plan.ownerless) }, (): OpenFamily => {
    return { owner: undefined, above: undefined, size: 1, ownerRow: -1, history: new History(schema), attempts: 0 };
  });
  return [...families, ...alone];
}

/** What is known of the next row of each family: its features, and which distance it does not have. */
function knownOf(plan: TablePlan, families: readonly OpenFamily[], read: ReturnType<typeof featureReader>) {
  const distances = plan.anchors
    .filter(({ step, ledger }) => step !== undefined && !ledger?.fromZero)
    .flatMap(({ column }) => {
      const at = plan.own.findIndex(({ name }) => name === column);
      const isLater = families.map(({ history }) => history.last[at] !== null);
      return [
        { name: column, cells: isLater.map((later) => (later ? null : undefined)) },
        { name: stepName(column), cells: isLater.map((later) => (later ? undefined : null)) },
      ];
    });
  return [...knownFeatures(plan, families, read), ...distances];
}

/** The features of the next row of each family, as the columns that its model is given. */
export function knownFeatures(
  { features }: TablePlan,
  families: readonly (Family & { readonly history: History })[],
  read: ReturnType<typeof featureReader>,
) {
  const codes = families.map((family) => read(family, family.history));
  return features.map((feature, i) => ({
    name: featureName(feature),
    cells: codes.map((one) => (one[i]! < 0 ? null : one[i]!)),
  }));
}

/** Chooses the parents that rows say something of. */
async function chooseOthers(
  tables: GeneratorTables,
  plan: TablePlan,
  made: MadeTable,
  all: ReadonlyMap<string, MadeTable>,
  wanted: Wanted,
): Promise<void> {
  const views = said.get(made);
  said.delete(made);
  for (const [i, other] of plan.others.entries()) {
    if (other.by === 'key') continue;
    const random = createRandom(seedOf(wanted.seed, plan.name, 0), 21, i);
    const rule = tables.rules.parents(plan, other, made);
    made.others.set(other.column, parentsFor(other, made, all.get(other.table)!, views!, rule, random));
  }
}

/** A seed for each table and round, from all of the caller's. */
function seedOf(seed: number, name: string, round: number): number {
  return streamOf(seed, name, round).int(2 ** 31);
}

function streamOf(seed: number, name: string, round: number): Random {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  return createRandom(seed, 20, hash, round);
}
