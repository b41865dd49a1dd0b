import { expect, it } from 'vitest';
import { parseCsv } from '../../src/table/csv.ts';
import { tableFromText } from '../../src/table/fit.ts';
import { columnsOf } from '../../src/table/recast.ts';
import { judgeCells } from '../../src/validate/judged-cells.ts';

const read = (text: string) => tableFromText(parseCsv(text, 'x.csv').text);

it('keeps -0.0 beside 0.0, which are two cells of a file', () => {
  const table = read('x\n0.0\n-0.0\n1.5\n');
  const other = read('x\n-0.0\n0.0\n1.5\n');
  expect(columnsOf(other, table.schema)).toEqual([[-0, 0, 1.5]]);
  expect(judgeCells(other, table.schema).table.columns[0]).toEqual(Float64Array.of(-0, 0, 1.5));
});

it('reads cells of one table as another has them', () => {
  const table = read('kind,size\nb,1\na,2\nc,\n');
  const other = read('size,kind\n2,c\n1,a\n,b\n');
  const kinds = (other.schema.columns[1] as { values: string[] }).values;
  expect(kinds).toEqual(['a', 'b', 'c']);
  expect(columnsOf(other, table.schema)).toEqual([
    [2, 0, 1],
    [2, 1, null],
  ]);
  expect(() => columnsOf(read('kind,size\na,3\na,4\n'), table.schema)).toThrow(
    'row 1: column "size": expected one of 1..2 as in training, got 3',
  );
});
