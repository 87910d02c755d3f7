import { AppError } from '../../errors.ts';
import { fromBase64 } from '../base64.ts';
import { toUnitVectors } from '../unit-vectors.ts';
import { wrongAnswer } from './failure.ts';

/**
 * Check one vector of an answer and scale it to unit length.
 * @param row a list of numbers, or base64 of little-endian float32
 * @param who gave it, as a message begins
 * @returns the vector, or the error of one that is not `dim` finite numbers
 */
export function readVector(row: unknown, dim: number, who: string): Float32Array | AppError {
  const numbers = typeof row === 'string' ? fromFloat32(row) : row;
  if (!Array.isArray(numbers) && !(numbers instanceof Float32Array))
    return wrongAnswer(`${who} gave ${typeof row}, expected a vector of numbers`);
  if (numbers.length !== dim)
    return wrongAnswer(`${who} gave a vector of ${numbers.length} numbers, expected ${dim}`);
  if (Array.isArray(numbers) && !numbers.every((value) => typeof value === 'number'))
    return wrongAnswer(`${who} gave a vector with something other than numbers in it`);
  try {
    return toUnitVectors(numbers as ArrayLike<number>, 1, dim)[0];
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function fromFloat32(base64: string): Float32Array | null {
  const bytes = fromBase64(base64);
  if (bytes === null || bytes.length % 4 !== 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
