/** The standard normal distribution's function and its inverse. It knows numbers only. */

/** Φ(x), by the continued fraction of W. J. Cody's class: error below 1e-12. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/** erfc by its series near 0 and its continued fraction (Lentz) elsewhere. Source: Abramowitz & Stegun 7.1.6 and 7.1.14. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/** The x with Φ(x) = p for p in (0, 1), by Newton's steps from 0 kept between bounds. */
export function normalQuantile(p: number): number {
  let [low, high, x] = [-40, 40, 0];
  for (let step = 0; step < 100; step++) {
    const off = normalCdf(x) - p;
    if (off > 0) high = x;
    else low = x;
    const next = x - off / (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
    const moved = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - x) < 1e-12) return moved;
    x = moved;
  }
  return x;
}
