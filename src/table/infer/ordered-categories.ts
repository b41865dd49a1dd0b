/** Words that have an order of their own, so that "low" comes before "high". It knows words, nothing of columns. */

/** Each scale from its low end to its high; one place may be taken by several spellings. */
const scales: readonly (readonly string[])[] = [
  ['none', 'very low|lowest', 'low', 'medium|moderate|middle|mid', 'high', 'very high|highest', 'extreme'],
  ['tiny', 'xxs', 'xs|extra small', 's|small', 'm|medium', 'l|large|big', 'xl|extra large', 'xxl|huge', 'xxxl'],
  ['very poor|very bad|terrible', 'poor|bad', 'fair|average|ok|neutral', 'good', 'very good', 'excellent|great'],
  ['never', 'rarely|seldom', 'sometimes|occasionally', 'often|frequently', 'usually|very often', 'always'],
  [
    'strongly disagree',
    'disagree|somewhat disagree',
    'neutral|neither agree nor disagree|undecided',
    'agree|somewhat agree',
    'strongly agree',
  ],
  ['very dissatisfied', 'dissatisfied', 'neutral', 'satisfied', 'very satisfied'],
  ['very unlikely', 'unlikely', 'neutral|possible', 'likely', 'very likely'],
  ['mild|minor', 'moderate|major', 'severe|critical', 'very severe|fatal'],
  ['beginner|novice', 'intermediate', 'advanced', 'expert'],
  ['intern|trainee', 'junior', 'mid|intermediate', 'senior', 'lead|principal', 'director'],
  ['bronze', 'silver', 'gold', 'platinum', 'diamond'],
  ['first|1st', 'second|2nd', 'third|3rd', 'fourth|4th', 'fifth|5th', 'sixth|6th'],
  ['monday|mon', 'tuesday|tue', 'wednesday|wed', 'thursday|thu', 'friday|fri', 'saturday|sat', 'sunday|sun'],
  'january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sep october|oct november|nov december|dec'.split(
    ' ',
  ),
];

const ranks = scales.map(
  (scale) => new Map(scale.flatMap((words, rank) => words.split('|').map((word) => [word, rank] as const))),
);

/** A span of numbers: "18-24", "< 5", "65+", "$20k to $40k", "1 <= ... < 4 years". */
const span = /^\D*\d[\d.,]*\D*(?:\d[\d.,]*\D*)?$/;
/** What is longer says more than a rank or a span. */
const longestSpan = 60;
const saysSpan = /\d\s*(?:-|–|to|\.\.+|until)\s*[^\d]?\d|[<>≤≥]|\d\s*\+|under|over|less|more|above|below/i;

/** The values from low to high, or undefined when they have no order that everyone knows. */
export function orderedValues(values: readonly string[]): string[] | undefined {
  if (values.length < 2 || values.some((value) => value.length > longestSpan)) return undefined;
  const words = values.map((value) => value.toLowerCase().replaceAll(/[_-]/g, ' ').trim());
  for (const rank of ranks) {
    if (words.every((word) => rank.has(word))) return sortedBy(values, (i) => rank.get(words[i]!)!);
  }
  if (
    values.every((value) => span.test(value)) &&
    values.filter((value) => saysSpan.test(value)).length * 2 > values.length
  )
    return sortedBy(values, (i) => lowEnd(values[i]!));
  return undefined;
}

/** Undefined when two values share a place: then what order they have is not known. */
function sortedBy(values: readonly string[], key: (index: number) => number): string[] | undefined {
  const keys = values.map((_, i) => key(i));
  if (new Set(keys).size < keys.length) return undefined;
  return values
    .map((value, i) => ({ value, key: keys[i]! }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** The number a span begins at; "under 18" begins below "18-24", "over 65" above "50-65". */
function lowEnd(value: string): number {
  const [first = Number.NaN] = (value.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((text) =>
    Number(text.replaceAll(',', '')),
  );
  const nudge = Math.max(1, Math.abs(first)) * 1e-9;
  if (/^\D*(?:<|≤|under|less|below|up to)/i.test(value)) return first - nudge;
  return /^\D*(?:>|≥|over|more|above)|\+\s*$/i.test(value) ? first + nudge : first;
}
