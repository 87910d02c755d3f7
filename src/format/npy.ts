import { AppError } from '../errors.ts';

/**
 * NumPy's .npy files, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 * A header is text from outside: its sizes are checked against the bytes at hand before anything is allocated.
 */

export type NpyDtype = 'f2' | 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'bool';

export type NpyData =
  Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

export interface NpyArray {
  /** Row-major dimensions; empty for a scalar. */
  readonly shape: readonly number[];
  readonly dtype: NpyDtype;
  /** How the file stored it. `data` is row-major (C order) either way. */
  readonly fortranOrder: boolean;
  /** f2 as float32, 64-bit integers as float64 (exact, or the file is refused), bool as 0 and 1. */
  readonly data: NpyData;
}

interface DtypeReader {
  readonly bytes: number;
  readonly create: (count: number) => NpyData;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

/** What a header says, and where the data begins. */
export interface NpyLayout {
  readonly dtype: NpyDtype;
  /** Bytes of one element. */
  readonly elementBytes: number;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte offset of the first element. */
  readonly dataOffset: number;
}

type NpyHeader = Pick<NpyLayout, 'dtype' | 'littleEndian' | 'fortranOrder' | 'shape'>;

/** No header reaches further into a file: enough for `readNpyLayout`, however large the file. */
export const NPY_HEADER_LIMIT = 65_536 + 12;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER_BYTES = 65_535;
const MAX_DIMENSIONS = 32;
/** numpy pads its headers to this, so that a memory map of the data is aligned. */
const DATA_ALIGNMENT = 64;

const READERS: Readonly<Record<NpyDtype, DtypeReader>> = {
  f2: { bytes: 2, create: (n) => new Float32Array(n), read: readFloat16 },
  f4: { bytes: 4, create: (n) => new Float32Array(n), read: (v, o, le) => v.getFloat32(o, le) },
  f8: { bytes: 8, create: (n) => new Float64Array(n), read: (v, o, le) => v.getFloat64(o, le) },
  i1: { bytes: 1, create: (n) => new Int8Array(n), read: (v, o) => v.getInt8(o) },
  i2: { bytes: 2, create: (n) => new Int16Array(n), read: (v, o, le) => v.getInt16(o, le) },
  i4: { bytes: 4, create: (n) => new Int32Array(n), read: (v, o, le) => v.getInt32(o, le) },
  i8: { bytes: 8, create: (n) => new Float64Array(n), read: (v, o, le) => exact(v.getBigInt64(o, le)) },
  u1: { bytes: 1, create: (n) => new Uint8Array(n), read: (v, o) => v.getUint8(o) },
  u2: { bytes: 2, create: (n) => new Uint16Array(n), read: (v, o, le) => v.getUint16(o, le) },
  u4: { bytes: 4, create: (n) => new Uint32Array(n), read: (v, o, le) => v.getUint32(o, le) },
  u8: { bytes: 8, create: (n) => new Float64Array(n), read: (v, o, le) => exact(v.getBigUint64(o, le)) },
  bool: { bytes: 1, create: (n) => new Uint8Array(n), read: (v, o) => (v.getUint8(o) === 0 ? 0 : 1) },
};

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

/**
 * Read the header alone.
 * @param bytes the file, or its first NPY_HEADER_LIMIT bytes
 * @throws AppError BAD_INPUT for other bytes or other dtypes
 */
export function readNpyLayout(bytes: Uint8Array): NpyLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { text, dataOffset } = readHeaderText(bytes, view);
  const header = parseHeader(text);
  return { ...header, elementBytes: READERS[header.dtype].bytes, dataOffset };
}

/** @throws AppError BAD_INPUT unless so many bytes of data are what the shape takes */
export function assertDataBytes({ dtype, elementBytes, shape }: NpyLayout, actualBytes: number): void {
  const expectedBytes = elementCount(shape) * elementBytes;
  if (actualBytes === expectedBytes) return;
  throw bad(
    `its header says shape (${shape.join(', ')}) of ${dtype}: expected ${expectedBytes} bytes of data, got ${actualBytes}`,
  );
}

/**
 * Elements in the order they are stored.
 * @param bytes whole elements, from anywhere in the data; any alignment will do
 * @throws AppError BAD_INPUT for an integer that float64 cannot hold exactly
 */
