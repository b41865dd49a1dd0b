/** Block samplers in threads of their own. It knows how to hand out blocks, not what is in them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { type ErrorCode, TabletalkError } from '../../errors/errors.ts';
import { type Block, type BlockSampler, createBlockSampler, type Sampled, type SamplerModel } from '../decode/block.ts';
import { inSharedMemory } from './shared-weights.ts';

export interface Pool extends BlockSampler {
  /** Blocks that are worth having under way at once. */
  readonly size: number;
}

/**
 * One worker is this thread itself; more are threads that share the weights' memory. Each has one block at a time: a
 * decoder's caches hold the rows of one.
 */
export function createPool(model: SamplerModel, workers: number): Pool {
  const samplers = workers === 1 ? [createBlockSampler(model)] : createThreads(model, workers);
  const idle = [...samplers];
  const limit = pLimit(workers);
  const underWay = new Set<Promise<Sampled>>();
  return {
    size: workers,
    sample: (block) =>
      limit(async () => {
        const sampler = idle.pop()!;
        const sampled = sampler.sample(block);
        underWay.add(sampled);
        try {
          return await sampled;
        } finally {
          underWay.delete(sampled);
          idle.push(sampler);
        }
      }),
    async release() {
      limit.clearQueue();
      // Stopping a thread inside ONNX Runtime would abort the process.
      await Promise.allSettled(underWay);
      await Promise.all(samplers.map((sampler) => sampler.release()));
    },
  };
}

function createThreads(model: SamplerModel, count: number): BlockSampler[] {
  const shared = { ...model, weights: inSharedMemory(model.weights) };
  return Array.from({ length: count }, () => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: shared });
    return {
      sample: (block) => ask(worker, block),
      async release() {
        await worker.terminate();
      },
    };
  });
}

/** What worker.ts answers. */
type Answer = { sampled: Sampled } | { failure: { code?: ErrorCode; message: string } };

async function ask(worker: Worker, block: Block): Promise<Sampled> {
  const ended = (code: number) => new TabletalkError('failed', `a sampling thread ended with code ${code}`);
  // A thread that is gone says nothing more, not even that it is gone.
  if (worker.threadId < 0) throw ended(-1);
  const settled = new AbortController();
  const hear = (event: string) => once(worker, event, { signal: settled.signal });
  worker.postMessage(block);
  const [answer, exit] = [hear('message'), hear('exit')];
  for (const heard of [answer, exit]) heard.catch(() => {});
  try {
    const said = await Promise.race([answer, exit.then(([code]) => Promise.reject(ended(code)))]);
    return sampledOf(said[0]);
  } finally {
    settled.abort();
  }
}

function sampledOf(answer: Answer): Sampled {
  if ('sampled' in answer) return answer.sampled;
  const { code, message } = answer.failure;
  throw code === undefined ? new Error(message) : new TabletalkError(code, message);
}
