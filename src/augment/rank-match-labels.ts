/** Deals labels anew among rows, so that they go with what a teacher expects. It knows predictions and labels, no table. */
import type { Labels } from '../learn/matrix.ts';

/**
 * The largest number goes to the row with the largest prediction; of classes, each goes to the rows that are likeliest of it,
 * the surest first. How often each label occurs does not change.
 *
 * @returns for each row the row whose label it gets.
 */
export function dealt(predictions: readonly Float64Array[], labels: Labels): Int32Array {
  return labels.kind === 'number'
    ? dealtNumbers(predictions[0]!, labels.values)
    : dealtClasses(predictions, labels.codes);
}

function dealtNumbers(predicted: Float64Array, values: Float64Array): Int32Array {
  const rising = (cells: Float64Array) => Int32Array.from(cells.keys()).sort((a, b) => cells[a]! - cells[b]! || a - b);
  const from = rising(values);
  const to = new Int32Array(values.length);
  rising(predicted).forEach((row, rank) => {
    to[row] = from[rank]!;
  });
  return to;
}

function dealtClasses(probabilities: readonly Float64Array[], codes: Int32Array): Int32Array {
  const rows = codes.length;
  const having: number[][] = probabilities.map(() => []);
  codes.forEach((code, row) => {
    having[code]!.push(row);
  });
  const sureness = (place: number) => probabilities[Math.floor(place / rows)]![place % rows]!;
  const surest = Int32Array.from({ length: probabilities.length * rows }, (_, place) => place);
  surest.sort((a, b) => sureness(b) - sureness(a) || a - b);
  const from = new Int32Array(rows).fill(-1);
  for (const place of surest) {
    const [code, row] = [Math.floor(place / rows), place % rows];
    if (from[row]! < 0 && having[code]!.length > 0) from[row] = having[code]!.pop()!;
  }
  return from;
}
