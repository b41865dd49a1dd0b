/** A thread that samples blocks. It knows messages and the block sampler, nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Block, createBlockSampler, type SamplerModel } from './block.ts';

const sampler = createBlockSampler(workerData as SamplerModel);

parentPort!.on('message', async (block: Block) => {
  try {
    parentPort!.postMessage({ sentences: await sampler.sample(block) });
  } catch (error) {
    parentPort!.postMessage({ error });
  }
});
