import { AppError } from '../errors.ts';

export type NpyDtype = 'f2' | 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'bool';

export type NpyData =
  Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

interface DtypeReader {
  readonly bytes: number;
  readonly create: (count: number) => NpyData;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

/** How each dtype is read. */
export const READERS: Readonly<Record<NpyDtype, DtypeReader>> = {
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

let float16Values: Float32Array | null = null;

/** By a table of all 65,536 values: taking every number apart was a third of the time of scoring a float16 file. */
function readFloat16(view: DataView, offset: number, littleEndian: boolean): number {
  float16Values ??= Float32Array.from({ length: 65_536 }, (_, bits) => float16Value(bits));
  return float16Values[view.getUint16(offset, littleEndian)];
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function exact(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw badNpy(`expected integers of at most 53 bits, got ${value}`);
  return number;
}

type ElementWriter = (view: DataView, offset: number, value: number) => void;

/** The dtype of an array as numpy names it, little-endian, and how one element is written. */
export function writerOf(data: NpyData): { descr: string; write: ElementWriter } {
  if (data instanceof Float32Array) return { descr: '<f4', write: (v, o, x) => v.setFloat32(o, x, true) };
  if (data instanceof Float64Array) return { descr: '<f8', write: (v, o, x) => v.setFloat64(o, x, true) };
  if (data instanceof Int32Array) return { descr: '<i4', write: (v, o, x) => v.setInt32(o, x, true) };
  if (data instanceof Uint32Array) return { descr: '<u4', write: (v, o, x) => v.setUint32(o, x, true) };
  if (data instanceof Int16Array) return { descr: '<i2', write: (v, o, x) => v.setInt16(o, x, true) };
  if (data instanceof Uint16Array) return { descr: '<u2', write: (v, o, x) => v.setUint16(o, x, true) };
  if (data instanceof Int8Array) return { descr: '|i1', write: (v, o, x) => v.setInt8(o, x) };
  return { descr: '|u1', write: (v, o, x) => v.setUint8(o, x) };
}

export function isDtype(name: string): name is NpyDtype {
  return Object.hasOwn(READERS, name);
}

/** The error for a file that is not a .npy, or not one that can be read here. */
export function badNpy(detail: string): AppError {
  return new AppError('BAD_INPUT', `Not a readable .npy array: ${detail}.`);
}
