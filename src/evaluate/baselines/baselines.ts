/** The baselines by the names reports use. It knows each of them, nothing of how they are judged. */
import type { Baseline } from './baseline.ts';
import { gaussianCopula } from './gaussian-copula.ts';
import { independentColumns } from './independent.ts';
import { noise } from './noise.ts';
import { smoteNc } from './smote-nc.ts';

export const baselines = {
  'independent columns': independentColumns,
  'Gaussian copula': gaussianCopula,
  'SMOTE-NC': smoteNc,
  noise,
} satisfies Record<string, Baseline>;

export type BaselineName = keyof typeof baselines;
