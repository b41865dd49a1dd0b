/** Which devices graphs can run on here. It knows ONNX Runtime's providers and no graph but the smallest. */
import { TabletalkError } from '../errors/errors.ts';
import { Graph } from './graph.ts';
import { createSession, type Device, devices, floats } from './session.ts';

/** What a caller may ask for: a device, or the fastest that is surely there. */
export const deviceChoices = ['auto', ...devices] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

/** Devices that `auto` tries, best first. WebGPU is not among them: it may be a program that only pretends to be a GPU. */
const preferred: readonly Device[] = ['cuda', 'cpu'];

/** The device that was asked for. Throws an `option` error that lists the devices at hand when it cannot be had. */
export async function chooseDevice(asked: DeviceChoice): Promise<Device> {
  if (asked === 'auto') {
    for (const device of preferred) if ((await failureOf(device)) === undefined) return device;
    return 'cpu';
  }
  const failure = await failureOf(asked);
  if (failure === undefined) return asked;
  const others = devices.filter((device) => device !== asked);
  const failures = await Promise.all(others.map(failureOf));
  const available = others.filter((_, i) => failures[i] === undefined).join(', ');
  throw new TabletalkError('option', `device "${asked}" cannot be used here (${failure}); available: ${available}`);
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
    // The runtime's messages begin with a place in its source and end with the reason.
    const [line] = (error as Error).message.trim().split('\n') as [string];
    return line.replace(/^.*\bwas false\. /, '');
  }
}
