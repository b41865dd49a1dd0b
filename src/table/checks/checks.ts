/**
 * Rules that hold between the columns of a row, as a schema states them: `end >= start`, `total = price * number`,
 * `combination(city, state)`. Here they are parsed; check-values.ts evaluates them.
 *
 *   check       = side ("=" | "!=" | "<" | "<=" | ">" | ">=") side  |  "combination" "(" name { "," name } ")"
 *   side        = term { ("+" | "-") term }
 *   term        = factor { ("*" | "/") factor }
 *   factor      = number | name | "-" factor | "(" side ")"
 *
 * A name is a numeric column's (in a combination a boolean's or category's), in quotes where it could be mistaken; the
 * longest name that fits is taken. Times are compared with times only. A check holds where one of its cells is missing.
 */

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** An arithmetic expression over columns, by their index. */
export type Expression =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'column'; readonly column: number }
  | { readonly is: '+' | '-' | '*' | '/'; readonly left: Expression; readonly right: Expression };

export type Check =
  | {
      readonly is: 'comparison';
      readonly text: string;
      readonly columns: readonly number[];
      readonly sign: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** The columns have together only values that they had together in training. */
  | { readonly is: 'combination'; readonly text: string; readonly columns: readonly number[] };

/** What a check must know of a column: numbers and times have a greatest value, categories a list. */
interface CheckedColumn {
  readonly name: string;
  readonly kind: string;
  readonly values?: unknown;
  readonly max?: unknown;
}

class CheckSyntaxError extends Error {}

/** A check is parsed and evaluated recursively, and its columns are searched by name at every place. */
const mostLength = 10_000;
const deepest = 100;

const signs: readonly Comparison[] = ['!=', '<=', '>=', '=', '<', '>'];

/** What is wrong with a check, undefined when nothing is. */
export function checkProblem(text: string, columns: readonly CheckedColumn[]): string | undefined {
  try {
    parseCheck(text, columns);
    return undefined;
  } catch (error) {
    if (error instanceof CheckSyntaxError) return error.message;
    throw error;
  }
}

export function parseCheck(text: string, columns: readonly CheckedColumn[]): Check {
  if (text.length > mostLength) throw new CheckSyntaxError(`it is longer than ${mostLength} characters`);
  const reader = createReader(text, columns);
  const check = reader.takes('combination')
    ? readCombination(reader, text, columns)
    : readComparison(reader, text, columns);
  reader.end();
  return check;
}

type Reader = ReturnType<typeof createReader>;

function createReader(text: string, columns: readonly CheckedColumn[]) {
  let at = 0;
  let depth = 0;
  const byLength = [...columns.keys()].sort((a, b) => columns[b]!.name.length - columns[a]!.name.length);
  const skip = () => {
    while (text[at] === ' ') at++;
  };
  const fail = (wanted: string) =>
    new CheckSyntaxError(`expected ${wanted} at character ${at + 1}${at < text.length ? '' : ', where it ends'}`);
  const takes = (token: string) => {
    skip();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  return {
    fail,
    takes,
    /** What `read` finds one level deeper. */
    nested(read: () => Expression): Expression {
      if (++depth > deepest) throw new CheckSyntaxError(`it is nested more than ${deepest} deep`);
      const found = read();
      depth--;
      return found;
    },
    end() {
      skip();
      if (at < text.length) throw fail('the end');
    },
    number(): number | undefined {
      skip();
      const found = /^\d+(?:\.\d+)?/.exec(text.slice(at))?.[0];
      at += found?.length ?? 0;
      return found === undefined ? undefined : Number(found);
    },
    column(): number | undefined {
      skip();
      const quoted = (name: string) => JSON.stringify(name);
      const written = (index: number) =>
        [quoted(columns[index]!.name), columns[index]!.name].find((name) => name !== '' && text.startsWith(name, at));
      const found = byLength.find((index) => written(index) !== undefined);
      if (found !== undefined) at += written(found)!.length;
      return found;
    },
  };
}

function readCombination(reader: Reader, text: string, columns: readonly CheckedColumn[]): Check {
  if (!reader.takes('(')) throw reader.fail('"("');
  const named: number[] = [];
  do {
    const column = reader.column();
    if (column === undefined) throw reader.fail('a column');
    if (!('values' in columns[column]!)) throw new CheckSyntaxError(`"${columns[column]!.name}" is not a category`);
    named.push(column);
  } while (reader.takes(','));
  if (!reader.takes(')')) throw reader.fail('")"');
  if (new Set(named).size < 2) throw new CheckSyntaxError('a combination has at least two columns');
  return { is: 'combination', text, columns: named };
}

function readComparison(reader: Reader, text: string, columns: readonly CheckedColumn[]): Check {
  const left = readSide(reader, columns);
  const sign = signs.find((candidate) => reader.takes(candidate));
  if (!sign) throw reader.fail('=, !=, <, <=, > or >=');
  const right = readSide(reader, columns);
  const named = [...new Set([...columnsOf(left), ...columnsOf(right)])];
  if (named.length === 0) throw new CheckSyntaxError('it names no column');
  const times = named.filter((column) => columns[column]!.kind === 'datetime');
  const plain = left.is === 'column' && right.is === 'column' && times.length === named.length;
  if (times.length > 0 && !plain) throw new CheckSyntaxError('a time can only be compared with another');
  return { is: 'comparison', text, columns: named, sign, left, right };
}

/** Operators of equal rank, from the left. */
function readChain(reader: Reader, operators: readonly ('+' | '-' | '*' | '/')[], part: () => Expression): Expression {
  let left = part();
  for (;;) {
    const is = operators.find((operator) => reader.takes(operator));
    if (!is) return left;
    left = { is, left, right: part() };
  }
}

function readSide(reader: Reader, columns: readonly CheckedColumn[]): Expression {
  return readChain(reader, ['+', '-'], () => readChain(reader, ['*', '/'], () => readFactor(reader, columns)));
}

function readFactor(reader: Reader, columns: readonly CheckedColumn[]): Expression {
  const column = reader.column();
  if (column !== undefined) {
    if (!('max' in columns[column]!)) throw new CheckSyntaxError(`"${columns[column]!.name}" is not a number or time`);
    return { is: 'column', column };
  }
  const value = reader.number();
  if (value !== undefined) return { is: 'number', value };
  if (reader.takes('-')) {
    const right = reader.nested(() => readFactor(reader, columns));
    return { is: '-', left: { is: 'number', value: 0 }, right };
  }
  if (!reader.takes('(')) throw reader.fail('a number, a column or "("');
  const inner = reader.nested(() => readSide(reader, columns));
  if (!reader.takes(')')) throw reader.fail('")"');
  return inner;
}

function columnsOf(expression: Expression): number[] {
  if (expression.is === 'number') return [];
  if (expression.is === 'column') return [expression.column];
  return [...columnsOf(expression.left), ...columnsOf(expression.right)];
}
