#!/usr/bin/env node
/** The command line: one command a verb, one line an error, exit codes as documented. It knows options and files, no stage's work. */
import { Command, CommanderError } from 'commander';
import { augmentCommand } from './cli/augment.ts';
import { evaluateCommand } from './cli/evaluate.ts';
import { fitCommand } from './cli/fit.ts';
import { imputeCommand } from './cli/impute.ts';
import { inspectCommand } from './cli/inspect.ts';
import { sampleCommand } from './cli/sample.ts';
import { schemaCommand } from './cli/schema.ts';
import { scoreCommand } from './cli/score.ts';
import { TabletalkError } from './errors/errors.ts';
import { version } from './model/version.ts';

/** 0 done; 1 the work failed; 2 the call or its input is wrong; 130 interrupted, to be continued. */
const exitCodes = { input: 2, option: 2, failed: 1, interrupted: 130 };

const program = new Command('tabletalk')
  .description('Learns a table by reading its rows as sentences, and writes new rows the same way.')
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: () => {} });

for (const command of [
  fitCommand,
  sampleCommand,
  imputeCommand,
  scoreCommand,
  augmentCommand,
  evaluateCommand,
  schemaCommand,
  inspectCommand,
]) {
  program.addCommand(command.exitOverride().configureOutput({ outputError: () => {} }));
}

/** Whether the reader of the output has left, as `head` does: that ends the work, and is no error. */
let isReaderGone = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isReaderGone = true;
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = isReaderGone ? 0 : report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version end so too, with code 0 and nothing to say.
    if (error.exitCode === 0) return 0;
    if (error.code === 'commander.help') return 2;
    return say(error.message.replace(/^error: /, ''), 2);
  }
  if (error instanceof TabletalkError) {
    return say(asOption(error.message), exitCodes[error.code]);
  }
  return say(error instanceof Error ? error.message : String(error), 1);
}

/** The library says where and sample: "topP", the command line --where and --top-p. */
function asOption(message: string): string {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return message
    .replace(/\b(where|balance|keep|prompt) "/g, '--$1 "')
    .replace(/\boption "(\w+)" was/g, (_, name: string) => `--${kebab(name)} was`)
    .replace(
      /^(?:fit|sample|impute|score|evaluate|readTable): "(?:overrides\.)?(\w+)":/,
      (_, name: string) => `--${kebab(name)}:`,
    );
}

function say(message: string, code: number): number {
  process.stderr.write(`tabletalk: ${message.replaceAll('\n', ' ')}\n`);
  return code;
}
