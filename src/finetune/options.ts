/** What a fit may be told, and what holds when it is not told. */
import { z } from 'zod';
import { modelConfig } from '../../models/config.ts';
import { presetNames } from '../../models/presets.ts';
import { deviceChoices } from '../onnx/devices.ts';
import type { Device } from '../onnx/session.ts';
import { mostThreads } from '../threads/pool.ts';
import { effortNames } from './efforts.ts';

/** Rows of a batch: their order and their cells are held at once. */
const mostRows = 65_536;

const optimizers = ['muon', 'adamw'] as const;

/** Every hyperparameter of a fit, each with its default and its reason. Figures: training/LOG.md. */
export const finetuneOptions = z.strictObject({
  /** The label: trained last in most orders, with more weight, and sampled last. */
  target: z.string().optional(),
  /**
   * The share of the rows that are read in the canonical order of their columns (the schema's, the label last), the others in random
   * orders that begin as rows under conditions do; by default 0.5. New rows are written in that order but for their conditions.
   */
  canonicalShare: z.number().min(0).max(1).optional(),
  /** How far to go where held-out rows do not end the fit sooner, and how soon they do (efforts.ts). */
  effort: z.enum(effortNames).default('standard'),
  /** Most passes over the training rows; by default the effort's. */
  epochs: z.int().positive().max(1_000_000).optional(),
  /** The schedule is shortened to end before this much time has passed. */
  maxMinutes: z.number().positive().max(1_000_000).optional(),
  /** Rows a step; by default 64, on a GPU 512, or fewer for a small table so that an epoch has about 30 steps. */
  batchSize: z.int().positive().max(mostRows).optional(),
  /** Rows of a batch in memory at once; by default what some 4,000 tokens hold, on a GPU what 4 GB hold. The gradients of the parts are added. */
  microBatchSize: z.int().positive().max(mostRows).optional(),
  /** At its highest, after warm-up; by default what suits the preset and, beyond 64 rows a step, their number. */
  learningRate: z.number().positive().optional(),
  /** Share of the longest run's steps over which the learning rate rises, at most 150 steps. */
  warmup: z.number().min(0).max(1).default(0.05),
  /** The rate at the end of its fall, as a share of the highest. */
  finalRate: z.number().min(0).max(1).default(0.05),
  /**
   * Muon for the matrices inside the layers, AdamW for all else, or AdamW for all; by default Muon for a new model, AdamW for a base,
   * adapters and private fits.
   */
  optimizer: z.enum(optimizers).optional(),
  /** Decoupled weight decay; none on norms and biases. */
  weightDecay: z.number().min(0).default(0.1),
  beta1: z.number().min(0).max(1).default(0.9),
  beta2: z.number().min(0).max(1).default(0.99),
  /** Gradients are scaled so that their global norm is at most this; in a private fit, each row's alone. */
  gradClip: z.number().positive().default(1),
  /** The weights that are kept are a running average with this decay a step, at first a faster one (flat-parameters.ts). */
  averageDecay: z.number().min(0).max(1).default(0.999),
  /** Epochs without a better held-out loss after which the rate falls, and, once it does, after which the fit ends. */
  patience: z.int().positive().max(1_000_000).default(5),
  /** Share of the rows held out to judge when to stop. */
  validationFraction: z.number().min(0).max(0.5).default(0.1),
  /** Size of a new model; by default `tiny` below 5,000 rows, else `small`. */
  preset: z.enum(presetNames).optional(),
  /** Of a new model; a base has its own. */
  architecture: modelConfig.shape.architecture.default('llama'),
  /** Train adapters of this rank beside the weights of a base, which stay as they are (LoRA). */
  loraRank: z.int().positive().max(4096).optional(),
  /** Numerator of the adapters' scale; by default twice the rank. */
  loraAlpha: z.number().positive().optional(),
  /** Layers that get an adapter, by the ends of their names, such as "q_proj"; by default all. */
  loraTargets: z.array(z.string().min(1)).optional(),
  /** What to train on; auto is CUDA where it works, WebGPU where a large model gains by it (onnx/devices.ts), else the CPU. A model says which it was. */
  device: z.enum(deviceChoices).default('auto'),
  /** Threads to train with; 0 means one per core. */
  threads: z.int().min(0).max(mostThreads).default(0),
  /**
   * Differential privacy: how much a row may change the odds of any model, as e^epsilon. Beyond 50 it is no promise.
   */
  epsilon: z.number().positive().max(50).optional(),
  /** With `epsilon`: the probability that the promise fails, below 1 / rows; by default 1e-6, or less for a large table. */
  delta: z.number().positive().max(0.1).optional(),
  /** The same table, options, seed and threads give the same weights; not the noise of a private fit, which nobody may know. */
  seed: z.int().min(0).default(0),
});
export type FinetuneOptions = z.infer<typeof finetuneOptions>;

/** With the device that was found. */
export type SettledOptions = FinetuneOptions & { readonly device: Device };
