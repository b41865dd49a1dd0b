/** A thread that samples blocks. It knows messages and the block sampler, nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { TabletalkError } from '../../errors/errors.ts';
import { type Block, createBlockSampler, type SamplerModel } from '../decode/block.ts';

const sampler = createBlockSampler(workerData as SamplerModel);

parentPort!.on('message', async (block: Block) => {
  try {
    parentPort!.postMessage({ sampled: await sampler.sample(block) });
  } catch (error) {
    // An error's class does not survive the way between threads, so what matters of it goes as plain data.
    const code = error instanceof TabletalkError ? error.code : undefined;
    parentPort!.postMessage({ failure: { code, message: error instanceof Error ? error.message : String(error) } });
  }
});
