/** Which devices graphs can run on here. It knows ONNX Runtime's providers and no graph but the smallest. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TabletalkError } from '../errors/errors.ts';
import { Graph } from './graph.ts';
import { createSession, type Device, DeviceFailure, devices, floats } from './session.ts';

/** What a caller may ask for: a device, or the fastest that is surely there. */
export const deviceChoices = ['auto', ...devices] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

/**
 * The device that was asked for; `auto` is CUDA where it can be had, else WebGPU where it pays, else the CPU. Throws an `option`
 * error that lists the devices at hand when one cannot be had.
 * @param isLarge whether a step has work enough for a GPU; only then is WebGPU tried.
 */
export async function chooseDevice(asked: DeviceChoice, isLarge: boolean): Promise<Device> {
  if (asked === 'auto') {
    if ((await failureOf('cuda')) === undefined) return 'cuda';
    return isLarge && (await webgpuPays()) ? 'webgpu' : 'cpu';
  }
  const failure = await failureOf(asked);
  if (failure === undefined) return asked;
  const others = devices.filter((device) => device !== asked);
  const failures = await Promise.all(others.map(failureOf));
  const available = others.filter((_, i) => failures[i] === undefined).join(', ');
  throw new TabletalkError('option', `device "${asked}" cannot be used here (${failure}); available: ${available}`);
}

/** So much faster than the CPU must the adapter be; one in software (SwiftShader, lavapipe) is many times slower. */
const leastGain = 2;

/**
 * Whether WebGPU's adapter multiplies matrices faster than the CPU (device-speed.ts). The runtime does not tell an adapter's
 * name. In a process of its own: a broken driver may end it.
 */
export async function webgpuPays(): Promise<boolean> {
  try {
    const script = fileURLToPath(new URL('./device-speed.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    const { webgpu, cpu } = JSON.parse(stdout) as Record<Device, number>;
    return webgpu * leastGain < cpu;
  } catch {
    return false;
  }
}

/** Why a device cannot be used, in one line; undefined when it can. */
async function failureOf(device: Device): Promise<string | undefined> {
  if (device === 'cpu') return undefined;
  const g = new Graph();
  g.output('y', g.op('Neg', [g.input('x', 'float32', [1])]));
  try {
    const session = await createSession(g.encode(), { device });
    const { y } = await session.run({ x: floats(Float32Array.of(1), [1]) });
    await session.release();
    return y!.data[0] === -1 ? undefined : 'it computes wrongly';
  } catch (error) {
    return reasonOf(error);
  }
}

/** In one line: the runtime's messages begin with a place in its source and end with the reason. */
export function reasonOf(error: unknown): string {
  if (error instanceof DeviceFailure) return reasonOf(error.cause);
  const [line] = (error instanceof Error ? error.message : String(error)).trim().split('\n') as [string];
  return line.replace(/^.*\bwas false\. /, '');
}
