import type { Floats } from '../vector.ts';
import type { ScoreDirection } from './score-direction.ts';

/**
 * Inner product of a stored row and a vector, without the row's scale.
 * @param rows row-major int8
 * @param offset where the row begins; it is as long as the vector
 */
export function dotRow(rows: Int8Array, offset: number, vector: Floats): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += rows[offset + i] * vector[i];
  return sum;
}

/** The score of one full vector. @param product its inner product with the direction @param factor its `scoreFactor` */
export function directionScore(direction: ScoreDirection, product: number, factor: number): number {
  const score = (product - direction.offset) * factor + direction.bias;
  return direction.isCosine ? clampCosine(score) : score;
}

/** `directionScore` of many, in place of their inner products. */
export function directionScoresInPlace(
  products: Float32Array,
  factors: Float32Array,
  direction: ScoreDirection,
): void {
  for (let i = 0; i < products.length; i++) products[i] = directionScore(direction, products[i], factors[i]);
}

/** Rounding may carry a cosine of stored vectors past 1. */
export function clampCosine(cosine: number): number {
  return Math.min(1, Math.max(-1, cosine));
}
