/** Round places for the ticks of an axis: 1, 2 or 5 times a power of ten apart. */

/** At most `most` round numbers from `start` to `end`, ascending; the ends themselves where nothing round lies between. */
export function roundTicks(start: number, end: number, most = 6): number[] {
  const span = end - start;
  if (!(span > 0) || !Number.isFinite(span)) return [start];
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10, 20].map((times) => times * power).find((width) => span / width <= most - 1 + 1e-9) ?? span;
  const [first, last] = [Math.ceil(start / step - 1e-9), Math.floor(end / step + 1e-9)];
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toFixed(Math.min(20, decimals))),
  );
  return ticks.length > 1 ? ticks : [start, end];
}
