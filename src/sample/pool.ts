/** Block samplers in threads of their own. It knows how to hand out blocks, not what is in them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { type Block, type BlockSampler, createBlockSampler, type SamplerModel } from './block.ts';

export interface Pool extends BlockSampler {
  /** Blocks that are worth having under way at once. */
  readonly size: number;
}

/** One worker is this thread itself; more are threads that share the weights' memory. */
export function createPool(model: SamplerModel, workers: number): Pool {
  if (workers === 1) return { size: 1, ...createBlockSampler(model) };
  const shared = { ...model, weights: new Map([...model.weights].map(([name, data]) => [name, inSharedMemory(data)])) };
  const idle = Array.from(
    { length: workers },
    () => new Worker(new URL('./worker.js', import.meta.url), { workerData: shared }),
  );
  const all = [...idle];
  const limit = pLimit(workers);
  return {
    size: workers,
    sample: (block) =>
      limit(async () => {
        const worker = idle.pop()!;
        try {
          return await ask(worker, block);
        } finally {
          idle.push(worker);
        }
      }),
    async release() {
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}

async function ask(worker: Worker, block: Block): Promise<string[]> {
  worker.postMessage(block);
  const [answer] = (await once(worker, 'message')) as [{ sentences: string[] } | { error: Error }];
  if ('error' in answer) throw answer.error;
  return answer.sentences;
}

function inSharedMemory(data: Float32Array): Float32Array {
  const shared = new Float32Array(new SharedArrayBuffer(data.byteLength));
  shared.set(data);
  return shared;
}
