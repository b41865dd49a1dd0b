/** How fast ONNX Runtime multiplies two matrices of 1024 x 1024 here: what a model's products could reach at best. */
import { Graph } from '../src/onnx/graph.ts';
import { createSession, floats } from '../src/onnx/session.ts';

const productFlops = 2 * 1024 ** 3;

export interface MatMulSpeed {
  readonly flopsPerSecond: number;
  /** By the processor's time, which other programs on the machine take none of. */
  readonly flopsPerProcessorSecond: number;
}

export interface MatMul {
  /** The fastest of so many products. */
  measure(times: number): Promise<MatMulSpeed>;
  release(): Promise<void>;
}

export async function createMatMul(threads: number): Promise<MatMul> {
  const shape = [1024, 1024];
  const g = new Graph();
  g.output('y', g.op('MatMul', [g.input('a', 'float32', shape), g.input('b', 'float32', shape)]));
  const session = await createSession(g.encode(), { threads });
  const [a, b, y] = [0.5, 0.1, 0].map((x) => floats(new Float32Array(1024 ** 2).fill(x), shape));
  const run = () => session.run({ a: a!, b: b! }, { y: y! });
  await run();
  return {
    async measure(times) {
      let [seconds, processor] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let i = 0; i < times; i++) {
        const [started, used] = [performance.now(), process.cpuUsage()];
        await run();
        const { user, system } = process.cpuUsage(used);
        seconds = Math.min(seconds, (performance.now() - started) / 1000);
        processor = Math.min(processor, (user + system) / 1e6);
      }
      return { flopsPerSecond: productFlops / seconds, flopsPerProcessorSecond: productFlops / processor };
    },
    release: () => session.release(),
  };
}
