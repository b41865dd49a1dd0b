/** Points in time of one format as number cells, in milliseconds. It knows formats whose texts are all of one length. */
import { formatDatetime, type InstantReader } from './datetime.ts';
import { growingNumbers, type NumberCellsBuilder } from './number-cells.ts';

export function instantsBuilder(format: string, read: InstantReader): NumberCellsBuilder {
  const values = growingNumbers();
  const text = (row: number) => formatDatetime(format, values.at(row));
  return {
    add(bytes, from, to) {
      const time = read(bytes, from, to);
      if (Number.isNaN(time)) return false;
      values.push(time);
      return true;
    },
    skip: () => values.push(Number.NaN),
    text,
    build: () => ({ spelled: { as: 'instants', format }, ...values.all(), text }),
  };
}
