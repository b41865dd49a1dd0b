/**
 * ONNX Runtime's own builds send events and write an identifier of the device into the home folder, unless a variable says no when
 * their library is loaded. Whether they would do so here depends on the machine (they are silent on the servers of CI), so what is
 * looked at is the variable at that moment, in every process and thread.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { peopleCsv, place, program } from './run.ts';

const { folder, write } = place();
write('people.csv', peopleCsv(40));
const seen = join(folder, 'loads.txt');
write(
  'probe.mjs',
  `import { appendFileSync } from 'node:fs';
   const { dlopen } = process;
   process.dlopen = (module, file, ...rest) => {
     if (file.includes('onnxruntime')) appendFileSync(${JSON.stringify(seen)}, process.env.ORT_DISABLE_TELEMETRY + '\\n');
     return dlopen.call(process, module, file, ...rest);
   };`,
);

/** What the variable was at each load of the runtime by a process, and what the process left in a home folder of its own. */
function run(...args: readonly string[]) {
  rmSync(seen, { force: true });
  const home = mkdtempSync(join(folder, 'home-'));
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...env } = process.env;
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...env,
      HOME: home,
      USERPROFILE: home,
      NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'probe.mjs'))}`,
    },
  });
  expect([status, stderr]).toEqual([0, '']);
  const loads = readFileSync(seen, 'utf8').trim().split('\n');
  return { loads: [...new Set(loads)], home: readdirSync(home, { recursive: true }) };
}

const evaluate = (code: string) => run('--input-type=module', '--eval', code);

it('the runtime by itself is loaded without the variable, so that this test can fail', () => {
  const runtime = pathToFileURL(join(import.meta.dirname, '../../node_modules/onnxruntime-node/dist/index.js')).href;
  expect(evaluate(`await import('${runtime}')`).loads).toEqual(['undefined']);
});

it('neither the command line nor the library leaves anything', () => {
  const fit = ['fit', 'people.csv', '--out', 'model', '--epochs', '1', '--preset', 'tiny', '--quiet'];
  expect(run(program, ...fit)).toEqual({ loads: ['1'], home: [] });
  const library = new URL('../../dist/src/index.js', import.meta.url).href;
  const sample = `const { loadModel } = await import('${library}'); await (await loadModel('model')).sample({ rows: 3 })`;
  expect(evaluate(sample)).toEqual({ loads: ['1'], home: [] });
});
