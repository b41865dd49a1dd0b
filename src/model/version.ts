/** The version of this package, read from its package.json. */
import { readFileSync } from 'node:fs';

/** The nearest package.json above: this file runs as src/model/version.ts and as dist/src/model/version.js. */
function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')).version;
    } catch {}
  }
  throw new Error('package.json not found');
}

export const version: string = packageVersion();
