import { AppError } from '../errors.ts';

/**
 * Check a model's vectors and scale each to unit length.
 * @param data row-major [count, dim]
 * @returns a new array a row
 * @throws AppError ENCODER_FAILED for a value that is not finite or a vector of length zero, neither of which has a direction
 */
export function toUnitVectors(data: ArrayLike<number>, count: number, dim: number): Float32Array[] {
  const vectors: Float32Array[] = [];
  for (let row = 0; row < count; row++) vectors.push(toUnitVector(data, row * dim, dim));
  return vectors;
}

function toUnitVector(data: ArrayLike<number>, offset: number, dim: number): Float32Array {
  let sum = 0;
  for (let i = offset; i < offset + dim; i++) sum += data[i] * data[i];
  const norm = Math.sqrt(sum);
  if (!Number.isFinite(norm) || norm === 0) {
    throw new AppError(
      'ENCODER_FAILED',
      `The encoder gave a vector of length ${norm}, expected a finite one above zero`,
    );
  }
  const vector = new Float32Array(dim);
  for (let i = 0; i < dim; i++) vector[i] = data[offset + i] / norm;
  return vector;
}
