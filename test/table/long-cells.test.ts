/** Long cells cost by their length: what patterns look at is counted, not timed. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { readTable } from '../../src/table/read.ts';

afterEach(() => vi.restoreAllMocks());

/** Beginnings of numbers, times, codes, addresses and names that go on and on. */
const units = [
  '1',
  '$1,111',
  '1e',
  '0',
  '-',
  ' x',
  '1/',
  'a@',
  'a.b',
  'Ab ',
  'A1',
  '1-',
  '(',
  '+1 ',
  '%',
  'é',
  "'",
  'a, ',
  '12:',
];
const folder = mkdtempSync(join(tmpdir(), 'tabletalk-long-'));

/** These are anchored or have one repeated class, so they cost what they read; all others may cost the square of it. */
const linear = [
  '[\\r\\n]$',
  '\\r\\n|\\n|\\r',
  '"[^"]*"',
  '^\\uFEFF',
  '\\p{Surrogate}',
  '\\p{L}{2,}\\s',
  '^-?(?:0|[1-9]\\d*)$',
  '^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?$',
  '^(?:|NA|N\\/A|NaN|null|\\?)$',
  '\\d[\\d.]{15}',
  '"(?:[^"\\\\]|\\\\.)*"|-?\\d[\\d.]{15,}(?:[eE][+-]?\\d+)?',
];

/** Patterns by the characters they got to see in texts that are long. */
async function looked(file: string): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  const exec = RegExp.prototype.exec;
  const spy = vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text: string) {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, text);
    if (String(text).length > 4096) {
      const to = found ? found.index + found[0].length : String(text).length;
      seen.set(this.source, (seen.get(this.source) ?? 0) + to - from);
    }
    return found;
  });
  await readTable(join(folder, file));
  spy.mockRestore();
  return seen;
}

function tableOf(unit: string, length: number, every: number, form: 'csv' | 'jsonl'): string {
  const cells = Array.from({ length: 30 }, (_, i) => unit.repeat(i % every ? 3 : length / unit.length) + i);
  const lines = cells.map((cell, i) => (form === 'csv' ? `"${cell}";${i}` : JSON.stringify({ a: cell, b: i })));
  const name = `long.${form}`;
  writeFileSync(join(folder, name), `${form === 'csv' ? 'a;b\n' : ''}${lines.join('\n')}\n`);
  return name;
}

it.each(units)('cells of %j again and again', async (unit) => {
  for (const form of ['csv', 'jsonl'] as const) {
    for (const every of [1, 7]) {
      const [short, long] = [new Map<string, number>(), new Map<string, number>()];
      for (const [seen, length] of [
        [short, 10_000],
        [long, 40_000],
      ] as const) {
        for (const [pattern, count] of await looked(tableOf(unit, length, every, form))) seen.set(pattern, count);
      }
      expect([...long.keys()].filter((pattern) => !linear.includes(pattern))).toEqual([]);
      const grown = [...long].filter(([pattern, count]) => count > 4.5 * Math.max(short.get(pattern) ?? 0, 300_000));
      expect(grown).toEqual([]);
    }
  }
});
