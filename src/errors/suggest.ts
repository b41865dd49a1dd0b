/** "Did you mean": the candidate nearest to a name that was not found. */

/** The end of a message about an unknown name: `; did you mean "age"?`, or nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const near = suggest(name, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** `no column "agee"; did you mean "age"?` */
export function noColumn(name: string, columns: readonly string[]): string {
  return `no column "${name}"${didYouMean(name, columns)}`;
}

/** Nobody mistypes a longer name; comparing two costs the product of their lengths. */
const longestName = 200;

/** The nearest candidate, or undefined when none is within a third of the name's length (at least one edit). */
export function suggest(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > longestName) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    // Case is the commonest slip: it costs nothing here, and a candidate equal but for case wins.
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Fewest insertions, deletions, replacements and swaps of neighbours (optimal string alignment) from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j]!, before[j - 2]! + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
