/** ONNX Runtime's own builds send events and write an identifier of the device into the home folder, unless they are told not to. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { peopleCsv, place, program } from './run.ts';

const { folder, write } = place();
write('people.csv', peopleCsv(40));

/** What a process leaves in a home folder of its own. */
function left(args: readonly string[]): string[] {
  const home = mkdtempSync(join(folder, 'home-'));
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, HOME: home, USERPROFILE: home },
  });
  expect([status, stderr]).toEqual([0, '']);
  return readdirSync(home, { recursive: true }).map(String);
}

it.skipIf(process.platform !== 'linux')('the runtime would leave an identifier, so that this test can fail', () => {
  const script =
    'const { InferenceSession } = require("onnxruntime-node"); InferenceSession.create(Buffer.alloc(0)).catch(() => {})';
  const runtime = pathToFileURL(join(import.meta.dirname, '../../node_modules/onnxruntime-node/dist/index.js')).href;
  const code = script.replace('require("onnxruntime-node")', `await import('${runtime}')`);
  expect(left(['--input-type=module', '--eval', code]).join()).toContain('deviceid');
});

it('neither the command line nor the library leaves anything', () => {
  const fit = ['fit', 'people.csv', '--out', 'model', '--epochs', '1', '--preset', 'tiny', '--quiet'];
  expect(left([program, ...fit])).toEqual([]);
  const library = new URL('../../dist/src/index.js', import.meta.url).href;
  const code = `const { loadModel } = await import('${library}'); await (await loadModel('model')).sample({ rows: 3 })`;
  expect(left(['--input-type=module', '--eval', code])).toEqual([]);
});
