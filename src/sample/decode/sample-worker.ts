/** A thread that decodes blocks of rows. */
import { serve } from '../../threads/thread.ts';
import { type Block, createBlockSampler, type Sampled, type SamplerModel } from './block.ts';

serve<SamplerModel, Block, Sampled>(createBlockSampler);
