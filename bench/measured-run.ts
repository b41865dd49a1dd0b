/** Runs a script in a process of its own that reports its peak memory when it ends. */
import { spawnSync } from 'node:child_process';

export interface MeasuredRun {
  readonly seconds: number;
  /** The most memory the process ever held, in MB. */
  readonly megabytes: number;
  readonly stdout: string;
}

/** Throws what the script wrote to standard error when it fails. */
export function measuredRun(script: string, args: readonly string[]): MeasuredRun {
  const report = 'process.on("exit",()=>require("fs").writeSync(3,process.resourceUsage().maxRSS+" "))';
  const preload = `data:text/javascript,import{createRequire}from"module";const require=createRequire(${JSON.stringify(import.meta.url)});${report}`;
  const started = performance.now();
  const child = spawnSync(process.execPath, ['--import', preload, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const seconds = (performance.now() - started) / 1000;
  if (child.status !== 0) throw new Error(`tabletalk ${args.join(' ')}\n${child.stderr}`);
  // Threads say it, too, each of the whole process.
  const kilobytes = (child.output[3] ?? '').trim().split(' ').map(Number);
  return { seconds, megabytes: Math.max(...kilobytes) / 1024, stdout: child.stdout };
}
