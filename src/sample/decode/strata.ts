/**
 * Uniform numbers for the rows of a block that spread more evenly than chance: for every decision (which token stands at one place of a
 * column's cell) the rows draw from different parts of [0, 1), in random order. Each row alone is drawn as ever; together they have the
 * model's shares with less noise (Latin hypercube sampling: McKay, Beckman, Conover 1979; its variance is at most n / (n - 1) of that of
 * n independent draws: Owen 1997).
 */
import type { Random } from '../../numeric/random.ts';

/** The number in [0, 1) with which a row decides what stands at a place of a column's cell; undefined beyond the first few places. */
export type Strata = (row: number, column: number, place: number) => number | undefined;

/** Later tokens of a cell (of a text, say) depend on too much to be spread evenly. */
const mostPlaces = 8;

/** Groups of 8, of 64 and of 512 rows, counted from the first one, are spread evenly, for a block may be short. */
const fan = 8;

/**
 * @param rows the most that there can be, whatever there are: a row's numbers do not depend on how many follow.
 * @param randomOf another one for each decision.
 */
export function createStrata(rows: number, randomOf: (column: number, place: number) => Random): Strata {
  const parts = Int32Array.from({ length: rows }, (_, part) => part);
  const decided = new Map<number, Float64Array>();
  return (row, column, place) => {
    if (place >= mostPlaces) return undefined;
    const decision = column * mostPlaces + place;
    let numbers = decided.get(decision);
    if (!numbers) {
      const random = randomOf(column, place);
      numbers = Float64Array.from(dealt(parts, random), (part) => (part + random.uniform()) / rows);
      decided.set(decision, numbers);
    }
    return numbers[row]!;
  };
}

/** Deals ascending parts to `fan` hands, of each run of `fan` one to every hand, and those of a hand on in the same way. */
function dealt(parts: Int32Array, random: Random): number[] {
  if (parts.length <= fan) return [...random.shuffle(parts.slice())];
  const hands = Array.from({ length: fan }, (): number[] => []);
  for (let from = 0; from < parts.length; from += fan) {
    for (const [h, part] of random.shuffle(parts.slice(from, from + fan)).entries()) hands[h]!.push(part);
  }
  return hands.flatMap((hand) => dealt(Int32Array.from(hand), random));
}
