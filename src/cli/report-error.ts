/** An error as the command line says it: one line, options by their flags, and an exit code. */
import { type Command, CommanderError } from 'commander';
import { TabletalkError } from '../errors/errors.ts';

/**
 * 0 done; 1 the work failed; 2 the call or its input is wrong; interrupted, to be continued: 130 by Ctrl-C, 75 by SIGTERM, which
 * is "try again" in sysexits.h.
 */
const exitCodes = { input: 2, option: 2, failed: 1, interrupted: 130 };
const terminated = 75;

/** @param command the one that ran, by whose options the library's are named. */
export function reportOf(error: unknown, command: Command | undefined): { code: number; line?: string } {
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
