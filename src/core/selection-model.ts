/**
 * What a selection does to a pair of embeddings, as plain data on typed arrays: centre, keep or map coordinates, fuse,
 * calibrate. DESIGN: "selection" in docs/architecture.md. The byte form is `src/format/selection-record.ts`.
 */

/** Which coordinates are kept. `mask.indices`: ascending, length k. `map.matrix`: row-major, shape [k, dim]. */
export type Projection =
  | { readonly kind: 'full' }
  | { readonly kind: 'mask'; readonly indices: Uint32Array }
  | { readonly kind: 'map'; readonly matrix: Float32Array };

/** How kept pair features become a score. Identity: cosine of the projected vectors. Weighted: weights·features + bias. */
export type Fusion =
  | { readonly kind: 'identity' }
  | { readonly kind: 'weighted'; readonly weights: Float32Array; readonly bias: number };

/**
 * Platt scaling (Platt 1999): P(match) = sigmoid(slope·score + intercept) at `baseRate`.
 * `covariance`: [var(slope), cov(slope, intercept), var(intercept)], for the interval.
 * Probabilities at or above `matchThreshold` are a match, at or below `mismatchThreshold` a mismatch.
 */
export interface Calibrator {
  readonly slope: number;
  readonly intercept: number;
  readonly covariance: readonly [number, number, number];
  readonly baseRate: number;
  readonly matchThreshold: number;
  readonly mismatchThreshold: number;
}

/** `imageMean` and `textMean`: length dim, both null when the selection does not centre. `k` = dim when full. */
export interface SelectionModel {
  readonly dim: number;
  readonly k: number;
  readonly imageMean: Float32Array | null;
  readonly textMean: Float32Array | null;
  readonly projection: Projection;
  readonly fusion: Fusion;
  readonly calibrator: Calibrator;
}

/** What a score needs; the calibrator comes from held-out scores of such a model. */
export type UncalibratedModel = Omit<SelectionModel, 'calibrator'>;

export type Modality = 'image' | 'text';
export type Decision = 'MATCH' | 'MISMATCH' | 'UNCERTAIN';
