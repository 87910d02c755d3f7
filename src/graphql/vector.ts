/** The `Vector` scalar: base64 of little-endian float32 numbers. */
import { fromBase64, toBase64 } from '../clip/base64.ts';
import { AppError } from '../errors.ts';

const FLOAT32_BYTES = 4;
/** Longer texts are refused before they are decoded: no encoder has so many numbers. */
const MAX_CHARACTERS = 65_536 * FLOAT32_BYTES;

/**
 * The unit vector that a `Vector` stands for.
 * @param dim the length the encoder's vectors have
 * @returns new array of length dim, L2 norm 1 to float32 precision
 * @throws AppError BAD_VECTOR: not base64, a wrong length, a number not finite, or all zero
 */
export function decodeVector(text: string, dim: number): Float32Array {
  const expected = `Expected base64 of ${dim} little-endian float32 numbers (${dim * FLOAT32_BYTES} bytes)`;
  if (text.length > MAX_CHARACTERS) {
    throw new AppError('BAD_VECTOR', `${expected}, got ${text.length} characters.`);
  }
  const bytes = fromBase64(text);
  if (bytes === null) throw new AppError('BAD_VECTOR', `${expected}, got a text that is not base64.`);
  if (bytes.length !== dim * FLOAT32_BYTES) {
    const whole = bytes.length % FLOAT32_BYTES === 0;
    const got = whole
      ? `${bytes.length / FLOAT32_BYTES} numbers (${bytes.length} bytes)`
      : `${bytes.length} bytes, no multiple of ${FLOAT32_BYTES}`;
    throw new AppError('BAD_VECTOR', `${expected}, got ${got}.`);
  }
  return readUnitVector(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), dim);
}

/** `Vector` of an embedding, always little-endian. */
export function encodeVector(embedding: Float32Array): string {
  const bytes = new Uint8Array(embedding.length * FLOAT32_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < embedding.length; i++) view.setFloat32(i * FLOAT32_BYTES, embedding[i], true);
  return toBase64(bytes);
}

function readUnitVector(view: DataView, dim: number): Float32Array {
  const vector = new Float32Array(dim);
  let sumOfSquares = 0;
  for (let i = 0; i < dim; i++) {
    const value = view.getFloat32(i * FLOAT32_BYTES, true);
    vector[i] = value;
    // The square of any float32 number, the smallest denormal included, is a normal float64, and no sum of them overflows.
    sumOfSquares += value * value;
  }
  if (!Number.isFinite(sumOfSquares)) {
    const place = vector.findIndex((value) => !Number.isFinite(value));
    throw new AppError('BAD_VECTOR', `Expected finite numbers, got ${vector[place]} at place ${place}.`);
  }
  if (sumOfSquares === 0)
    throw new AppError('BAD_VECTOR', 'Expected a vector with a direction, got all zeros.');
  const norm = Math.sqrt(sumOfSquares);
  for (let i = 0; i < dim; i++) vector[i] /= norm;
  return vector;
}
