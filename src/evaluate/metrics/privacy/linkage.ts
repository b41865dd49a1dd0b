/**
 * What a judged row near a real person gives away of them: linkability, whether two halves of the person's row lead to the same
 * judged row, and attribute inference, whether the judged row nearest by all other columns has the person's value of one. Each is
 * tried on training rows and on as many unseen ones, which no model saw: what chance and the table's rules tell, they tell of both.
 * Source: Giomi et al., A unified framework for quantifying privacy risk, PETS 2023 (Anonymeter).
 */
import { z } from 'zod';
import { gowerSpace, type Points } from '../../../learn/distance/points.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import type { Random } from '../../../numeric/random.ts';
import { type Column, isCoded, isNumeric } from '../../../table/schema.ts';
import { takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { list, type Risk, type RiskFigure, riskFigure } from '../../report/figure-schema.ts';
import { percent } from '../../report/number-text.ts';
import { measureUnseen, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';
import { riskHeadline, riskOf } from './rate-intervals.ts';

const secretRisk = riskFigure.extend({ column: z.string() });
const section = z
  .strictObject({
    linkability: riskFigure,
    /** By column that is guessed. The worst is chosen on half of the attacks, and its risk counted on the others. */
    inference: z.strictObject({ columns: list(secretRisk), worst: secretRisk }),
  })
  .nullable();

/** Training rows that are attacked, and as many unseen ones. */
const maxTargets = 500;
/** Of fewer judged rows, those that are copies would be missing. */
const maxJudged = 50_000;
/** With fewer attacks nothing can be said in praise. */
const fewestTargets = 100;
/** A number is guessed within this share of the guess, a time within this share of training's range. */
const tolerance = 0.05;

export const linkageMetric: Metric<z.infer<typeof section>> = {
  pillar: 'privacy',
  schema: section,

  measure(tables) {
    const { columns } = tables.train.schema;
    const limit = Math.floor(Math.min(maxTargets, tables.effort.neighbourRows / 8));
    const both = measureUnseen(tables, (train, judged, unseen) =>
      attack(train, judged, unseen, limit, randomFor(tables.seed, 'linkage')),
    );
    const [own, test] = both ?? [null, null];
    if (own === null) return null;
    const beside = (of: (found: Found) => Risk): RiskFigure => ({ synthetic: of(own), test: test && of(test) });
    const named = (c: number, of: (found: Found) => Risk) => ({ column: columns[c]!.name, ...beside(of) });
    return {
      linkability: beside((found) => found.linkability),
      inference: {
        columns: columns.map((_, c) => named(c, (found) => found.secrets[c]!)),
        worst: named(own.worst, (found) => found.counted[own.worst]!),
      },
    };
  },

  headlines: [
    {
      key: 'linkability',
      label: 'Linkability',
      meaning: 'people whose halves these rows bring together, beyond chance',
      better: 'lower',
      of: (found) => found && riskHeadline(found.linkability),
    },
    {
      key: 'attributeInference',
      label: 'Attribute inference',
      meaning: 'people whose value of one column these rows tell, beyond chance, in the column where they tell most',
      better: 'lower',
      of: (found) => found && riskHeadline(found.inference.worst),
    },
  ],

  judge(found) {
    if (found === null) return [];
    const { linkability, inference } = found;
    const [link, guess] = [linkability.synthetic, inference.worst.synthetic];
    // The guessed column is one of many: where intervals of what is found of either overlap, nothing is said.
    const low = Math.max(
      ...[link, guess].map(({ attack, control, risk }) => (attack.low > control.high ? risk.low : 0)),
    );
    const range = ({ risk }: Risk) => `${percent(risk.low)} to ${percent(risk.high)} at 95 %`;
    const ranges = `linking risk ${range(link)}, guessing "${inference.worst.column}" ${range(guess)}`;
    if (low > 0.05) {
      const text = `Whoever knows some cells of a person learns more from these rows of training's people than of others: ${ranges}.`;
      return [{ tone: low < 0.15 ? 'fair' : 'poor', text }];
    }
    return link.attacks < fewestTargets
      ? [
          {
            tone: 'fair',
            text: `Too few unseen rows to say what these rows tell of whoever is partly known: ${ranges}.`,
          },
        ]
      : [
          {
            tone: 'good',
            text: `Whoever knows some cells of a person learns hardly more from these rows of training's people than of others: ${ranges}.`,
          },
        ];
  },

  attackRows: (found) =>
    found === null
      ? []
      : [
          { label: 'Linking two halves of a row', risk: found.linkability },
          { label: `Guessing “${found.inference.worst.column}”`, risk: found.inference.worst },
        ],
};

interface Found {
  readonly linkability: Risk;
  /** By column, of all attacks; and of every second one, by which `worst` was not chosen. */
  readonly secrets: readonly Risk[];
  readonly counted: readonly Risk[];
  readonly worst: number;
}

/** Null with fewer than two columns, or few rows. */
function attack(train: Table, judged: Table, unseen: Table, limit: number, random: Random): Found | null {
  const { columns } = train.schema;
  const rows = Math.min(train.rowCount, unseen.rowCount, limit);
  if (rows < 10 || columns.length < 2) return null;
  const made = takeRows(judged, sampleRows(judged.rowCount, maxJudged, random));
  const sides = [train, unseen].map((table) => takeRows(table, sampleRows(table.rowCount, rows, random)));
  const { tables } = gowerSpace([train, made, ...sides]);
  const [, near, ...targets] = tables as [Points, Points, ...Points[]];
  const byColumn = columns.map((_, c) => Float64Array.from({ length: near.rowCount }, (_, row) => cell(near, row, c)));
  const numbers = () => new Float64Array(near.rowCount);
  const scratch = { apart: byColumn.map(numbers), first: numbers(), second: numbers() };
  const halves = Array.from({ length: rows }, () => {
    const shuffled = random.shuffle([...columns.keys()]);
    return shuffled.slice(0, Math.floor(columns.length / 2));
  });
  const [onTraining, onUnseen] = targets.map((points, side) => {
    const isRight = columns.map((column, c) => matcher(column, [sides[side]!, made], [points, near], c));
    return halves.map((half, row) => {
      const { linked, nearest } = look(byColumn, points, row, half, scratch);
      return [linked, ...nearest.map((at, c) => isRight[c]!(row, at))];
    });
  }) as [boolean[][], boolean[][]];
  const risk = (what: number, of: (row: number) => boolean): Risk => {
    const successes = (side: boolean[][]) => side.filter((each, row) => of(row) && each[what]).length;
    return riskOf(successes(onTraining), successes(onUnseen), halves.filter((_, row) => of(row)).length);
  };
  const every = (of: (row: number) => boolean) => columns.map((_, c) => risk(c + 1, of));
  const worths = every((row) => row % 2 === 0).map(({ attack, control }) => {
    return (attack.value - control.value) / Math.hypot(attack.high - attack.low, control.high - control.low);
  });
  return {
    linkability: risk(0, () => true),
    secrets: every(() => true),
    counted: every((row) => row % 2 === 1),
    worst: worths.indexOf(Math.max(...worths)),
  };
}

const cell = ({ width, values }: Points, row: number, c: number): number => values[row * width + c]!;

/**
 * The judged rows (by column) beside one target: is one of them nearest to it both by the columns of `half` and by all others,
 * and which is nearest by all columns but one, for each?
 */
function look(
  byColumn: readonly Float64Array[],
  target: Points,
  row: number,
  half: readonly number[],
  scratch: Scratch,
) {
  const { apart, first, second } = scratch;
  const count = first.length;
  first.fill(0);
  second.fill(0);
  for (const [c, cells] of byColumn.entries()) {
    const x = cell(target, row, c);
    const own = apart[c]!;
    const sums = half.includes(c) ? first : second;
    for (let i = 0; i < count; i++) {
      const distance = Math.abs(x - cells[i]!);
      own[i] = Math.min(distance, 1);
      sums[i]! += own[i]!;
    }
  }
  const [least, leastOther] = [first, second].map((sums) => sums.reduce((a, b) => Math.min(a, b)));
  const linked = first.some((distance, i) => distance === least && second[i] === leastOther);
  for (let i = 0; i < count; i++) first[i]! += second[i]!;
  const nearest = apart.map((own) => {
    let [at, best] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < count; i++) {
      const distance = first[i]! - own[i]!;
      // Of rows as near but for rounding, the first.
      if (distance < best - 1e-9) {
        at = i;
        best = distance;
      }
    }
    return at;
  });
  return { linked, nearest };
}

/** Memory for one target after another: distances to all judged rows by column, and their sums over either half. */
interface Scratch {
  readonly apart: readonly Float64Array[];
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Is the value of the second table's row the first's? Missing cells are values. */
function matcher(
  column: Column,
  [of, from]: readonly [Table, Table],
  [points, near]: readonly [Points, Points],
  c: number,
): (row: number, at: number) => boolean {
  if (isCoded(column) || !isNumeric(column)) return (row, at) => cell(points, row, c) === cell(near, at, c);
  const [secrets, guesses] = [of.columns[c]!, from.columns[c]!] as [Float64Array, Float64Array];
  return (row, at) => {
    const [secret, guess] = [secrets[row]!, guesses[at]!];
    if (Number.isNaN(secret) || Number.isNaN(guess)) return Number.isNaN(secret) && Number.isNaN(guess);
    if (column.kind === 'datetime') return Math.abs(cell(points, row, c) - cell(near, at, c)) <= tolerance;
    return Math.abs(guess - secret) <= tolerance * Math.abs(guess);
  };
}
