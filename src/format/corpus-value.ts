import { AppError } from '../errors.ts';
import { crc32 } from './crc32.ts';

// The byte table is in docs/kv-layout.md.
const MAGIC = 0x43514c41; // "ALQC" read as little-endian u32
const VERSION = 1;
/** A multiple of 16, so that float32 columns that follow it are aligned where the value is. */
export const VALUE_HEADER_BYTES = 32;
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
 * @param isVerified whether the caller has compared the bytes with their SHA-256, which makes the CRC needless (it takes longer)
 * @throws AppError STORAGE_FAILED on damaged, truncated, foreign or newer bytes, naming the expected and the actual
 */
export function decodeValue(
  bytes: Uint8Array,
  type: ValueType,
  isVerified: boolean,
): ValueShape & { readonly payload: Uint8Array } {
  if (bytes.length < VALUE_HEADER_BYTES + CHECKSUM_BYTES) {
    throw corruptValue(
      type,
      `${bytes.length} bytes, expected at least ${VALUE_HEADER_BYTES + CHECKSUM_BYTES}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expectField = (what: string, actual: number, expected: number): void => {
    if (actual !== expected) throw corruptValue(type, `${what} ${actual}, expected ${expected}`);
  };
  expectField('magic', view.getUint32(0, true), MAGIC);
  expectField('version', view.getUint16(4, true), VERSION);
  expectField('type', view.getUint16(6, true), TYPES[type]);
  expectField('length', view.getUint32(8, true), bytes.length);
  const end = bytes.length - CHECKSUM_BYTES;
  if (!isVerified) expectField('checksum', view.getUint32(end, true), crc32(bytes.subarray(0, end)));
  return {
    count: view.getUint32(12, true),
    dim: view.getUint32(16, true),
    columns: view.getUint32(20, true),
    payload: bytes.subarray(VALUE_HEADER_BYTES, end),
  };
}

export function corruptValue(type: ValueType, detail: string, options?: ErrorOptions): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt corpus ${type}: ${detail}`, options);
}

/** Lower-case hexadecimal SHA-256. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
