/** Every command, in the order of `--help` and of docs/command-line.md. */
import type { Command } from 'commander';
import { augmentCommand } from './augment.ts';
import { evaluateCommand } from './evaluate.ts';
import { fitCommand } from './fit.ts';
import { imputeCommand } from './impute.ts';
import { inspectCommand } from './inspect.ts';
import { mergeCommand } from './merge.ts';
import { sampleCommand } from './sample.ts';
import { schemaCommand } from './schema.ts';
import { scoreCommand } from './score.ts';

export const commands: readonly Command[] = [
  fitCommand,
  sampleCommand,
  mergeCommand,
  imputeCommand,
  scoreCommand,
  augmentCommand,
  evaluateCommand,
  schemaCommand,
  inspectCommand,
];
