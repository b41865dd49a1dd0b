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
    it.each(['step', 'loss', 'clipped', 'noisy'])('no node of the %s graph is left to the CPU', (graph) => {
      expect(Object.keys(placements('webgpu', graph, config))).toEqual(['WebGpuExecutionProvider']);
    });
  });

  it('a graph that is not lowered would leave its products to the CPU', () => {
    expect(placements('cpu', 'step', tinyConfigs.llama!).CPUExecutionProvider).toContain('FusedMatMul');
  });

  it.each(Object.entries(tinyConfigs))('%s: 20 steps and 5 private ones have the losses of the CPU', (_, config) => {
    const [cpu, gpu] = [lossesOn('cpu', config), lossesOn('webgpu', config)];
    expect(cpu).toHaveLength(25);
    expect(cpu[19]).toBeLessThan(0.9 * cpu[0]!);
    for (const [step, loss] of gpu.entries()) expect(Math.abs(loss - cpu[step]!), `step ${step}`).toBeLessThan(1e-3);
  });
});

const lossesOn = (device: string, config: ModelConfig): number[] =>
  run('steps-on-device.mjs', device, JSON.stringify(config));

/** The operators that each provider was given, where not all went to one. */
const placements = (lowered: string, graph: string, config: ModelConfig): Record<string, string[]> =>
  run('placement.mjs', 'webgpu', lowered, graph, JSON.stringify(config));

function run<Result>(name: string, ...args: string[]): Result {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const env = { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: chromium };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
