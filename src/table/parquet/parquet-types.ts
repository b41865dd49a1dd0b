/** What type a Parquet column has, remembered in the schema, so that new rows are written in the same one. */
import type { FileMetaData } from 'hyparquet';
import type { StoredType } from '../stored-type.ts';

export type Element = FileMetaData['schema'][number];

/** Undefined for a type that is not written: binary. */
export function storedTypeOf(element: Element): StoredType | undefined {
  const { type, converted_type: converted, logical_type: logical, type_length: length } = element;
  if (isDecimal(element)) {
    return {
      as: 'decimal',
      scale: element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0),
      precision: element.precision ?? (logical?.type === 'DECIMAL' ? logical.precision : 18),
      bytes: type === 'INT32' ? 4 : type === 'INT64' ? 8 : type === 'FIXED_LEN_BYTE_ARRAY' ? (length ?? 16) : 0,
    };
  }
  if (converted === 'DATE' || logical?.type === 'DATE') return { as: 'date' };
  if (logical?.type === 'TIMESTAMP') return { as: 'timestamp', unit: logical.unit, utc: logical.isAdjustedToUTC };
  if (converted === 'TIMESTAMP_MILLIS') return { as: 'timestamp', unit: 'MILLIS', utc: true };
  if (converted === 'TIMESTAMP_MICROS') return { as: 'timestamp', unit: 'MICROS', utc: true };
  if (type === 'INT96') return { as: 'timestamp', unit: 'NANOS', utc: false };
  if (logical?.type === 'TIME') return { as: 'time', unit: logical.unit, utc: logical.isAdjustedToUTC };
  if (converted === 'TIME_MILLIS') return { as: 'time', unit: 'MILLIS', utc: true };
  if (converted === 'TIME_MICROS') return { as: 'time', unit: 'MICROS', utc: true };
  if (type === 'BOOLEAN') return { as: 'boolean' };
  if (type === 'FLOAT') return { as: 'float', bits: 32 };
  if (type === 'DOUBLE') return { as: 'float', bits: 64 };
  if (logical?.type === 'FLOAT16') return { as: 'float', bits: 16 };
  if (type === 'INT32' || type === 'INT64') return integerType(element);
  if (logical?.type === 'UUID') return { as: 'uuid' };
  return type === 'BYTE_ARRAY' ? { as: 'string' } : undefined;
}

export const isDecimal = ({ converted_type: converted, logical_type: logical }: Element): boolean =>
  converted === 'DECIMAL' || logical?.type === 'DECIMAL';

function integerType({ type, converted_type: converted, logical_type: logical }: Element): StoredType {
  const physical = type === 'INT32' ? 32 : 64;
  if (logical?.type === 'INTEGER')
    return { as: 'integer', bits: bitsOf(logical.bitWidth), signed: logical.isSigned, physical };
  const [, sign, bits] = /^(U?INT)_(\d+)$/.exec(converted ?? '') ?? [];
  return {
    as: 'integer',
    bits: bits === undefined ? physical : bitsOf(Number(bits)),
    signed: sign !== 'UINT',
    physical,
  };
}

const bitsOf = (bits: number) => (bits === 8 || bits === 16 || bits === 32 ? bits : 64);

/** The element of a stored type, without its name. */
export function elementOfType(stored: Exclude<StoredType, { as: 'number' }>): Omit<Element, 'name'> {
  switch (stored.as) {
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'float':
      if (stored.bits === 16)
        return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } };
      return { type: stored.bits === 32 ? 'FLOAT' : 'DOUBLE' };
    case 'integer': {
      const { bits, signed, physical } = stored;
      const type = physical === 32 ? 'INT32' : 'INT64';
      if (bits === physical && signed) return { type };
      return {
        type,
        converted_type: `${signed ? '' : 'U'}INT_${bits}`,
        logical_type: { type: 'INTEGER', bitWidth: bits, isSigned: signed },
      };
    }
    case 'decimal': {
      const { scale, precision, bytes } = stored;
      const decimal = {
        converted_type: 'DECIMAL',
        scale,
        precision,
        logical_type: { type: 'DECIMAL', scale, precision },
      } as const;
      if (bytes === 4) return { type: 'INT32', ...decimal };
      if (bytes === 8) return { type: 'INT64', ...decimal };
      return bytes === 0
        ? { type: 'BYTE_ARRAY', ...decimal }
        : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: bytes, ...decimal };
    }
    case 'date':
      return { type: 'INT32', converted_type: 'DATE' };
    case 'time':
      return {
        type: stored.unit === 'MILLIS' ? 'INT32' : 'INT64',
        ...(stored.unit !== 'NANOS' && { converted_type: stored.unit === 'MILLIS' ? 'TIME_MILLIS' : 'TIME_MICROS' }),
        logical_type: { type: 'TIME', isAdjustedToUTC: stored.utc, unit: stored.unit },
      };
    case 'timestamp':
      return { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: stored.utc, unit: stored.unit } };
    case 'uuid':
      return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } };
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8' };
  }
}

// The headers of a Parquet column's pages, before anything is decoded: how many values a file says to have, and how
// large they are when they are unpacked. A file is refused here whose pages do not add up to its rows. Source: Apache
// Parquet, parquet.thrift (PageHeader), in Thrift's compact protocol.

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
