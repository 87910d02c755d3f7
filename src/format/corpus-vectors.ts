import { corruptPart, decodeValue, encodeValue, readValue } from './corpus-value.ts';

/**
 * Vectors as they are stored and scanned: int8 rows, row-major, shape [count, dim], and float32 columns of one number a
 * vector. Column 0 is the scale: row x scale is the vector. Rows of codes have no columns, and `dim` counts their bytes.
 */
export interface PackedVectors {
  readonly count: number;
  readonly dim: number;
  readonly columns: readonly Float32Array[];
  readonly rows: Int8Array;
}

/** Stored bytes a vector: an int8 a coordinate, or the bytes of its codes, and a float32 a column. */
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
  return encodeValue({ count, dim, columns: columns.length }, parts);
}

/** What the manifest says of a value of vectors. */
export interface VectorsShape {
  readonly count: number;
  readonly dim: number;
  readonly columns: number;
}

/**
 * Hands on the payload of a value of vectors as it comes in: the columns one after the other, then the rows.
 * @param onPayload as `readValue`
 * @throws AppError STORAGE_FAILED when the value is damaged or of another shape
 */
export async function readVectors(
  parts: AsyncIterable<Uint8Array>,
  expected: VectorsShape,
  onPayload: (part: Uint8Array, offset: number) => void,
): Promise<void> {
  let payloadBytes = 0;
  await readValue(
    parts,
    'vectors',
    (shape) => expectShape(shape, expected),
    (part, offset) => {
      payloadBytes = offset + part.length;
      expectWithin(payloadBytes, expected);
      onPayload(part, offset);
    },
  );
  expectPayload(payloadBytes, expected);
}

/** The vectors of a whole value; copies, so that any alignment of `bytes` will do. @throws as `readVectors` */
export function decodeVectors(bytes: Uint8Array, expected: VectorsShape): PackedVectors {
  const { payload, ...shape } = decodeValue(bytes, 'vectors');
  expectShape(shape, expected);
  expectPayload(payload.length, expected);
  const { count, dim, columns } = expected;
  const { buffer } = payload.slice();
  const columnBytes = Float32Array.BYTES_PER_ELEMENT * count;
  return {
    count,
    dim,
    columns: Array.from({ length: columns }, (_, i) => new Float32Array(buffer, i * columnBytes, count)),
    rows: new Int8Array(buffer, columns * columnBytes, count * dim),
  };
}

function expectShape(shape: VectorsShape, { count, dim, columns }: VectorsShape): void {
  if (shape.count === count && shape.dim === dim && shape.columns === columns) return;
  throw corruptPart(
    'vectors',
    `${shape.count} of ${shape.dim} with ${shape.columns} columns, expected ${count} of ${dim} with ${columns}`,
  );
}

function expectPayload(actual: number, { count, dim, columns }: VectorsShape): void {
  const expected = count * bytesPerVector(dim, columns);
  if (actual !== expected) throw corruptPart('vectors', `${actual} bytes of payload, expected ${expected}`);
}

/** A longer payload is refused before it is written anywhere. */
function expectWithin(actual: number, expected: VectorsShape): void {
  if (actual > expected.count * bytesPerVector(expected.dim, expected.columns)) {
    expectPayload(actual, expected);
  }
}
