import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../models/config.ts';
import { tinyConfigs } from '../models/tiny.ts';

/** SwiftShader, a Vulkan device in software, and the loader for it, as Debian's chromium package brings them. */
const chromium = '/usr/lib/chromium';
const driver = `${chromium}/vk_swiftshader_icd.json`;
const whyNot = existsSync(driver) ? undefined : `(skipped: no ${driver}; install Debian's chromium)`;

describe.skipIf(whyNot)(`training on WebGPU ${whyNot ?? ''}`, () => {
  describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
    // Losses cannot tell: a node without a WebGPU kernel runs on the CPU, with a copy before and after it.
    it.each(['step', 'parts', 'vocabulary', 'lora', 'loss', 'clipped', 'noisy'])(
      'no node of the %s graph is left to the CPU',
      (graph) => {
        expect(Object.keys(placements('webgpu', graph, config))).toEqual(['WebGpuExecutionProvider']);
      },
    );
  });

  it('a graph that is not lowered would leave its products to the CPU', () => {
    expect(placements('cpu', 'step', tinyConfigs.llama!).CPUExecutionProvider).toContain('FusedMatMul');
  });

  it('a device in software is not what auto takes', () => {
    const script = new URL('../../dist/src/onnx/devices.js', import.meta.url).href;
    const code = `import { chooseDevice } from '${script}'; console.log(JSON.stringify(await chooseDevice('auto', true)))`;
    expect(runNode(['--input-type=module', '--eval', code])).not.toBe('webgpu');
  });

  it('whose speed is measured beside the CPU', () => {
    const { cpu, webgpu } = run<Record<string, number>>('../../dist/src/onnx/device-speed.js');
    expect(cpu).toBeGreaterThan(0);
    expect(webgpu).toBeGreaterThan(cpu!);
  });

  // Each launch costs a GPU some 20 us. Before weights lay in blocks there were 579 in `small` and 1,445 in `large`, which has three layers.
  it('a step has few launches, and a layer few more', () => {
    const [two, three] = [2, 3].map((layers) => run<Launches>('launches.mjs', 'webgpu', String(layers)));
    expect(two!.launches).toBeGreaterThan(100);
    expect(two!.launches).toBeLessThanOrEqual(343);
    expect(three!.launches - two!.launches).toBeLessThanOrEqual(72);
    // 16 tokens of three numbers each, and five scalars; a loss and a norm.
    expect([two!.bytesIn, two!.bytesOut]).toEqual([16 * 12 + 5 * 4, 2 * 4]);
    expect(two!.products['1 x 32 x 16 x 96']).toBeGreaterThan(0);
  });

  // A software device takes some ten seconds for each: the two architectures, and each way of stepping once.
  it.each([
    ['llama', 'plain'],
    ['gpt2', 'plain'],
    ['llama', 'parts'],
    ['gpt2', 'lora'],
    ['llama', 'resumed'],
    ['gpt2', 'private'],
  ])('%s: 20 steps, %s, have the losses, moments and averages of the CPU', (name, what) => {
    const config = tinyConfigs[name]!;
    const [cpu, gpu] = [stepsOn('cpu', what, config), stepsOn('webgpu', what, config)];
    expect(cpu.losses).toHaveLength(20);
    if (what !== 'lora') expect(cpu.losses[19]).toBeLessThan(0.9 * cpu.losses[0]!);
    const figures = ({ losses, judged, sums }: Steps) => [...losses, ...judged, ...sums];
    for (const [i, x] of figures(gpu).entries()) {
      expect(Math.abs(x / figures(cpu)[i]! - 1), `figure ${i}`).toBeLessThan(1e-3);
    }
    if (what !== 'plain') return;
    // The state stays on the device: batches and scalars go in, a loss and a norm come out.
    const batch = 3 * 4 * 10 * 4 + 5 * 4;
    expect(gpu.traffic).toHaveLength(20);
    expect(gpu.traffic[0]![0]).toBe(gpu.stateBytes + batch);
    expect(gpu.traffic.slice(1)).toEqual(Array(19).fill([batch, 2 * 4]));
    // Held-out rows are judged there, by the weights and by their average: a batch in, a loss and a weight out.
    expect(gpu.judgedTraffic).toEqual(Array(2).fill([3 * 4 * 10 * 4, 2 * 4]));
  });
});

interface Launches {
  readonly launches: number;
  readonly products: Record<string, number>;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

interface Steps {
  readonly losses: number[];
  readonly judged: number[];
  readonly sums: number[];
  readonly traffic: [number, number][];
  readonly judgedTraffic: [number, number][];
  readonly stateBytes: number;
}

const stepsOn = (device: string, what: string, config: ModelConfig): Steps =>
  run('steps-on-device.mjs', device, what, JSON.stringify(config));

/** The operators that each provider was given, where not all went to one. */
const placements = (lowered: string, graph: string, config: ModelConfig): Record<string, string[]> =>
  run('placement.mjs', 'webgpu', lowered, graph, JSON.stringify(config));

function run<Result>(name: string, ...args: string[]): Result {
  return runNode([fileURLToPath(new URL(name, import.meta.url)), ...args]);
}

function runNode<Result>(args: readonly string[]): Result {
  const env = { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: chromium };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
