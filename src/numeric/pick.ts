/** Numbers picked from an array by their places; a loop, because `from` with a function is ten times slower. */

/** The numbers at these places, in this order. */
export function pick<Numbers extends Float64Array | Int32Array>(numbers: Numbers, places: ArrayLike<number>): Numbers {
  const picked = new (numbers.constructor as new (length: number) => Numbers)(places.length);
  for (let i = 0; i < picked.length; i++) picked[i] = numbers[places[i]!]!;
  return picked;
}
