/**
 * Locks that keep two processes from writing one file or folder at once: a file beside it, created exclusively, that names its
 * holder. A lock whose holder is gone is taken over.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { TabletalkError } from '../errors/errors.ts';

/** A process, told from a later one with the same number: process 1 of every container is another one. */
interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When it started, in the kernel's words; null where the kernel does not say. */
  readonly start: string | null;
}

/** Paths that this process has locked. */
const held = new Set<string>();

/** The name of the lock beside a path. */
const lockOf = (path: string) => join(dirname(path), `.${basename(path)}.tabletalk-lock`);

/**
 * Locks a path until the returned function is called or the process is gone.
 * @param what for messages, such as "a fit".
 * @throws {TabletalkError} `option` when another process, or another call in this one, holds it.
 */
export function lockPath(path: string, what: string): () => void {
  const target = resolve(path);
  const lock = lockOf(target);
  const busy = (pid: number | undefined) => {
    const who = pid === undefined ? '' : ` (process ${pid})`;
    return new TabletalkError('option', `${path}: ${what} is writing there already${who}; wait for it to end`);
  };
  if (held.has(target)) throw busy(process.pid);
  const text = JSON.stringify({ host: hostname(), pid: process.pid, start: startOf(process.pid) } satisfies Holder);
  for (let attempt = 0; !createNew(lock, text, path); attempt++) {
    if (attempt > 2 || !takeOver(lock)) throw busy(readHolder(lock)?.pid);
  }
  held.add(target);
  return () => {
    if (held.delete(target)) rmSync(lock, { force: true });
  };
}

/** Creates a file that is not there; false where it is. */
function createNew(file: string, text: string, path: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new TabletalkError('option', `${path}: cannot be written (${code})`);
  }
}

/**
 * Removes a lock whose holder is gone; false where it is not. One process at a time looks and removes, so that none removes
 * the lock that another has just made.
 */
function takeOver(lock: string): boolean {
  const guard = `${lock}-takeover`;
  if (!createNew(guard, '', lock)) {
    if (ageOf(guard) > unwrittenMs) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (!isGone(readHolder(lock), lock)) return false;
    rmSync(lock, { force: true });
    return true;
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Whether this process holds the lock of a path. */
export const holdsLock = (path: string): boolean => held.has(resolve(path));

function readHolder(lock: string): Holder | undefined {
  try {
    const { host, pid, start } = JSON.parse(readFileSync(lock, 'utf8'));
    return typeof host === 'string' && Number.isInteger(pid) ? { host, pid, start: start ?? null } : undefined;
  } catch {
    return undefined;
  }
}

/** A lock that is being written has no holder yet; after this long it never will. */
const unwrittenMs = 5_000;
/** Nothing can be known of a process on another machine; after this long its lock is taken for left behind. */
const strangersMs = 24 * 3600 * 1000;

function isGone(holder: Holder | undefined, lock: string): boolean {
  const age = ageOf(lock);
  if (!holder) return age > unwrittenMs;
  if (holder.host !== hostname()) return age > strangersMs;
  if (!isRunning(holder.pid)) return true;
  const start = startOf(holder.pid);
  return start !== null && holder.start !== null && start !== holder.start;
}

/** Milliseconds since a file was written; very many where it is not there. */
const ageOf = (file: string) => Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Boot of the machine and start of the process in ticks since, from Linux's /proc; null elsewhere. */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold anything; field 22 is the 20th after it.
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}
