/** What a comparison between columns says of a row: whether it holds, and what it leaves of one cell. */
import type { Value } from '../cells.ts';
import type { Check, Comparison, Expression } from './checks.ts';

/** The line `constant + slope * x` that an expression is in the one column x; undefined where it is none. */
interface Line {
  readonly constant: number;
  readonly slope: number;
}

/** @param values by column; that of `unknown` is not looked at. */
function lineIn(
  expression: Expression,
  values: readonly (Value | null | undefined)[],
  unknown: number,
): Line | undefined {
  if (expression.is === 'number') return { constant: expression.value, slope: 0 };
  if (expression.is === 'column') {
    return expression.column === unknown
      ? { constant: 0, slope: 1 }
      : { constant: values[expression.column] as number, slope: 0 };
  }
  const [left, right] = [lineIn(expression.left, values, unknown), lineIn(expression.right, values, unknown)];
  if (!left || !right) return undefined;
  switch (expression.is) {
    case '+':
      return { constant: left.constant + right.constant, slope: left.slope + right.slope };
    case '-':
      return { constant: left.constant - right.constant, slope: left.slope - right.slope };
    case '*':
      if (left.slope !== 0 && right.slope !== 0) return undefined;
      return {
        constant: left.constant * right.constant,
        slope: left.slope * right.constant + right.slope * left.constant,
      };
    case '/':
      return right.slope === 0
        ? { constant: left.constant / right.constant, slope: left.slope / right.constant }
        : undefined;
  }
}

const mirrored: Record<Comparison, Comparison> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/**
 * What a comparison asks of one column when it knows the others: a sign and a number. A boolean where it asks nothing
 * of it, or nothing can meet it; undefined where it is no line in the column.
 */
export function solve(
  check: Extract<Check, { is: 'comparison' }>,
  values: readonly (Value | null | undefined)[],
  unknown: number,
): { readonly sign: Comparison; readonly bound: number } | boolean | undefined {
  const [left, right] = [lineIn(check.left, values, unknown), lineIn(check.right, values, unknown)];
  if (!left || !right) return undefined;
  const slope = left.slope - right.slope;
  if (slope === 0) return compare(left.constant, check.sign, right.constant);
  // 0.1 + 0.2 is meant to be 0.3: fifteen digits are what a double keeps of a decimal number.
  const bound = Number(((right.constant - left.constant) / slope).toPrecision(15));
  return Number.isFinite(bound) ? { sign: slope > 0 ? check.sign : mirrored[check.sign], bound } : false;
}

/** Whether a comparison holds in a row; a combination is the model's to know. */
export function holds(check: Extract<Check, { is: 'comparison' }>, values: readonly (Value | null)[]): boolean {
  if (check.columns.some((column) => values[column] === null)) return true;
  const [left, right] = [lineIn(check.left, values, -1), lineIn(check.right, values, -1)];
  return compare(left!.constant, check.sign, right!.constant);
}

function compare(a: number, sign: Comparison, b: number): boolean {
  const near = Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  const results: Record<Comparison, boolean> = {
    '=': near,
    '!=': !near,
    '<': a < b && !near,
    '<=': a < b || near,
    '>': a > b && !near,
    '>=': a > b || near,
  };
  return results[sign];
}
