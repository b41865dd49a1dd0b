/** How names and strings stand in a sentence: plain where nothing can be mistaken, else in quotes. */
import type { SentenceTemplate } from '../../table/schema.ts';

/** The word for a cell that is missing; a string that reads so is quoted. */
export const missingWord = 'missing';

/** What stands before a name, between it and its value, and between one column and the next. */
export interface Words {
  readonly before: string;
  readonly between: string;
  readonly separator: string;
}

const plainWords: Words = { before: '', between: ' is ', separator: ', ' };

/** The words of a schema's template; without one, "age is 39, workclass is Private". */
export function wordsOf(template: SentenceTemplate | undefined): Words {
  if (!template) return plainWords;
  const [before = '', between = ''] = template.cell.split(/\{column\}|\{value\}/);
  return { before, between, separator: template.separator };
}

export const openQuote = '"';
export const closeQuote = '"';

/** The text of a string value. */
export function quoteValue(value: string, words: Words): string {
  return value === missingWord || !isPlain(value, words) ? quote(value) : value;
}

/** The text of a column's name: besides, the first " is " after a plain name must be the one that ends it. */
export function quoteName(name: string, words: Words): string {
  const { between } = words;
  return isPlain(name, words) && `${name}${between}`.indexOf(between) === name.length ? name : quote(name);
}

/** Always in quotes. */
export function quote(value: string): string {
  return openQuote + escapedPieces(value).join('') + closeQuote;
}

/** Nothing in it separates columns, opens a quote, is lost at the ends, or looks like a token without text. */
function isPlain(text: string, { between, separator }: Words): boolean {
  if (text.includes(between) || text.includes(separator[0]!)) return false;
  return text !== '' && text.trim() === text && !/[,"\p{Cc}\p{Zl}\p{Zp}]|<\|| is /u.test(text) && text.isWellFormed();
}

const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export const shortEscapes: readonly string[] = Object.values(escapes);

/** A string between quotes, cut into pieces: a character, a short escape, or \u and four hexadecimal digits. */
export function escapedPieces(value: string): string[] {
  const characters = [...value];
  if (!/["\\<\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(value)) return characters;
  return characters.flatMap((character, i) => {
    const short = escapes[character];
    if (short) return [short];
    const opensToken = character === '<' && characters[i + 1] === '|';
    return opensToken || isUnprintable(character) ? hexPieces(character) : [character];
  });
}

/** Its characters one by one, as they are written where none of them can be mistaken. */
export const plainPieces = (value: string): string[] => [...value].map((character) => escapes[character] ?? character);

export const hexEscape = '\\u';

const characters = new Map(Object.entries(escapes).map(([character, escaped]) => [escaped, character]));

/** The string that pieces between quotes spell; undefined for what is no such piece. */
export function unescaped(pieces: readonly (string | undefined)[]): string | undefined {
  let text = '';
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece === undefined || piece === closeQuote) return undefined;
    if (piece !== hexEscape) {
      text += characters.get(piece) ?? piece;
      continue;
    }
    const code = pieces.slice(i + 1, i + 5).join('');
    if (!/^[0-9a-f]{4}$/.test(code)) return undefined;
    text += String.fromCharCode(Number.parseInt(code, 16));
    i += 4;
  }
  return text;
}

/** Any character as UTF-16 units, for one that the vocabulary does not hold. */
export function hexPieces(character: string): string[] {
  return Array.from({ length: character.length }, (_, i) => [
    hexEscape,
    ...character.charCodeAt(i).toString(16).padStart(4, '0'),
  ]).flat();
}

function isUnprintable(character: string): boolean {
  return /^[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]$/u.test(character);
}

/**
 * Reads the quoted string that begins at `from` (its opening quote).
 * @returns the string and the position after its closing quote, or undefined when it never closes or is not well formed.
 */
export function readQuoted(text: string, from: number): { value: string; end: number } | undefined {
  let end = from + 1;
  while (end < text.length && text[end] !== closeQuote) end += text[end] === '\\' ? 2 : 1;
  if (text[end] !== closeQuote) return undefined;
  try {
    return { value: JSON.parse(text.slice(from, end + 1)), end: end + 1 };
  } catch {
    return undefined;
  }
}
