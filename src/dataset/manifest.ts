/** dataset.json of a model folder: what of a data set's model is not in the models of its tables. */
import { z } from 'zod';
import { dialectSchema } from '../table/csv/dialect.ts';
import { tableSchema } from '../table/schema.ts';
import { datasetDescription } from './description.ts';
import { keyForm } from './keys.ts';
import { tablePlan } from './plan.ts';

export const datasetFileName = 'tabletalk-dataset.json';
export const datasetFormat = 1;

const linkedModel = z.strictObject({
  /** The name of the file that is written, without a folder; none for a table of entities. */
  file: z.string().optional(),
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
  /** Where the data set was, for `keep`. */
  source: z.string().optional(),
  seed: z.int().min(0),
  tables: z.record(z.string(), linkedModel),
});
export type DatasetFile = z.infer<typeof datasetFile>;
