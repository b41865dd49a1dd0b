/** The type that a column's cells have in a file with types, where their kind alone does not tell it. */
import { z } from 'zod';

const unit = z.enum(['MILLIS', 'MICROS', 'NANOS']);

export const storedType = z.discriminatedUnion('as', [
  /** Numbers of JSON that are learned as something else: classes, days such as 20240131. */
  z.strictObject({ as: z.literal('number') }),
  z.strictObject({ as: z.literal('string') }),
  z.strictObject({ as: z.literal('uuid') }),
  z.strictObject({ as: z.literal('boolean') }),
  z.strictObject({
    as: z.literal('integer'),
    bits: z.union([z.literal(8), z.literal(16), z.literal(32), z.literal(64)]),
    signed: z.boolean(),
    physical: z.union([z.literal(32), z.literal(64)]),
  }),
  z.strictObject({ as: z.literal('float'), bits: z.union([z.literal(16), z.literal(32), z.literal(64)]) }),
  /** In so many bytes; 0 where each has its own number of them. */
  z.strictObject({
    as: z.literal('decimal'),
    scale: z.int().min(0).max(76),
    precision: z.int().min(1).max(76),
    bytes: z.int().min(0).max(32),
  }),
  z.strictObject({ as: z.literal('date') }),
  z.strictObject({ as: z.literal('time'), unit, utc: z.boolean() }),
  z.strictObject({ as: z.literal('timestamp'), unit, utc: z.boolean() }),
]);
export type StoredType = z.infer<typeof storedType>;
