/** The command line as users run it: the built package, in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { people } from '../model/tiny-table.ts';

export const program = fileURLToPath(new URL('../../dist/src/cli.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly folder: string;
  /** Runs the program to its end. */
  run(args: readonly string[], input?: string): Ended;
  /** Starts the program and interrupts it as Ctrl-C does, after its first line on standard error. */
  interrupt(args: readonly string[]): Promise<Ended>;
  write(name: string, content: string | Uint8Array): void;
}

/** A folder that is gone after the test file. */
export function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'tabletalk-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    run(args, input) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: folder,
        encoding: 'utf8',
        ...(input !== undefined && { input }),
      });
      return { code: status, stdout, stderr };
    },
    interrupt(args) {
      const child = spawn(process.execPath, [program, ...args], { cwd: folder });
      const said = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk) => {
        said.stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        if (!said.stderr.includes('\n')) child.kill('SIGINT');
        said.stderr += chunk;
      });
      return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })));
    },
    write: (name, content) => writeFileSync(join(folder, name), content),
  };
}

/** The people of tiny-table.ts as a CSV file. */
export function peopleCsv(count: number, seed?: number): string {
  const rows = people(count, seed).map(({ age, pay, work, rich, born }) =>
    [age, pay.toFixed(2), work === null ? '' : `"${work.replaceAll('"', '""')}"`, rich ? 'yes' : 'no', born].join(),
  );
  return `age,pay,work,rich,born\n${rows.join('\n')}\n`;
}
