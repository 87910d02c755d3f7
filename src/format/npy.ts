/**
 * NumPy's .npy files, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 * A header is text from outside: its sizes are checked against the bytes at hand before anything is allocated.
 */
import { type NpyData, type NpyDtype, READERS, badNpy, writerOf } from './npy-dtypes.ts';
import { NPY_MAGIC, type NpyLayout, readNpyLayout } from './npy-header.ts';

export interface NpyArray {
  /** Row-major dimensions; empty for a scalar. */
  readonly shape: readonly number[];
  readonly dtype: NpyDtype;
  /** How the file stored it. `data` is row-major (C order) either way. */
  readonly fortranOrder: boolean;
  /** f2 as float32, 64-bit integers as float64 (exact, or the file is refused), bool as 0 and 1. */
  readonly data: NpyData;
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** numpy pads its headers to this, so that a memory map of the data is aligned. */
const DATA_ALIGNMENT = 64;

/**
 * Read one array. Fortran order is turned into row-major; any alignment of `bytes` will do.
 * @throws AppError BAD_INPUT for other bytes, other dtypes, a length that does not fit the shape, or an integer that
 *   float64 cannot hold exactly; the message names what was expected and what came
 */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const layout = readNpyLayout(bytes);
  const { dtype, fortranOrder, shape, dataOffset } = layout;
  assertDataBytes(layout, bytes.byteLength - dataOffset);
  const count = elementCount(shape);
  const stored = decodeElements(layout, bytes.subarray(dataOffset));
  const data =
    fortranOrder && shape.length > 1 ? toRowMajor(stored, shape, READERS[dtype].create(count)) : stored;
  return { shape, dtype, fortranOrder, data };
}

/** @throws AppError BAD_INPUT unless so many bytes of data are what the shape takes */
export function assertDataBytes({ dtype, elementBytes, shape }: NpyLayout, actualBytes: number): void {
  const expectedBytes = elementCount(shape) * elementBytes;
  if (actualBytes === expectedBytes) return;
  throw badNpy(
    `its header says shape (${shape.join(', ')}) of ${dtype}: expected ${expectedBytes} bytes of data, got ${actualBytes}`,
  );
}

/**
 * Elements in the order they are stored.
 * @param bytes whole elements, from anywhere in the data; any alignment will do
 * @throws AppError BAD_INPUT for an integer that float64 cannot hold exactly
 */
export function decodeElements({ dtype, littleEndian }: NpyLayout, bytes: Uint8Array): NpyData {
  // Nearly every matrix of embeddings: a copy takes a twentieth of the time of reading number by number.
  if (dtype === 'f4' && littleEndian && HOST_IS_LITTLE_ENDIAN) {
    const elements = new Float32Array(Math.floor(bytes.byteLength / 4));
    new Uint8Array(elements.buffer).set(bytes.subarray(0, elements.byteLength));
    return elements;
  }
  const reader = READERS[dtype];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / reader.bytes);
  const elements = reader.create(count);
  for (let i = 0; i < count; i++) elements[i] = reader.read(view, i * reader.bytes, littleEndian);
  return elements;
}

/**
 * Rows and columns of a matrix of embeddings.
 * @throws AppError BAD_INPUT when the array is not 2-D or has no rows or no columns
 */
export function matrixShape(shape: readonly number[]): { count: number; dim: number } {
  const [count, dim] = shape;
  if (shape.length !== 2 || count === undefined || dim === undefined) {
    throw badNpy(`expected a matrix of shape (count, dim), got shape (${shape.join(', ')})`);
  }
  if (count === 0 || dim === 0)
    throw badNpy(`expected at least one row and one column, got shape (${count}, ${dim})`);
  return { count, dim };
}

/**
 * Read a matrix of embeddings or features as float32.
 * @returns `embeddings` row-major, shape [count, dim], all finite; values as stored (not normalised)
 * @throws AppError BAD_INPUT as `decodeNpy` does, and when the array is not 2-D, has no rows or no columns, or holds
 *   NaN, Infinity or a number beyond float32 (row and column named)
 */
export function readEmbeddings(bytes: Uint8Array): { embeddings: Float32Array; count: number; dim: number } {
  const { shape, data } = decodeNpy(bytes);
  const { count, dim } = matrixShape(shape);
  const embeddings = data instanceof Float32Array ? data : Float32Array.from(data);
  for (let i = 0; i < embeddings.length; i++) {
    if (!Number.isFinite(embeddings[i])) {
      const expected = Number.isFinite(data[i])
        ? 'numbers that float32 can hold (up to 3.4e38)'
        : 'finite numbers';
      throw badNpy(`expected ${expected}, got ${data[i]} at row ${Math.floor(i / dim)}, column ${i % dim}`);
    }
  }
  return { embeddings, count, dim };
}

/**
 * Read a vector of whole numbers: labels, groups. A column of shape (n, 1) will do; floats must be whole.
 * @throws AppError BAD_INPUT as `decodeNpy` does, for another shape, or for a value outside int32
 */
export function readIntegers(bytes: Uint8Array): Int32Array {
  const { shape, data } = decodeNpy(bytes);
  if (!(shape.length === 1 || (shape.length === 2 && shape[1] === 1))) {
    throw badNpy(`expected a vector of shape (count,), got shape (${shape.join(', ')})`);
  }
  const integers = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    integers[i] = data[i];
    if (integers[i] !== data[i])
      throw badNpy(`expected whole numbers within int32, got ${data[i]} at row ${i}`);
  }
  return integers;
}

/**
 * Write an array as .npy version 1, little-endian, row-major. The dtype follows the typed array's class.
 * @param data row-major, of length product(shape)
 * @throws RangeError when the length does not fit the shape
 */
export function encodeNpy(data: NpyData, shape: readonly number[]): Uint8Array {
  if (elementCount(shape) !== data.length) {
    throw new RangeError(
      `expected ${elementCount(shape)} elements for shape (${shape.join(', ')}), got ${data.length}`,
    );
  }
  const { write } = writerOf(data);
  const header = encodeNpyHeader(data, shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  for (let i = 0; i < data.length; i++) write(view, header.length + i * data.BYTES_PER_ELEMENT, data[i]);
  return bytes;
}

/** What stands before the numbers of an array, which may be written part by part. @param like an array of the same class */
export function encodeNpyHeader(like: NpyData, shape: readonly number[]): Uint8Array {
  const { descr } = writerOf(like);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefixBytes = NPY_MAGIC.length + 4;
  const headerBytes = Math.ceil((prefixBytes + dict.length + 1) / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  const bytes = new Uint8Array(headerBytes);
  bytes.set(NPY_MAGIC);
  bytes[NPY_MAGIC.length] = 1;
  new DataView(bytes.buffer).setUint16(NPY_MAGIC.length + 2, headerBytes - prefixBytes, true);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(headerBytes - prefixBytes - 1)}\n`), prefixBytes);
  return bytes;
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Column-major `stored` to row-major `out`: one pass over `out`, with a counter for each axis. */
function toRowMajor(stored: NpyData, shape: readonly number[], out: NpyData): NpyData {
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const position = shape.map(() => 0);
  let source = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = stored[source];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis];
      if (++position[axis] < shape[axis]) break;
      source -= strides[axis] * shape[axis];
      position[axis] = 0;
    }
  }
  return out;
}
