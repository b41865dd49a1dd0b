/** tabletalk's public verbs. */
export { type Augmented, augment } from './augment/augment.ts';
export type { AugmentOptions, AugmentProgress } from './augment/options.ts';
export type { AugmentReport } from './augment/report.ts';
export type { Dataset } from './dataset/dataset.ts';
export { type DatasetReport, type EvaluateDatasetOptions, evaluateDataset } from './dataset/evaluate/evaluate.ts';
export { type DatasetFitOptions, fitDataset } from './dataset/fit.ts';
export { type DatasetModel, type DatasetSampleOptions, loadDatasetModel } from './dataset/model.ts';
export { type ReadDatasetOptions, readDataset } from './dataset/read-dataset.ts';
export { TabletalkError } from './errors/errors.ts';
export { evaluate } from './evaluate/evaluate.ts';
export type { EvaluateOptions, EvaluateProgress } from './evaluate/evaluate-options.ts';
export { type Report, reportSchema } from './evaluate/report/report.ts';
export type { CurvePoint, Progress } from './finetune/progress.ts';
export { type FitOptions, fit } from './model/fit.ts';
export { loadModel, type Model } from './model/model.ts';
export { createRandom, type Random } from './numeric/random.ts';
export type { Shard } from './numeric/shard.ts';
export { type Merged, mergeParts } from './parts/merge.ts';
export type { Condition, Where } from './sample/conditions/where.ts';
export type { LogitsProcessor, ProcessorOptions } from './sample/decode/logits-processor.ts';
export type { ImputeOptions, LikelihoodOptions, Notice, SampleOptions, SampleProgress } from './sample/options.ts';
export type { Likelihoods } from './sample/score/log-likelihood.ts';
export { type RareValues, rareValues } from './table/identifiers/rare-values.ts';
export type { SchemaOverrides } from './table/infer/schema-overrides.ts';
export { type ReadOptions, readTable } from './table/read.ts';
export { tableFromRows, tableRows } from './table/rows.ts';
export { type Column, type Schema, tableSchema } from './table/schema.ts';
export { concatTables, takeRows } from './table/select.ts';
export type { Cell, Table } from './table/table.ts';
export { createTableWriter, type TableWriter, type WriteOptions, writeTable } from './table/write.ts';
export { type FilterRule, filterRows } from './validate/filter.ts';
export type { Rejection } from './validate/rejections.ts';
export type { RowIssue } from './validate/row-issue.ts';
export { createScorer, type Scorer, type ScorerOptions, type Scores } from './validate/score.ts';
export type { Attribute, ScoreOptions, ScoreWeights } from './validate/score-options.ts';
export {
  createValidator,
  type Validated,
  type Validator,
  type ValidatorOptions,
} from './validate/validate.ts';
