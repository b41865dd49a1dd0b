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
