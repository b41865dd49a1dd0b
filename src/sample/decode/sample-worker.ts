/** A thread that decodes blocks of rows. */
import { serve } from '../../threads/thread.ts';
import { type Block, createBlockSampler, receivedModel, type Sampled, type SentModel } from './block.ts';

serve<SentModel, Block, Sampled>((sent) => createBlockSampler(receivedModel(sent)));
