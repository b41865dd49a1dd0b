/** Typed arrays that grow. They know nothing of what is in them. */

/** The same array, or a larger copy, that holds so many. */
export function roomFor<T extends Float64Array | Uint8Array | Uint16Array | Int32Array>(values: T, length: number): T {
  if (length <= values.length) return values;
  const larger = new (values.constructor as new (length: number) => T)(Math.max(length, values.length * 2));
  larger.set(values);
  return larger;
}

/** Whole numbers of unknown count, four bytes each. */
export interface GrowingInts {
  push(value: number): void;
  /** The first `count` of `more`. */
  append(more: Int32Array, count: number): void;
  at(index: number): number | undefined;
  size(): number;
  /** All of them; nothing may be pushed afterwards. */
  done(): Int32Array;
}

export function growingInts(): GrowingInts {
  let values = new Int32Array(1024);
  let length = 0;
  return {
    push(value) {
      if (length === values.length) values = roomFor(values, length + 1);
      values[length++] = value;
    },
    append(more, count) {
      values = roomFor(values, length + count);
      for (let i = 0; i < count; i++) values[length + i] = more[i]!;
      length += count;
    },
    size: () => length,
    at: (index) => (index < length ? values[index] : undefined),
    done: () => (length === values.length ? values : values.slice(0, length)),
  };
}
