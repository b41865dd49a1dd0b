/** tabletalk's public verbs. */
export { TabletalkError } from './errors.ts';
export { evaluate } from './evaluate/evaluate.ts';
export type { EvaluateOptions } from './evaluate/evaluate-options.ts';
export type { Report } from './evaluate/report.ts';
export type { CurvePoint, Progress } from './finetune/finetune.ts';
export { type FitOptions, fit } from './fit.ts';
export { loadModel, type Model } from './model.ts';
export type { Likelihoods } from './sample/likelihood.ts';
export type { LogitsProcessor, ProcessorOptions } from './sample/logits-processor.ts';
export type { ImputeOptions, LikelihoodOptions, SampleOptions, SampleProgress } from './sample/options.ts';
export type { Condition, Where } from './sample/where.ts';
export { type ReadOptions, readTable, type WriteOptions, writeTable } from './table/read.ts';
export { tableFromRows, tableRows } from './table/rows.ts';
export { type Column, type Schema, tableSchema } from './table/schema.ts';
export { concatTables, takeRows } from './table/select.ts';
export type { Cell, Table } from './table/table.ts';
export { createValidator, type RowIssue, type Validator } from './validate/validate.ts';
