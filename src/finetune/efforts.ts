/** How far a fit goes: what a person chooses with one word. Times and figures of each: README. */

export interface Effort {
  /** The longest run: at most this many steps, and at most this many passes over the rows. */
  readonly steps: number;
  readonly epochs: number;
  /** The rate begins to fall when the held-out loss fell by less than this share of itself in the last third of the epochs. */
  readonly slow: number;
}

export const efforts = {
  quick: { steps: 1000, epochs: 32, slow: 0.01 },
  standard: { steps: 2600, epochs: 200, slow: 0.003 },
  best: { steps: 13_000, epochs: 400, slow: 0.001 },
} as const satisfies Record<string, Effort>;

export type EffortName = keyof typeof efforts;
export const effortNames = Object.keys(efforts) as [EffortName, ...EffortName[]];
