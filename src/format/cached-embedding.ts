import type { Modality } from '../core/scoring/selection-model.ts';
import { AppError } from '../errors.ts';
import { openValue, sealValue } from './stored-value.ts';

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

const VERSION = 2;
const ENCODED_AT_BYTES = 4;

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
 * Bytes of an embedding, little-endian: u32 encodedAt, dim x float32, sealed for its address.
 * @param url of `embeddingUrl`: under another address it does not open
 * @throws RangeError for a vector that has not unit length (NaN and Infinity among the numbers included)
 */
export function encodeCachedEmbedding(
  { embedding, encodedAt }: CachedEmbedding,
  url: string,
): Uint8Array<ArrayBuffer> {
  if (!hasUnitLength(embedding)) {
    throw new RangeError(`Expected an embedding of unit length, got one of ${Math.hypot(...embedding)}`);
  }
  const payload = new Uint8Array(ENCODED_AT_BYTES + 4 * embedding.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, encodedAt, true);
  embedding.forEach((value, i) => view.setFloat32(ENCODED_AT_BYTES + 4 * i, value, true));
  return sealValue(url, payload);
}

/**
 * Read what `encodeCachedEmbedding` wrote.
 * @param dim numbers that the encoder gives
 * @throws AppError STORAGE_FAILED for other bytes, damaged ones, those of another address, or a vector of another dim or not of unit
 *   length
 */
export function decodeCachedEmbedding(
  bytes: Uint8Array,
  { url, dim }: { readonly url: string; readonly dim: number },
): CachedEmbedding {
  const payload = openValue(bytes, url);
  const expectedBytes = ENCODED_AT_BYTES + 4 * dim;
  if (payload.length !== expectedBytes) {
    throw corrupt(`${payload.length} bytes, expected ${expectedBytes}`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const embedding = new Float32Array(dim);
  for (let i = 0; i < dim; i++) embedding[i] = view.getFloat32(ENCODED_AT_BYTES + 4 * i, true);
  if (!hasUnitLength(embedding)) throw corrupt('a vector that has not unit length');
  return { embedding, encodedAt: view.getUint32(0, true) };
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
