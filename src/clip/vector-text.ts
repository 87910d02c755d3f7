/** The `Vector` scalar: base64 of little-endian float32 numbers. */
import { decodeBase64Into, fromBase64, toBase64 } from './base64.ts';
import { dot } from '../core/vector.ts';
import { AppError } from '../errors.ts';

const FLOAT32_BYTES = 4;
/** Longer texts are refused before they are decoded: no encoder has so many numbers. */
const MAX_CHARACTERS = 65_536 * FLOAT32_BYTES;
/** 32 vectors of 512 numbers. */
const POOL_BYTES = 65_536;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * The unit vector that a `Vector` stands for.
 * @param dim the length the encoder's vectors have
 * @returns new array of length dim, L2 norm 1 to float32 precision
 * @throws AppError BAD_VECTOR: not base64, a wrong length, a number not finite, or all zero
 */
export function decodeVector(text: string, dim: number): Float32Array {
  if (text.length > MAX_CHARACTERS) throw badVector(dim, `${text.length} characters`);
  const numbers = pool.decode(text, dim);
  if (numbers !== null) return toUnitVector(numbers);
  const bytes = fromBase64(text);
  if (bytes === null) throw badVector(dim, 'a text that is not base64');
  if (bytes.length !== dim * FLOAT32_BYTES) {
    const whole = bytes.length % FLOAT32_BYTES === 0;
    const got = whole
      ? `${bytes.length / FLOAT32_BYTES} numbers (${bytes.length} bytes)`
      : `${bytes.length} bytes, no multiple of ${FLOAT32_BYTES}`;
    throw badVector(dim, got);
  }
  return toUnitVector(readNumbers(bytes));
}

/** `Vector` of numbers, always little-endian. */
export function encodeVector(numbers: Float32Array): string {
  return toBase64(littleEndianBytes(numbers, IS_LITTLE_ENDIAN));
}

/** @param asTheyLie on a little-endian machine the memory itself, not copied */
export function littleEndianBytes(numbers: Float32Array, asTheyLie: boolean): Uint8Array {
  if (asTheyLie) return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  const bytes = new Uint8Array(numbers.byteLength);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < numbers.length; i++) view.setFloat32(i * FLOAT32_BYTES, numbers[i], true);
  return bytes;
}

/**
 * Memory for vectors, many to a buffer: a buffer of its own costs an isolate more than to decode 512 numbers into it. A piece is
 * freed with the last of its vectors, which live as long as their request.
 */
class VectorPool {
  #buffer = new ArrayBuffer(0);
  #used = 0;

  /** The numbers that a text in the standard alphabet stands for, without more or fewer; null for any other text. */
  decode(text: string, dim: number): Float32Array<ArrayBuffer> | null {
    const length = dim * FLOAT32_BYTES;
    if (!IS_LITTLE_ENDIAN || length > POOL_BYTES) return null;
    if (this.#used + length > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(POOL_BYTES);
      this.#used = 0;
    }
    if (!decodeBase64Into(new Uint8Array(this.#buffer, this.#used, length), text)) return null;
    const numbers = new Float32Array(this.#buffer, this.#used, dim);
    this.#used += length;
    return numbers;
  }
}

const pool = new VectorPool();

function badVector(dim: number, got: string): AppError {
  const expected = `Expected base64 of ${dim} little-endian float32 numbers (${dim * FLOAT32_BYTES} bytes)`;
  return new AppError('BAD_VECTOR', `${expected}, got ${got}.`);
}

function readNumbers(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float32Array(bytes.length / FLOAT32_BYTES);
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(i * FLOAT32_BYTES, true);
  return numbers;
}

/** Scales in place. */
function toUnitVector(vector: Float32Array): Float32Array {
  // The square of any float32 number, the smallest denormal included, is a normal float64, and no sum of them overflows.
  const sumOfSquares = dot(vector, 0, vector, 0, vector.length);
  if (!Number.isFinite(sumOfSquares)) {
    const place = vector.findIndex((value) => !Number.isFinite(value));
    throw new AppError('BAD_VECTOR', `Expected finite numbers, got ${vector[place]} at place ${place}.`);
  }
  if (sumOfSquares === 0)
    throw new AppError('BAD_VECTOR', 'Expected a vector with a direction, got all zeros.');
  // A product where a quotient would be is off by at most one bit of float64, far below float32, and takes a quarter of the time.
  const scale = 1 / Math.sqrt(sumOfSquares);
  for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  return vector;
}
