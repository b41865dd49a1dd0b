import { describe, expect, it } from 'vitest';
import { wantedRows } from '../../src/augment/class-counts.ts';
import { classGenerator, type Fit } from '../../src/augment/fitted.ts';
import type { Model } from '../../src/model/model.ts';
import type { CodedColumn } from '../../src/table/schema.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { worldTable } from './world.ts';

const world = worldTable(60, 4);
const letter = world.schema.columns.findIndex(({ name }) => name === 'c');
const { values } = world.schema.columns[letter] as CodedColumn;
const codesOf = (table: Table) => table.columns[letter] as Int32Array;
const lettersOf = (table: Table) => [...codesOf(table)].map((code) => values[code]!);

/** Twelve rows with "x", and as many with "z" and "y" as are given. */
function withLetters(z: number, y = 6): Table {
  const rows = (of: string) => [...codesOf(world).keys()].filter((row) => values[codesOf(world)[row]!] === of);
  return takeRows(world, [...rows('x').slice(0, 12), ...rows('y').slice(0, y), ...rows('z').slice(0, z)]);
}

/** Models that repeat the rows they saw, under the labels that are asked for. */
function repeating() {
  const seen: Table[] = [];
  const learn: Fit = async (table) => {
    seen.push(table);
    const sample = async ({ like }: { like: Table }) => {
      const rows = Array.from({ length: like.rowCount }, (_, row) => row % table.rowCount);
      const drawn = takeRows(table, rows);
      return { ...drawn, columns: drawn.columns.map((data, c) => (c === letter ? like.columns[0]! : data)) };
    };
    return { sample } as unknown as Model;
  };
  return { seen, learn };
}

async function balanced(real: Table) {
  const { seen, learn } = repeating();
  const wanted = wantedRows(real, null, { target: 'c', balance: true });
  const generator = await classGenerator({ target: 'c' }, learn)(real, wanted, 1, () => {});
  return { seen: seen.map(lettersOf), drawn: await generator.draw(wanted, 1) };
}

describe('rows of classes that are raised', () => {
  it('come from models that saw that class alone, in the counts that are wanted', async () => {
    const { seen, drawn } = await balanced(withLetters(2));
    expect(seen).toEqual([new Array(6).fill('y'), ['z', 'z']]);
    expect(lettersOf(drawn)).toEqual([...new Array(6).fill('y'), ...new Array(10).fill('z')]);
  });

  it('come from a model of all rows where the class has but one', async () => {
    const { seen, drawn } = await balanced(withLetters(1));
    expect(seen[1]).toHaveLength(19);
    expect(lettersOf(drawn).filter((one) => one === 'z')).toHaveLength(11);
  });

  it('come from one such model for all classes that have but one', async () => {
    const { seen, drawn } = await balanced(withLetters(1, 1));
    expect(seen.map((letters) => letters.length)).toEqual([14]);
    expect(lettersOf(drawn)).toEqual([...new Array(11).fill('y'), ...new Array(11).fill('z')]);
  });
});
