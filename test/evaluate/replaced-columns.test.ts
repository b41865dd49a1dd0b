import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import type { Table } from '../../src/table/table.ts';
import { people } from './people.ts';

/** The same people with a key before their columns and a name in the middle, as most real tables have them. */
function withKeys(table: Table, from: number): Table {
  const keys = Array.from({ length: table.rowCount }, (_, i) => `K-${from + i}`);
  const names = keys.map((key) => `Name ${key}`);
  const text = { kind: 'text', missing: null } as const;
  const [key, name] = [
    { ...text, name: 'id', replaced: { by: 'pattern', pattern: 'K-[0-9]{4}' } },
    { ...text, name: 'holder', replaced: { by: 'fullName' } },
  ] as const;
  const { columns } = table.schema;
  return {
    rowCount: table.rowCount,
    schema: { ...table.schema, columns: [key, ...columns.slice(0, 2), name, ...columns.slice(2)] },
    columns: [keys, ...table.columns.slice(0, 2), names, ...table.columns.slice(2)],
  };
}

const [train, synthetic, test] = [people(90, 1), people(90, 2), people(60, 3)];
const keyed = { train: withKeys(train, 1000), synthetic: withKeys(synthetic, 2000), test: withKeys(test, 3000) };
const options = { baselines: false, workers: 1 };

describe('a table with an identifier and a person', () => {
  it.each(['rich', 'pay', 'age'])('has the report of the table without them, target %s', async (target) => {
    const bare = await evaluate({ train, synthetic, test, target, ...options });
    const report = await evaluate({ ...keyed, target, ...options });
    // All figures and sentences are the same; that the two were not judged is said beside them.
    const { notJudged, ...others } = JSON.parse(JSON.stringify(report));
    expect({ ...others, notJudged: [] }).toEqual(JSON.parse(JSON.stringify(bare)));
    expect(notJudged.map(({ column }: { column: string }) => column)).toEqual(['id', 'holder']);
    expect(report.toText().split('\n').slice(0, -1).join('\n')).toBe(bare.toText());
    expect(report.toText().split('\n').at(-1)).toMatch(/^~ Not judged: id \(.*\), holder \(.*\)\.$/);
    expect(report.target?.column).toBe(target);
  });

  it('takes quasi-identifiers by name, too', async () => {
    const quasiIdentifiers = ['age', 'city'];
    const bare = await evaluate({ train, synthetic, test, quasiIdentifiers, ...options });
    const report = await evaluate({ ...keyed, quasiIdentifiers, ...options });
    expect(report.anonymity).toEqual(bare.anonymity);
    expect(report.singlingOut).toEqual(bare.singlingOut);
  });

  it.each([
    [{ target: 'id' }, 'target: column "id" is an identifier'],
    [{ quasiIdentifiers: ['age', 'holder'] }, 'quasiIdentifiers: column "holder" is an identifier'],
    [{ target: 'ag' }, 'no column "ag"; did you mean "age"?'],
  ])('refuses %j', async (given, message) => {
    await expect(evaluate({ ...keyed, ...given, ...options })).rejects.toThrow(message);
  });
});

it('notices training rows given as test rows', async () => {
  await expect(evaluate({ train, synthetic, test: people(90, 1), ...options })).rejects.toThrow(
    'test: has the rows of the training table',
  );
});
