/** Exact bounds of a rate from counts (Clopper & Pearson, 1934). It knows numbers only. */

/** The rate below which `hits` of `trials` or more come with a chance of at most `alpha`; 0 for no hit. */
export function rateAtLeast(hits: number, trials: number, alpha: number): number {
  if (hits === 0) return 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (tail(hits, trials, middle) > alpha) high = middle;
    else low = middle;
  }
  return low;
}

/** The rate above which `hits` of `trials` or fewer come with a chance of at most `alpha`. */
export function rateAtMost(hits: number, trials: number, alpha: number): number {
  return 1 - rateAtLeast(trials - hits, trials, alpha);
}

/** P(X >= k) of a binomial of n trials at rate p in (0, 1). */
function tail(k: number, n: number, p: number): number {
  let [term, sum] = [n * Math.log1p(-p), 0];
  const odds = Math.log(p) - Math.log1p(-p);
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += Math.exp(term);
    term += Math.log((n - i) / (i + 1)) + odds;
  }
  return sum;
}
