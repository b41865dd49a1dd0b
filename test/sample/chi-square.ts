/**
 * Pearson's statistic, sum of (observed - expected)² / expected, less its mean and in units of its standard deviation:
 * about normal for many classes, and above 5 hardly ever when the counts do follow the shares.
 */
export function chiSquareDeviation(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const statistic = counts.reduce((sum, count, i) => sum + (count - total * shares[i]!) ** 2 / (total * shares[i]!), 0);
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

export function softmax(logits: readonly number[], temperature = 1): number[] {
  const odds = logits.map((logit) => Math.exp(logit / temperature));
  const total = odds.reduce((sum, odd) => sum + odd, 0);
  return odds.map((odd) => odd / total);
}
