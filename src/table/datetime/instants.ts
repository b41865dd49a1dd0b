/** Points in time of one format as number cells, in milliseconds. It knows formats whose texts are all of one length. */

import { roomFor } from '../../numeric/growing-arrays.ts';
import type { NumberCellsBuilder } from '../numbers/number-cells.ts';
import { formatDatetime, type InstantReader } from './datetime.ts';

export function instantsBuilder(format: string, read: InstantReader): NumberCellsBuilder {
  let values = new Float64Array(1 << 10);
  let length = 0;
  const text = (row: number) => formatDatetime(format, values[row]!);
  return {
    take({ bytes, bounds, first, step, count }, from) {
      values = roomFor(values, length + count - from);
      let i = from;
      for (let bound = first + step * i; i < count; i++, bound += step) {
        const time = read(bytes, bounds[bound]!, bounds[bound + 1]!);
        if (Number.isNaN(time)) break;
        values[length++] = time;
      }
      return i;
    },
    skip() {
      values = roomFor(values, length + 1);
      values[length++] = Number.NaN;
    },
    text,
    build: () => ({ spelled: { as: 'instants', format }, values: values.slice(0, length), text }),
  };
}
