import { corruptValue, decodeValue, encodeValue } from './corpus-value.ts';

/**
 * Vectors as they are stored and scanned: int8 rows, row-major, shape [count, dim], and float32 columns of one number a
 * vector. Column 0 is the scale: row x scale is the vector.
 */
export interface PackedVectors {
  readonly count: number;
  readonly dim: number;
  readonly columns: readonly Float32Array[];
  readonly rows: Int8Array;
}

/** Bytes of a value around its payload: header and checksum. */
export const VALUE_OVERHEAD_BYTES = 36;

/** Stored bytes a vector: an int8 a coordinate and a float32 a column. */
export function bytesPerVector(dim: number, columns: number): number {
  return dim + Float32Array.BYTES_PER_ELEMENT * columns;
}

/** A value of vectors: the columns one after the other, then the rows. Typed arrays are little-endian wherever this runs. */
export function encodeVectors({ count, dim, columns, rows }: PackedVectors): Uint8Array {
  if (rows.length !== count * dim || columns.some((column) => column.length !== count)) {
    throw new RangeError(`expected ${count} rows of ${dim} and columns of ${count}`);
  }
  const parts = [...columns, rows].map(
    (part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
  );
  return encodeValue('vectors', { count, dim, columns: columns.length }, parts);
}

/**
 * The payload of a value of vectors, as `ScanMemory.write` takes it: a view into `bytes`.
 * @param expected what the manifest says of it
 * @param isVerified as `decodeValue`
 * @throws AppError STORAGE_FAILED when the value is damaged or of another shape
 */
export function vectorsPayload(
  bytes: Uint8Array,
  expected: { readonly count: number; readonly dim: number; readonly columns: number },
  isVerified: boolean,
): Uint8Array {
  const { payload, ...shape } = decodeValue(bytes, 'vectors', isVerified);
  const { count, dim, columns } = expected;
  if (shape.count !== count || shape.dim !== dim || shape.columns !== columns) {
    throw corruptValue(
      'vectors',
      `${shape.count} of ${shape.dim} with ${shape.columns} columns, expected ${count} of ${dim} with ${columns}`,
    );
  }
  if (payload.length !== count * bytesPerVector(dim, columns)) {
    throw corruptValue(
      'vectors',
      `${payload.length} bytes of payload, expected ${count * bytesPerVector(dim, columns)}`,
    );
  }
  return payload;
}

/** `vectorsPayload` taken apart; copies, so that any alignment of `bytes` will do. */
export function decodeVectors(
  bytes: Uint8Array,
  expected: { readonly count: number; readonly dim: number; readonly columns: number },
): PackedVectors {
  const { count, dim, columns } = expected;
  const payload = vectorsPayload(bytes, expected, false).slice();
  const columnBytes = Float32Array.BYTES_PER_ELEMENT * count;
  return {
    count,
    dim,
    columns: Array.from(
      { length: columns },
      (_, i) => new Float32Array(payload.buffer, i * columnBytes, count),
    ),
    rows: new Int8Array(payload.buffer, columns * columnBytes, count * dim),
  };
}
