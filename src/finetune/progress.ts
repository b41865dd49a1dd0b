/** What a fit says of itself while it runs, and the curve that remains of it. It knows no rows and no weights. */
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

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly maxSteps: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** Set at the end of an epoch. */
  readonly point?: CurvePoint;
  /** Set after a checkpoint: what it took, and, where none could be written, why. The run goes on. */
  readonly checkpoint?: { readonly seconds: number; readonly problem?: string };
}
