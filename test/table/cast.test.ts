import { expect, it } from 'vitest';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { columnsOf } from '../../src/table/cast.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { judgeCells } from '../../src/validate/judged-cells.ts';

const read = (text: string) => tableFromText(parseCsv(text, 'x.csv').text);

it('keeps -0.0 beside 0.0, which are two cells of a file', () => {
  const table = read('x\n0.0\n-0.0\n1.5\n');
  const other = read('x\n-0.0\n0.0\n1.5\n');
  expect(columnsOf(other, table.schema)).toEqual([[-0, 0, 1.5]]);
  expect(judgeCells(other, table.schema).table.columns[0]).toEqual(Float64Array.of(-0, 0, 1.5));
});

it('takes plain numbers for those in a style, and times in any format, but no euros for dollars', () => {
  const dollars = read('price,seen\n"$1,234.50",31-Jan-2024 3:45 PM\n$2.00,01-May-2024 9:00 AM\n');
  const plain = read('price,seen\n2,2024-05-01 09:00\n1234.5,2024-01-31 15:45\n');
  const [first, second] = [dollars.columns[0]![0], dollars.columns[1]![0]];
  expect(columnsOf(plain, dollars.schema).map((cells) => cells[1])).toEqual([first, second]);
  expect(columnsOf(dollars, plain.schema).map((cells) => cells[0])).toEqual([first, second]);
  expect(judgeCells(plain, dollars.schema).issues(1)).toEqual([]);
  const euros = read('price,seen\n€2.00,2024-05-01 09:00\n');
  expect(() => columnsOf(euros, dollars.schema)).toThrow('expected a number spelled like $1,234.50, got "€2.00"');
  const finer = read('price,seen\n2,2024-05-01 09:00:30\n');
  expect(() => columnsOf(finer, dollars.schema)).toThrow('column "seen": expected a time spelled DD-MMM-YYYY h:mm A');
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
