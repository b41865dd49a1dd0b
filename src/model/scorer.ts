/** A model's scorer: rows ranked by what the model says of them, beside real rows where there are some. It joins sampler and scorer. */
import type { z } from 'zod';
import type { SamplerModel } from '../sample/decode/block.ts';
import { likelihoods } from '../sample/score/log-likelihood.ts';
import { columnsOf } from '../table/cast.ts';
import type { Table } from '../table/table.ts';
import { createScorer, type Scorer } from '../validate/score.ts';
import type { scoreOptions } from '../validate/score-options.ts';
import type { ModelFile } from './manifest.ts';

/** @param learnedPart leaves out the columns that the model never saw. */
export function modelScorer(
  model: SamplerModel,
  { options, likelihood }: Pick<ModelFile, 'options' | 'likelihood'>,
  { real, weights, seed, threads }: z.output<typeof scoreOptions>,
  learnedPart: (table: Table) => Table,
): Scorer {
  const orders = likelihood?.orders ?? 1;
  return createScorer({
    schema: model.schema,
    train: real && learnedPart(real),
    target: options.target,
    async logProb(table) {
      const asked = { orders, first: likelihood?.order, seed, threads, cells: false };
      return (await likelihoods(model, columnsOf(table, model.schema), asked)).rows;
    },
    realLogProbs: likelihood?.logProbs,
    combinations: model.grammar.combinations,
    weights,
    seed,
  });
}
