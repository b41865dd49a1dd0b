/** Weights in memory that threads share, so that each does not get a copy. */
import type { Weights } from '../../../models/config.ts';

export function inSharedMemory(weights: Weights): Weights {
  return new Map([...weights].map(([name, data]) => [name, shared(data)]));
}

function shared(data: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
