#!/usr/bin/env node
/** The command line: one command a verb, one line an error, exit codes as documented. It knows options and files, no stage's work. */
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { commands } from './cli/commands.ts';
import { joinResume } from './cli/fit.ts';
import { reportOf } from './cli/report-error.ts';
import { visible } from './cli/visible.ts';
import { TabletalkError } from './errors/errors.ts';
import { version } from './model/version.ts';

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
