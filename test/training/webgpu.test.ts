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
  it.each(Object.entries(tinyConfigs))('%s: 20 steps have the losses of the CPU', (_, config) => {
    const [cpu, gpu] = [lossesOn('cpu', config), lossesOn('webgpu', config)];
    expect(cpu).toHaveLength(20);
    expect(cpu[19]).toBeLessThan(0.9 * cpu[0]!);
    for (const [step, loss] of gpu.entries()) expect(Math.abs(loss - cpu[step]!), `step ${step}`).toBeLessThan(1e-3);
  });
});

function lossesOn(device: string, config: ModelConfig): number[] {
  const script = fileURLToPath(new URL('steps-on-device.mjs', import.meta.url));
  const env = { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: chromium };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, device, JSON.stringify(config)], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
