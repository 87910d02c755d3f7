import type { BinaryInput } from './logistic-regression-input.ts';

/** Column-major copy of the features and, last, a column of ones: the intercept, penalised like any weight. */
export interface L1Problem {
  /** Shape [width, count]. */
  readonly columns: Float64Array;
  readonly targets: Uint8Array;
  readonly count: number;
  /** dim + 1. */
  readonly width: number;
}

export function l1Problem({ features, targets, count, dim }: BinaryInput): L1Problem {
  const columns = new Float64Array((dim + 1) * count).fill(1, dim * count);
  // Eight rows at a time: a line of the cache is then written whole.
  for (let first = 0; first < count; first += 8) {
    const last = Math.min(first + 8, count);
    for (let column = 0; column < dim; column++) {
      for (let row = first; row < last; row++) columns[column * count + row] = features[row * dim + column];
    }
  }
  return { columns, targets, count, width: dim + 1 };
}

/** How far the subgradient of |w| + loss at w is from holding zero, loss having slope `gradient`. */
export function violationAt(weight: number, gradient: number): number {
  if (weight > 0) return Math.abs(gradient + 1);
  if (weight < 0) return Math.abs(gradient - 1);
  return Math.max(0, Math.abs(gradient) - 1);
}

/** sums += scale·column */
export function addScaled(sums: Float64Array, columns: Float64Array, offset: number, scale: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] += scale * columns[offset + i];
}
