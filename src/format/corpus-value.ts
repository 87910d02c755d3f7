import { AppError } from '../errors.ts';
import { afterHead } from './stored-value.ts';

// The byte table is in docs/kv-layout.md. What a value is and whether it is whole, the seal around it tells (stored-value.ts).
/** A multiple of 16, so that float32 columns that follow it are aligned where the value is. */
const SHAPE_BYTES = 16;

export type ValueType = 'vectors' | 'fields' | 'items';

/** What a value begins with; the meaning of `dim` and `columns` is the type's. */
export interface ValueShape {
  readonly count: number;
  readonly dim: number;
  readonly columns: number;
}

/** One value of a corpus segment, to be sealed: its shape, then the parts one after the other. */
export function encodeValue(shape: ValueShape, parts: readonly Uint8Array[]): Uint8Array {
  const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(SHAPE_BYTES + payloadBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, shape.count, true);
  view.setUint32(4, shape.dim, true);
  view.setUint32(8, shape.columns, true);
  let offset = SHAPE_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * Shape and payload of an opened value, a view into `bytes`.
 * @throws AppError STORAGE_FAILED for fewer bytes than a shape takes
 */
export function decodeValue(
  bytes: Uint8Array,
  type: ValueType,
): ValueShape & { readonly payload: Uint8Array } {
  return { ...readShape(bytes, type), payload: bytes.subarray(SHAPE_BYTES) };
}

/**
 * `decodeValue` of a value that comes in parts and is not kept: its payload is handed on as it comes.
 * @param onShape told of the shape before any payload, to refuse it
 * @param onPayload told of every part and how many bytes of payload came before it; the part is only valid during the call
 * @throws AppError STORAGE_FAILED as `decodeValue`, and what the parts throw; what was handed on is then worth nothing
 */
export async function readValue(
  parts: AsyncIterable<Uint8Array>,
  type: ValueType,
  onShape: (shape: ValueShape) => void,
  onPayload: (part: Uint8Array, offset: number) => void,
): Promise<void> {
  let at = 0;
  for await (const part of afterHead(parts, SHAPE_BYTES, (head) => onShape(readShape(head, type)))) {
    onPayload(part, at);
    at += part.length;
  }
}

function readShape(bytes: Uint8Array, type: ValueType): ValueShape {
  if (bytes.length < SHAPE_BYTES) {
    throw corruptPart(type, `${bytes.length} bytes, expected at least ${SHAPE_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = {
    count: view.getUint32(0, true),
    dim: view.getUint32(4, true),
    columns: view.getUint32(8, true),
  };
  if (view.getUint32(12, true) !== 0) throw corruptPart(type, 'a shape of more than three numbers');
  return shape;
}

/** @throws AppError STORAGE_FAILED when the payload is no JSON */
export function decodeJson(payload: Uint8Array, type: ValueType): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch (cause) {
    throw corruptPart(type, 'no JSON', { cause });
  }
}

export function corruptPart(type: ValueType, detail: string, options?: ErrorOptions): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt corpus ${type}: ${detail}`, options);
}
