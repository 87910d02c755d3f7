import type { Modality } from '../core/scoring/selection-model.ts';
import { AppError } from '../errors.ts';
import { crc32 } from './crc32.ts';

/** An embedding as a cache between isolates keeps it. */
export interface CachedEmbedding {
  /** Unit length, all finite. */
  readonly embedding: Float32Array;
  /** When it was encoded: whole seconds since 1970, UTC. */
  readonly encodedAt: number;
}

/** All that an embedding depends on beside the input itself. */
interface EncoderName {
  /** Lower-case hex SHA-256; covers the model, its preprocessing and tokenizer. */
  readonly fingerprint: string;
  readonly dim: number;
}

const MAGIC = [0x41, 0x4c, 0x51, 0x56]; // ALQV
const VERSION = 1;
const HEADER_BYTES = 16;
const CRC_BYTES = 4;

/**
 * How pictures are read, a part of every key under which a picture's embedding is kept, here and on disk. Raise it when some file
 * decodes to other samples than before: what was kept of pictures is then encoded again, texts and selections stay. 2: no decoder
 * shows memory that it has not written (before, an APNG could be embedded from the picture decoded before it).
 */
export const PICTURE_READING = 2;

/** Vectors are stored as the encoders give them, of unit length; float32 leaves it within 1e-6 of that, for 8192 numbers too. */
const LENGTH_TOLERANCE = 1e-3;

/**
 * The address that a cached embedding has, on the host of the service itself as the Cache API wants it; nothing is ever
 * fetched from there. It names the encoder and the hash of the input, not the input.
 * @param modality part of the address: a picture and a text of equal bytes must not meet
 * @param contentHash lower-case hex SHA-256 of the picture's bytes or the text's UTF-8
 */
export function embeddingUrl(
  host: string,
  { fingerprint, dim }: EncoderName,
  modality: Modality,
  contentHash: string,
): string {
  const kind = modality === 'image' ? `image-${PICTURE_READING}` : modality;
  return `https://${host}/.embeddings/v${VERSION}/${fingerprint}/${dim}/${kind}/${contentHash}`;
}

/**
 * Bytes of an embedding, little-endian: magic `ALQV`, u16 version, u16 zero, u32 dim, u32 encodedAt, dim x float32, u32
 * CRC-32 of all before.
 * @throws RangeError for a vector that has not unit length (NaN and Infinity among the numbers included)
 */
export function encodeCachedEmbedding({ embedding, encodedAt }: CachedEmbedding): Uint8Array<ArrayBuffer> {
  if (!hasUnitLength(embedding)) {
    throw new RangeError(`Expected an embedding of unit length, got one of ${Math.hypot(...embedding)}`);
  }
  const bytes = new Uint8Array(HEADER_BYTES + 4 * embedding.length + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(4, VERSION, true);
  view.setUint32(8, embedding.length, true);
  view.setUint32(12, encodedAt, true);
  embedding.forEach((value, i) => view.setFloat32(HEADER_BYTES + 4 * i, value, true));
  const end = bytes.length - CRC_BYTES;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/**
 * Read what `encodeCachedEmbedding` wrote.
 * @param dim numbers that the encoder gives; the length is checked before anything is allocated
 * @throws AppError STORAGE_FAILED for other bytes, damaged ones, or a vector of another dim or not of unit length
 */
export function decodeCachedEmbedding(bytes: Uint8Array, dim: number): CachedEmbedding {
  const expectedBytes = HEADER_BYTES + 4 * dim + CRC_BYTES;
  if (bytes.length !== expectedBytes) throw corrupt(`${bytes.length} bytes, expected ${expectedBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (MAGIC.some((byte, i) => bytes[i] !== byte))
    throw corrupt('other bytes, expected ALQV at the beginning');
  const version = view.getUint16(4, true);
  if (version !== VERSION) throw corrupt(`version ${version}, expected ${VERSION}`);
  const storedDim = view.getUint32(8, true);
  if (storedDim !== dim) throw corrupt(`a vector of ${storedDim} numbers, expected ${dim}`);
  const end = expectedBytes - CRC_BYTES;
  const actual = crc32(bytes.subarray(0, end));
  if (view.getUint32(end, true) !== actual) throw corrupt('bytes that do not fit their checksum');
  const embedding = new Float32Array(dim);
  for (let i = 0; i < dim; i++) embedding[i] = view.getFloat32(HEADER_BYTES + 4 * i, true);
  if (!hasUnitLength(embedding)) throw corrupt('a vector that has not unit length');
  return { embedding, encodedAt: view.getUint32(12, true) };
}

/** Whether it is an embedding as encoders give them: not so with NaN or Infinity in it, nor without any numbers. */
export function hasUnitLength(embedding: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < embedding.length; i++) sum += embedding[i] * embedding[i];
  return Math.abs(sum - 1) <= LENGTH_TOLERANCE;
}

function corrupt(detail: string): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt cached embedding: ${detail}`);
}
