/**
 * npm run docs:commands: writes the arguments and options of every command into docs/command-line.md, between its markers, from the
 * commands themselves. A test compares the page with this.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { commands } from '../src/cli/commands.ts';

/** The page with each command's table between `<!-- options of NAME -->` and `<!-- end -->`. */
export function withOptions(page: string): string {
  return commands.reduce((text, command) => {
    const begin = `<!-- options of ${command.name()} -->\n`;
    const [before, after] = text.split(begin);
    if (after === undefined) throw new Error(`docs/command-line.md: no marker "${begin.trim()}"`);
    return `${before}${begin}${tableOf(command)}\n${after.slice(after.indexOf('<!-- end -->'))}`;
  }, page);
}

function tableOf(command: Command): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = [
    ...command.registeredArguments.map(
      (argument) =>
        [argument.required ? `<${argument.name()}>` : `[${argument.name()}]`, argument.description] as const,
    ),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map(({ flags, description, argChoices, defaultValue }) => {
        const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
        const initial = typeof defaultValue === 'string' ? `; default: ${defaultValue}` : '';
        return [flags, `${description}${choices}${initial}`] as const;
      }),
  ].map(([flags, description]) => `| \`${cell(flags)}\` | ${cell(description)} |`);
  return ['| | |', '|---|---|', ...rows].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL('../../docs/command-line.md', import.meta.url));
  writeFileSync(path, withOptions(readFileSync(path, 'utf8')));
}
