/**
 * Compiles the package before the tests: the command line and the threads that sample run from dist, as users run them.
 * Types are judged elsewhere (npm run check:types); here it matters that JavaScript came out.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function build(): void {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  // 2: there were type errors, and everything was written all the same.
  if (status === 2) process.stderr.write(stdout);
  else if (status !== 0) throw new Error(`the package does not compile:\n${stdout}`);
}
