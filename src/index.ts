/** tabletalk's public verbs. */
export { TabletalkError } from './errors.ts';
export { evaluate } from './evaluate/evaluate.ts';
export type { EvaluateOptions, EvaluateProgress } from './evaluate/evaluate-options.ts';
export { type Report, reportSchema } from './evaluate/report.ts';
export type { CurvePoint, Progress } from './finetune/progress.ts';
export { type FitOptions, fit } from './fit.ts';
export { loadModel, type Model } from './model.ts';
export type { SampleOptions } from './sample/options.ts';
export { type ReadOptions, readTable } from './table/read.ts';
export { tableFromRows, tableRows } from './table/rows.ts';
export { type Column, type Schema, tableSchema } from './table/schema.ts';
export type { SchemaOverrides } from './table/schema-overrides.ts';
export { concatTables, takeRows } from './table/select.ts';
export type { Cell, Table } from './table/table.ts';
export { createTableWriter, type TableWriter, type WriteOptions, writeTable } from './table/write.ts';
export { createValidator, type RowIssue, type Validator } from './validate/validate.ts';
