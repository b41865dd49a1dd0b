/** Text from files and folders, made safe for a terminal: it may hold codes that move the cursor, hide text or rename windows. */

/** Control characters, and those that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const control = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line, each such character as its code: "\x1b[31m" in place of the colour. */
export function visible(line: string): string {
  return line.replace(control, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** The same for a text of lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');
