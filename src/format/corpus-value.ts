import { AppError } from '../errors.ts';
import { crc32 } from './crc32.ts';

// The byte table is in docs/kv-layout.md.
const MAGIC = 0x43514c41; // "ALQC" read as little-endian u32
const VERSION = 1;
/** A multiple of 16, so that float32 columns that follow it are aligned where the value is. */
const VALUE_HEADER_BYTES = 32;
const CHECKSUM_BYTES = 4;
const TYPES = { vectors: 1, fields: 2, items: 3 } as const;

export type ValueType = keyof typeof TYPES;

/** What the header says besides type and length; the meaning of `dim` and `columns` is the type's. */
export interface ValueShape {
  readonly count: number;
  readonly dim: number;
  readonly columns: number;
}

/** One value of a corpus segment: header, the parts one after the other, CRC-32. */
export function encodeValue(type: ValueType, shape: ValueShape, parts: readonly Uint8Array[]): Uint8Array {
  const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(VALUE_HEADER_BYTES + payloadBytes + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, TYPES[type], true);
  view.setUint32(8, bytes.length, true);
  view.setUint32(12, shape.count, true);
  view.setUint32(16, shape.dim, true);
  view.setUint32(20, shape.columns, true);
  let offset = VALUE_HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  view.setUint32(offset, crc32(bytes.subarray(0, offset)), true);
  return bytes;
}

/**
 * Shape and payload of a value, a view into `bytes`.
 * @throws AppError STORAGE_FAILED on damaged, truncated, foreign or newer bytes, naming the expected and the actual
 */
export function decodeValue(
  bytes: Uint8Array,
  type: ValueType,
): ValueShape & { readonly payload: Uint8Array } {
  const { length, ...shape } = readHeader(bytes, type);
  expectEqual(type, 'length', length, bytes.length);
  const end = bytes.length - CHECKSUM_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expectEqual(type, 'checksum', view.getUint32(end, true), crc32(bytes.subarray(0, end)));
  return { ...shape, payload: bytes.subarray(VALUE_HEADER_BYTES, end) };
}

/**
 * `decodeValue` of a value that comes in parts and is not kept: its payload is handed on as it comes.
 * @param onHeader told of the shape before any payload, to refuse it
 * @param onPayload told of every part and how many bytes of payload came before it; the part is only valid during the call
 * @throws AppError STORAGE_FAILED as `decodeValue`; what was handed on is then worth nothing
 */
export async function readValue(
  parts: AsyncIterable<Uint8Array>,
  type: ValueType,
  onHeader: (shape: ValueShape) => void,
  onPayload: (part: Uint8Array, offset: number) => void,
): Promise<void> {
  // The header may be cut anywhere, and so may the checksum behind the payload.
  let head = new Uint8Array(0);
  const tail = new Uint8Array(CHECKSUM_BYTES);
  let length = 0;
  let at = 0;
  let checksum = 0;
  for await (let part of parts) {
    if (at < VALUE_HEADER_BYTES) {
      const missing = VALUE_HEADER_BYTES - at;
      head = joinBytes(head, part.subarray(0, missing));
      at += Math.min(missing, part.length);
      if (head.length < VALUE_HEADER_BYTES) continue;
      const { length: told, ...shape } = readHeader(head, type);
      onHeader(shape);
      length = told;
      checksum = crc32(head);
      part = part.subarray(missing);
    }
    const payload = part.subarray(0, Math.max(0, length - CHECKSUM_BYTES - at));
    checksum = crc32(payload, checksum);
    if (payload.length > 0) onPayload(payload, at - VALUE_HEADER_BYTES);
    at += payload.length;
    for (const byte of part.subarray(payload.length)) {
      if (at < length) tail[at - (length - CHECKSUM_BYTES)] = byte;
      at++;
    }
  }
  if (head.length < VALUE_HEADER_BYTES) readHeader(head, type);
  expectEqual(type, 'length', length, at);
  expectEqual(type, 'checksum', new DataView(tail.buffer).getUint32(0, true), checksum);
}

/** @throws AppError STORAGE_FAILED unless the bytes begin with a header of the type */
function readHeader(bytes: Uint8Array, type: ValueType): ValueShape & { readonly length: number } {
  if (bytes.length < VALUE_HEADER_BYTES) {
    throw corruptValue(type, `${bytes.length} bytes, expected a header of ${VALUE_HEADER_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expectEqual(type, 'magic', view.getUint32(0, true), MAGIC);
  expectEqual(type, 'version', view.getUint16(4, true), VERSION);
  expectEqual(type, 'type', view.getUint16(6, true), TYPES[type]);
  const length = view.getUint32(8, true);
  if (length < VALUE_HEADER_BYTES + CHECKSUM_BYTES) {
    throw corruptValue(type, `length ${length}, expected at least ${VALUE_HEADER_BYTES + CHECKSUM_BYTES}`);
  }
  return {
    length,
    count: view.getUint32(12, true),
    dim: view.getUint32(16, true),
    columns: view.getUint32(20, true),
  };
}

function expectEqual(type: ValueType, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw corruptValue(type, `${what} ${actual}, expected ${expected}`);
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** @throws AppError STORAGE_FAILED when the payload is no JSON */
export function decodeJson(payload: Uint8Array, type: ValueType): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (cause) {
    throw corruptValue(type, 'no JSON', { cause });
  }
}

export function corruptValue(type: ValueType, detail: string, options?: ErrorOptions): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt corpus ${type}: ${detail}`, options);
}