export function decodeElements({ dtype, littleEndian }: NpyLayout, bytes: Uint8Array): NpyData {
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
    throw bad(`expected a matrix of shape (count, dim), got shape (${shape.join(', ')})`);
  }
  if (count === 0 || dim === 0)
    throw bad(`expected at least one row and one column, got shape (${count}, ${dim})`);
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
      throw bad(
        `expected finite float32 numbers, got ${data[i]} at row ${Math.floor(i / dim)}, column ${i % dim}`,
      );
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
    throw bad(`expected a vector of shape (count,), got shape (${shape.join(', ')})`);
  }
  const integers = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    integers[i] = data[i];
    if (integers[i] !== data[i]) throw bad(`expected whole numbers within int32, got ${data[i]} at row ${i}`);
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
  const { descr, write } = writerOf(data);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefixBytes = MAGIC.length + 4;
  const headerBytes = Math.ceil((prefixBytes + dict.length + 1) / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  const bytes = new Uint8Array(headerBytes + data.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes[MAGIC.length] = 1;
  view.setUint16(MAGIC.length + 2, headerBytes - prefixBytes, true);
  bytes.set(new TextEncoder().encode(`${dict.padEnd(headerBytes - prefixBytes - 1)}\n`), prefixBytes);
  for (let i = 0; i < data.length; i++) write(view, headerBytes + i * data.BYTES_PER_ELEMENT, data[i]);
  return bytes;
}

function readHeaderText(bytes: Uint8Array, view: DataView): { text: string; dataOffset: number } {
  if (bytes.byteLength < MAGIC.length + 4 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw bad(`expected the bytes to begin with "\\x93NUMPY", got ${describeStart(bytes)}`);
  }
  const major = bytes[MAGIC.length];
  if (major < 1 || major > 3) throw bad(`expected format version 1, 2 or 3, got ${major}`);
  const lengthBytes = major === 1 ? 2 : 4;
  const headerOffset = MAGIC.length + 2 + lengthBytes;
  const available = bytes.byteLength - headerOffset;
  if (available < 0) throw bad(`expected at least ${headerOffset} bytes, got ${bytes.byteLength}`);
  const headerBytes =
    major === 1 ? view.getUint16(headerOffset - 2, true) : view.getUint32(headerOffset - 4, true);
  if (headerBytes > MAX_HEADER_BYTES) {
    throw bad(`expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`);
  }
  if (headerBytes > available) throw bad(`expected a header of ${headerBytes} bytes, got ${available}`);
  const dataOffset = headerOffset + headerBytes;
  return { text: new TextDecoder().decode(bytes.subarray(headerOffset, dataOffset)), dataOffset };
}

/** The header is a Python dict literal with exactly three keys, in any order. */
function parseHeader(text: string): NpyHeader {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) throw bad(`expected a header like {'descr': ...}, got ${quote(text)}`);
  const entry =
    /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\sL,]*\))\s*(?:,\s*|$)/y;
  const fields = new Map<string, string>();
  while (entry.lastIndex < body.length) {
    const at = entry.lastIndex;
    const match = entry.exec(body);
    if (match === null || fields.has(match[2])) {
      throw bad(
        `expected the header keys descr (one plain dtype), fortran_order and shape, got ${quote(body.slice(at))}`,
      );
    }
    fields.set(match[2], match[3]);
  }
  const descr = fields.get('descr');
  const order = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (descr === undefined || order === undefined || shape === undefined) {
    throw bad(
      `expected the header keys descr, fortran_order and shape, got ${[...fields.keys()].join(', ') || 'none'}`,
    );
  }
  if (order !== 'True' && order !== 'False')
    throw bad(`expected fortran_order True or False, got ${quote(order)}`);
  return { ...parseDescr(descr), fortranOrder: order === 'True', shape: parseShape(shape) };
}

function parseDescr(quoted: string): { dtype: NpyDtype; littleEndian: boolean } {
  const match = /^['"]([<>|])([fiub][1248])['"]$/.exec(quoted);
  const name = match?.[2] === 'b1' ? 'bool' : match?.[2];
  if (
    match === null ||
    name === undefined ||
    !isDtype(name) ||
    (match[1] === '|' && READERS[name].bytes > 1)
  ) {
    throw bad(`expected dtype float16/32/64, int8 to int64, uint8 to uint64 or bool, got ${quote(quoted)}`);
  }
  return { dtype: name, littleEndian: match[1] !== '>' };
}

function isDtype(name: string): name is NpyDtype {
  return Object.hasOwn(READERS, name);
}

function parseShape(tuple: string): number[] {
  const inner = tuple.startsWith('(') ? tuple.slice(1, -1).trim() : 'not a tuple';
  // Python 2 wrote long integers as 500L; one dimension is written (500,).
  if (inner !== '' && !/^\d+L?\s*(,\s*\d+L?\s*)*,?$/.test(inner)) {
    throw bad(`expected shape as a tuple of whole numbers, got ${quote(tuple)}`);
  }
  const shape = inner
    .split(',')
    .map((part) => part.trim().replace('L', ''))
    .filter((part) => part !== '')
    .map(Number);
  if (shape.length > MAX_DIMENSIONS)
    throw bad(`expected at most ${MAX_DIMENSIONS} dimensions, got ${shape.length}`);
  if (!shape.every(Number.isSafeInteger)) throw bad(`expected dimensions below 2^53, got ${quote(tuple)}`);
  return shape;
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

let float16Values: Float32Array | null = null;

/** By a table of all 65,536 values: taking every number apart was a third of the time of scoring a float16 file. */
function readFloat16(view: DataView, offset: number, littleEndian: boolean): number {
  float16Values ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16Value(bits));
  return float16Values[view.getUint16(offset, littleEndian)];
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw bad(`expected integers of at most 53 bits, got ${value}`);
  return number;
}

type ElementWriter = (view: DataView, offset: number, value: number) => void;

function writerOf(data: NpyData): { descr: string; write: ElementWriter } {
  if (data instanceof Float32Array) return { descr: '<f4', write: (v, o, x) => v.setFloat32(o, x, true) };
  if (data instanceof Float64Array) return { descr: '<f8', write: (v, o, x) => v.setFloat64(o, x, true) };
  if (data instanceof Int32Array) return { descr: '<i4', write: (v, o, x) => v.setInt32(o, x, true) };
  if (data instanceof Uint32Array) return { descr: '<u4', write: (v, o, x) => v.setUint32(o, x, true) };
  if (data instanceof Int16Array) return { descr: '<i2', write: (v, o, x) => v.setInt16(o, x, true) };
  if (data instanceof Uint16Array) return { descr: '<u2', write: (v, o, x) => v.setUint16(o, x, true) };
  if (data instanceof Int8Array) return { descr: '|i1', write: (v, o, x) => v.setInt8(o, x) };
  return { descr: '|u1', write: (v, o, x) => v.setUint8(o, x) };
}

function describeStart(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return 'an empty file';
  return `${bytes.byteLength} bytes beginning ${quote(new TextDecoder().decode(bytes.subarray(0, 8)))}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

function bad(detail: string): AppError {
  return new AppError('BAD_INPUT', `Not a readable .npy array: ${detail}.`);
}
