/** What a fit says of itself while it runs, and the curve that remains of it. */
import { z } from 'zod';

/** One line of the training curve, written at the end of every epoch. Losses are mean nats per target token. */
export const curvePoint = z.strictObject({
  epoch: z.int(),
  step: z.int(),
  trainLoss: z.number(),
  /** Null where no rows were held out. */
  validationLoss: z.number().nullable(),
  learningRate: z.number(),
  /** Since the run began; the time between an interruption and its end does not count. */
  seconds: z.number(),
});
export type CurvePoint = Readonly<z.infer<typeof curvePoint>>;

/**
 * Why a fit ended: the held-out loss had all but stopped falling, the longest run its options allow was over, or its time.
 * After the last two more would help.
 */
export const end = z.enum(['slowed', 'length', 'time']);
export type End = z.infer<typeof end>;

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  /** Of the longest run there may be; fewer once the end is in sight. */
  readonly maxSteps: number;
  /** To the last of `maxSteps`, at the speed so far. */
  readonly secondsLeft: number;
  /** Null in the private steps of a fit: it would tell of the rows. */
  readonly loss: number | null;
  readonly tokensPerSecond: number | null;
  /** Set once by a private fit: cells that the domain does not hold, taken as missing. It tells of the rows: for the caller's eyes only. */
  readonly outside?: number;
  /** Set at the end of an epoch. */
  readonly point?: CurvePoint;
  /** Set after a checkpoint: what it took, and, where none could be written, why. The run goes on. */
  readonly checkpoint?: { readonly seconds: number; readonly problem?: string };
}
