/**
 * The headers of a Parquet column's pages, before anything is decoded: how many values a file says to have, and how large they
 * are when they are unpacked. A file is refused here whose pages do not add up to its rows.
 * Source: Apache Parquet, parquet.thrift (PageHeader), in Thrift's compact protocol.
 */

interface PageHeader {
  readonly isData: boolean;
  readonly values: number;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
}

/** More than this in one page is no page. */
const mostPageBytes = 1 << 30;

/** Throws an error where the pages in `bytes` do not hold `rows` values. */
export function checkPages(bytes: Uint8Array, rows: number): void {
  const reader = thriftReader(bytes);
  let values = 0;
  // A reader stops at the last value, whatever follows it.
  while (values < rows) {
    const { isData, values: more, compressedBytes, unpackedBytes } = readPageHeader(reader);
    if (!(compressedBytes >= 0 && unpackedBytes >= 0 && unpackedBytes <= mostPageBytes))
      throw new Error('a page of impossible size');
    if (more < 0 || values + (isData ? more : 0) > rows) throw new Error(`its pages have more than ${rows} values`);
    // A dictionary has no more values than bytes but one.
    if (!isData && more > unpackedBytes + 1) throw new Error('a dictionary of impossible size');
    if (isData) values += more;
    reader.skip(compressedBytes);
  }
}

function readPageHeader(reader: ThriftReader): PageHeader {
  const header: Record<string, number> = {};
  reader.struct(header, '');
  // DataPageHeader is field 5, DictionaryPageHeader 7, DataPageHeaderV2 8; the first field of each is its number of values.
  const isData = header['5.1'] !== undefined || header['8.1'] !== undefined;
  const levels = [header['8.5'], header['8.6']];
  if (header['8.1'] !== undefined && !levels.every((bytes) => bytes !== undefined && bytes >= 0))
    throw new Error('a page header that is damaged');
  return {
    isData,
    values: header['5.1'] ?? header['8.1'] ?? header['7.1'] ?? 0,
    unpackedBytes: header['2'] ?? -1,
    compressedBytes: header['3'] ?? -1,
  };
}

type ThriftReader = ReturnType<typeof thriftReader>;

/** Structs nest no deeper in a page header. */
const deepest = 8;

function thriftReader(bytes: Uint8Array) {
  let at = 0;
  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new Error('its pages end before their values do');
    return value;
  };
  /** Seven bits a byte, the lowest first. */
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (let count = 0; count < 10; count++) {
      const next = byte();
      value += (next & 0x7f) * scale;
      if (next < 128) return value;
      scale *= 128;
    }
    throw new Error('a page header that is damaged');
  };
  const signed = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const skip = (count: number) => {
    if (count < 0 || at + count > bytes.length) throw new Error('its pages end before their values do');
    at += count;
  };
  const list = (depth: number) => {
    const head = byte();
    const count = head >> 4 === 15 ? varint() : head >> 4;
    for (let i = 0; i < count; i++) value(head & 15, {}, '', depth);
  };
  const value = (type: number, into: Record<string, number>, name: string, depth: number): void => {
    if (type === 3) byte();
    else if (type >= 4 && type <= 6) into[name] = signed();
    else if (type === 7) skip(8);
    else if (type === 8) skip(varint());
    else if (type === 9 || type === 10) list(depth + 1);
    else if (type === 12) struct(into, `${name}.`, depth + 1);
    else if (type > 2) throw new Error('a page header that is damaged');
  };
  /** Whole numbers by the path of their field: "5.1". */
  const struct = (into: Record<string, number>, prefix: string, depth = 0): void => {
    if (depth > deepest) throw new Error('a page header that is damaged');
    let field = 0;
    for (;;) {
      const head = byte();
      if (head === 0) return;
      field = head >> 4 === 0 ? signed() : field + (head >> 4);
      value(head & 15, into, `${prefix}${field}`, depth);
    }
  };
  return { struct, skip };
}
