/** dataset.json of a model folder: what of a data set's model is not in the models of its tables. */
import { z } from 'zod';
import { dialectSchema } from '../table/csv/dialect.ts';
import { tableSchema } from '../table/schema.ts';
import { datasetDescription } from './description.ts';
import { keyForm } from './keys.ts';
import { tablePlan } from './plan.ts';

export const datasetFileName = 'tabletalk-dataset.json';
export const datasetFormat = 1;

/** A name in a folder that may come from anybody: nothing outside it is read or written. */
const fileName = z
  .string()
  .regex(/^(?!\.{1,2}$)[^/\\\0]{1,255}$/, { error: 'must be the name of a file, without a folder' });

const linkedModel = z.strictObject({
  /** What is written; none for a table of entities. */
  file: fileName.optional(),
  /** All columns as they are written; keys and references are text unless they are numbers. */
  schema: tableSchema,
  dialect: dialectSchema.optional(),
  key: keyForm.optional(),
  /** Rows learned from. */
  rows: z.int().min(0),
  /** None for a lookup table, whose rows are in the folder. */
  plan: tablePlan.optional(),
  /** Columns that are those of the entity, in a table of its own. */
  entityColumns: z.strictObject({ from: z.string(), columns: z.array(z.string()) }).optional(),
  /** Whether there is a model: a table of keys alone has none. */
  learned: z.boolean(),
});
export type LinkedModel = z.infer<typeof linkedModel>;

export const datasetFile = z.strictObject({
  format: z.literal(datasetFormat),
  writtenBy: z.string(),
  description: datasetDescription,
  /** Where the data set was, seen from the folder of the model, for `keep`. */
  source: z.string().optional(),
  seed: z.int().min(0),
  tables: z.record(fileName, linkedModel),
});
export type DatasetFile = z.infer<typeof datasetFile>;
