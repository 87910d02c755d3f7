import { corruptPart, decodeJson, decodeValue, encodeValue } from './corpus-value.ts';

/**
 * One field of the metadata of all vectors of a segment, for filters: the different values as text, and one code a vector.
 * Code 0: the item has no such field; code c: `values[c - 1]`.
 */
export interface FieldColumn {
  readonly name: string;
  readonly values: readonly string[];
  readonly codes: Uint32Array;
}

/** Fields that filters know, at most: more are metadata only. */
export const MAX_FIELDS = 32;

/** @param fields each with `count` codes */
export function encodeFields(count: number, fields: readonly FieldColumn[]): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(fields.map(({ name, values }) => ({ name, values }))));
  // Codes first: aligned, whatever the text's length.
  const codes = fields.map(({ codes: column }) => {
    if (column.length !== count) throw new RangeError(`expected ${count} codes, got ${column.length}`);
    return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  });
  return encodeValue({ count, dim: 0, columns: fields.length }, [...codes, head]);
}

/** @throws AppError STORAGE_FAILED when the value is damaged, or its codes do not fit its values or the count */
export function decodeFields(bytes: Uint8Array, expectedCount: number): FieldColumn[] {
  const { payload, count, columns } = decodeValue(bytes, 'fields');
  if (count !== expectedCount) throw corruptPart('fields', `of ${count} vectors, expected ${expectedCount}`);
  const codeBytes = Uint32Array.BYTES_PER_ELEMENT * count;
  if (columns > MAX_FIELDS || payload.length < columns * codeBytes) {
    throw corruptPart('fields', `${columns} fields in ${payload.length} bytes`);
  }
  const heads = decodeJson(payload.subarray(columns * codeBytes), 'fields');
  if (!Array.isArray(heads) || heads.length !== columns) {
    throw corruptPart('fields', `no list of ${columns} fields`);
  }
  return heads.map((head: unknown, i) => {
    if (!isHead(head)) throw corruptPart('fields', 'a field that is not {name, values}');
    const copy = payload.slice(i * codeBytes, (i + 1) * codeBytes);
    const codes = new Uint32Array(copy.buffer, 0, count);
    const highest = codes.reduce((most, code) => Math.max(most, code), 0);
    if (highest > head.values.length) {
      throw corruptPart('fields', `code ${highest} of ${head.values.length} values`);
    }
    return { name: head.name, values: head.values, codes };
  });
}

function isHead(head: unknown): head is { name: string; values: string[] } {
  return (
    typeof head === 'object' &&
    head !== null &&
    'name' in head &&
    typeof head.name === 'string' &&
    'values' in head &&
    Array.isArray(head.values) &&
    head.values.every((value) => typeof value === 'string')
  );
}
