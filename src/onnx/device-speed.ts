/** A script: prints the milliseconds that a chain of matrix products takes on WebGPU and on the CPU, as JSON. */
import { performance } from 'node:perf_hooks';
import { Graph } from './graph.ts';
import { createSession, type Device, floats } from './session.ts';

/** As in a step of 1,024 tokens and width 256. */
const [rows, width, products] = [1024, 256, 2];
/** A GPU takes a thousandth. */
const hopeless = 1000;

async function millisecondsOn(device: Device): Promise<number> {
  const g = new Graph();
  const weights = g.input('weights', 'float32', [width, width]);
  let x = g.input('x', 'float32', [rows, width]);
  for (let i = 0; i < products; i++) x = g.op('Gemm', [x, weights]);
  // One number comes back, so that no transfer is measured.
  g.output('y', g.op('ReduceMax', [x], { keepdims: 0 }));
  const session = await createSession(g.encode(), { device });
  const feeds = {
    x: floats(new Float32Array(rows * width).fill(0.01), [rows, width]),
    weights: floats(new Float32Array(width * width).fill(0.01), [width, width]),
  };
  const times: number[] = [];
  // The first run compiles.
  for (let run = 0; run < 4; run++) {
    const began = performance.now();
    await session.run(feeds);
    times.push(performance.now() - began);
    if (times.at(-1)! > hopeless) return times.at(-1)!;
  }
  await session.release();
  return Math.min(...times.slice(1));
}

const [cpu, webgpu] = [await millisecondsOn('cpu'), await millisecondsOn('webgpu')];
process.stdout.write(JSON.stringify({ cpu, webgpu }));
