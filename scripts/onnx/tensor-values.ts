import { float16Value } from '../../src/format/npy-dtypes.ts';
import type { TensorProto } from './model-proto.ts';

/** A constant of a graph: row-major values, all of them in float64's reach. */
export interface ConstantTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Bytes of a file that lies beside the model. */
export type ReadExternal = (location: string, offset: number, length: number | null) => Uint8Array;

const TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10, float64: 11 } as const;

/** @throws Error naming a type that is not read, or data that are not there */
export function readTensor(tensor: TensorProto, readExternal: ReadExternal): ConstantTensor {
  const dims = tensor.dims.map(toNumber);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = valuesOf(tensor, readExternal);
  if (data.length === count) return { dims, data };
  throw new Error(`expected ${count} values of ${tensor.name}, got ${data.length}`);
}

export function toNumber(value: unknown): number {
  return Number(String(value));
}

function valuesOf(tensor: TensorProto, readExternal: ReadExternal): Float32Array {
  if (tensor.floatData.length > 0) return Float32Array.from(tensor.floatData);
  if (tensor.int64Data.length > 0) return Float32Array.from(tensor.int64Data, toNumber);
  if (tensor.int32Data.length > 0) {
    // Small types, halves among them, may stand in 32 bits each.
    const isHalf = tensor.dataType === TYPE.float16;
    return Float32Array.from(tensor.int32Data, isHalf ? float16Value : (value) => value);
  }
  return fromBytes(tensor, bytesOf(tensor, readExternal));
}

function bytesOf(
  { rawData, dataLocation, externalData }: TensorProto,
  readExternal: ReadExternal,
): Uint8Array {
  if (dataLocation !== 1) return rawData;
  const place = new Map(externalData.map(({ key, value }) => [key, value]));
  const length = place.get('length');
  return readExternal(
    place.get('location') ?? '',
    Number(place.get('offset') ?? 0),
    length === undefined ? null : Number(length),
  );
}

function fromBytes({ name, dataType }: TensorProto, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (width: number, at: (offset: number) => number): Float32Array =>
    Float32Array.from({ length: bytes.length / width }, (_, i) => at(i * width));
  switch (dataType) {
    case TYPE.float32:
      return read(4, (offset) => view.getFloat32(offset, true));
    case TYPE.float16:
      return read(2, (offset) => float16Value(view.getUint16(offset, true)));
    case TYPE.float64:
      return read(8, (offset) => view.getFloat64(offset, true));
    case TYPE.uint8:
      return Float32Array.from(bytes);
    case TYPE.int8:
      return read(1, (offset) => view.getInt8(offset));
    case TYPE.int32:
      return read(4, (offset) => view.getInt32(offset, true));
    case TYPE.int64:
      return read(8, (offset) => Number(view.getBigInt64(offset, true)));
    default:
      throw new Error(`expected numbers in ${name}, got ONNX type ${dataType}`);
  }
}
