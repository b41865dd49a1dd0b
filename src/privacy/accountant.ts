/**
 * What noise costs in privacy: Renyi differential privacy of Gaussian noise on Poisson samples, as (epsilon, delta). Two tables
 * are neighbours when one has a row that the other lacks. It knows no tables and draws no noise.
 */

/** Gaussian noise on a sum, `times` times, each over a sample that every row joins with probability `rate`. */
export interface Mechanism {
  /** Standard deviation of the noise, as a multiple of what one row can change (the L2 sensitivity). */
  readonly sigma: number;
  /** 1 for sums over all rows. */
  readonly rate: number;
  readonly times: number;
}

const orders = Array.from({ length: 511 }, (_, i) => i + 2);

const logFactorials = new Float64Array(513);
for (let n = 1; n < logFactorials.length; n++) logFactorials[n] = logFactorials[n - 1]! + Math.log(n);

const logChoose = (n: number, k: number): number => logFactorials[n]! - logFactorials[k]! - logFactorials[n - k]!;

/** The epsilon of all mechanisms together at this delta. */
export function epsilonOf(mechanisms: readonly Mechanism[], delta: number): number {
  const found = orders.map((order) => {
    const renyi = mechanisms.reduce((sum, mechanism) => sum + renyiOf(mechanism, order), 0);
    return epsilonAt(order, renyi, delta);
  });
  return Math.max(0, Math.min(...found));
}

/** Canonne, Kamath & Steinke 2020, proposition 12. */
function epsilonAt(order: number, renyi: number, delta: number): number {
  return renyi + Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1);
}

/** Renyi divergence of a whole order (Mironov, Talwar & Zhang 2019, section 3.3). */
function renyiOf({ sigma, rate, times }: Mechanism, order: number): number {
  const square = 2 * sigma * sigma;
  if (rate === 1) return (times * order) / square;
  const [logIn, logOut] = [Math.log(rate), Math.log1p(-rate)];
  const terms = Float64Array.from(
    { length: order + 1 },
    (_, k) => logChoose(order, k) + k * logIn + (order - k) * logOut + (k * (k - 1)) / square,
  );
  const most = terms.reduce((a, b) => Math.max(a, b));
  const sum = terms.reduce((total, term) => total + Math.exp(term - most), 0);
  return (times * Math.max(0, most + Math.log(sum))) / (order - 1);
}

/** Less noise than this is none in practice: one row's part of a sum is twenty times its noise. */
const leastSigma = 0.05;
const mostSigma = 1e6;

/**
 * The least sigma with which the mechanism, beside others that are already paid for, keeps to (epsilon, delta); from above,
 * within a ten thousandth. Undefined where no noise is enough, or where next to none would be.
 */
export function noiseFor(
  { epsilon, delta }: { readonly epsilon: number; readonly delta: number },
  mechanism: Omit<Mechanism, 'sigma'>,
  others: readonly Mechanism[] = [],
): number | undefined {
  const keeps = (sigma: number) => epsilonOf([...others, { ...mechanism, sigma }], delta) <= epsilon;
  let [low, high] = [leastSigma, mostSigma];
  if (!keeps(high) || keeps(low)) return undefined;
  while (high / low > 1.0001) {
    const middle = Math.sqrt(low * high);
    if (keeps(middle)) high = middle;
    else low = middle;
  }
  return high;
}
