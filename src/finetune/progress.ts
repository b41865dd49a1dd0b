/** What a fit says of itself while it runs, and the curve that remains of it. It knows no rows and no weights. */

/** One line of the training curve, written at the end of every epoch. Losses are mean nats per target token. */
export interface CurvePoint {
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: number;
  /** Null where no rows were held out. */
  readonly validationLoss: number | null;
  readonly learningRate: number;
  readonly seconds: number;
}

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly maxSteps: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
  /** Set at the end of an epoch. */
  readonly point?: CurvePoint;
}
