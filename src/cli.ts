#!/usr/bin/env node
/** The command line: one command a verb, one line an error, exit codes as documented. It knows options and files, no stage's work. */
import { setImmediate } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { commands } from './cli/commands.ts';
import { joinResume } from './cli/fit.ts';
import { visible } from './cli/visible.ts';
import { TabletalkError } from './errors/errors.ts';
import { version } from './model/version.ts';

// An error as the command line says it: one line, options by their flags, and an exit code.

/**
 * 0 done; 1 the work failed; 2 the call or its input is wrong; interrupted, to be continued: 130 by Ctrl-C, 75 by SIGTERM, which
 * is "try again" in sysexits.h.
 */
const exitCodes = { input: 2, option: 2, failed: 1, interrupted: 130 };
const terminated = 75;

/** @param command the one that ran, by whose options the library's are named. */
function reportOf(error: unknown, command: Command | undefined): { code: number; line?: string } {
  if (error instanceof CommanderError) {
    // Help and version end so too, with code 0 and nothing to say.
    if (error.exitCode === 0) return { code: 0 };
    if (error.code === 'commander.help') return { code: 2 };
    return { code: 2, line: error.message.replace(/^error: /, '') };
  }
  if (error instanceof TabletalkError && error.code === 'interrupted' && error.value === 'SIGTERM') {
    return { code: terminated, line: error.message };
  }
  if (error instanceof TabletalkError) return { code: exitCodes[error.code], line: lineOf(error, command) };
  return { code: 1, line: error instanceof Error ? error.message : String(error) };
}

/** The library says "topP" and where "age>=30", the command line --top-p and --where "age>=30". */
function lineOf({ message, option, column }: TabletalkError, command: Command | undefined): string {
  const [before, ...rest] = option === undefined ? [message] : message.split(`"${option}"`);
  if (option !== undefined && /^\w+: $/.test(before!)) {
    const problem = rest.join(`"${option}"`);
    // A column may be called as an option is.
    return flagOf(option) + (column === undefined ? withFlags(problem, command) : problem);
  }
  return message
    .replace(/\b(where|balance|keep|prompt) "/g, '--$1 "')
    .replace(/\boption "(\w+)" was/g, (_, name: string) => `${flagOf(name)} was`);
}

/** `overrides` is what the library calls the options that say what columns are. */
function flagOf(option: string): string {
  const name = option.replace(/^overrides\./, '').replace(/\..*$/s, '');
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `needs "loraRank"` as `needs --lora-rank`, for the options that the command has. */
function withFlags(text: string, command: Command | undefined): string {
  const flags = new Map((command?.options ?? []).map((option) => [option.attributeName(), option.long]));
  return text.replace(/"(\w+)"/g, (quoted, name: string) => flags.get(name) ?? quoted);
}

const program = new Command('tabletalk')
  .description('Learns a table by reading its rows as sentences, and writes new rows the same way.')
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: () => {} });

for (const command of commands) {
  program.addCommand(command.exitOverride().configureOutput({ outputError: () => {} }));
}

/** Whether the reader of the output has left, as `head` does: that ends the work, and is no error. */
let isReaderGone = false;
/** What came in the way of standard output, such as a full disk. */
let problem: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') isReaderGone = true;
  else problem ??= error;
});
// Nobody is left to tell of it.
process.stderr.on('error', () => {});

let command: Command | undefined;
program.hook('preAction', (_, running) => {
  command = running;
});

try {
  // Help ends with an error, too.
  await program.parseAsync(joinResume(process.argv)).finally(flushed);
} catch (error) {
  process.exitCode = isReaderGone ? 0 : report(error);
}

/** Until all that was written to standard output is out. A full disk is known only then. */
async function flushed(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.stdout.destroyed) resolve();
    else process.stdout.write('', () => resolve());
  });
  // The stream's error event comes after the callback of the write.
  await setImmediate();
  if (problem) throw new TabletalkError('failed', `standard output: cannot be written (${problem.message})`);
}

function report(error: unknown): number {
  const { code, line } = reportOf(error, command);
  if (line !== undefined) process.stderr.write(`tabletalk: ${visible(line.replaceAll('\n', ' '))}\n`);
  return code;
}
