/**
 * What a selection does to a pair of embeddings, as plain data on typed arrays: centre, keep or map coordinates, fuse,
 * calibrate. DESIGN: "selection" in docs/architecture.md. The byte form is `src/format/selection-record.ts`.
 */

/**
 * Which coordinates are kept. `mask.indices`: ascending, length k. `map.matrix`, of both modalities, and `maps.image`, `maps.text`, of
 * one each: row-major, shape [k, dim].
 */
export type Projection =
  | { readonly kind: 'full' }
  | { readonly kind: 'mask'; readonly indices: Uint32Array }
  | { readonly kind: 'map'; readonly matrix: Float32Array }
  | { readonly kind: 'maps'; readonly image: Float32Array; readonly text: Float32Array };

/**
 * How kept pair features become a score. Identity: cosine of the projected vectors. Weighted: weights·features + bias.
 * Attention: multi-head attention with the image as query and the texts as keys and values, then the cosine of image and
 * attended text (src/core/scoring/attention.ts); `query`, `key`, `value`: row-major, shape [64, k], `output`: [k, 64].
 */
export type Fusion =
  | { readonly kind: 'identity' }
  | { readonly kind: 'weighted'; readonly weights: Float32Array; readonly bias: number }
  | {
      readonly kind: 'attention';
      readonly query: Float32Array;
      readonly key: Float32Array;
      readonly value: Float32Array;
      readonly output: Float32Array;
    };

export type FusionKind = Fusion['kind'];

/**
 * Platt scaling (Platt 1999): P(match) = sigmoid(slope·score + intercept).
 * `covariance`: [var(slope), cov(slope, intercept), var(intercept)], for the interval.
 */
export interface PlattFit {
  readonly kind: 'platt';
  readonly slope: number;
  readonly intercept: number;
  readonly covariance: readonly [number, number, number];
}

/**
 * Isotonic regression: P(match) at knots, linear between them, that of the nearest knot outside. `scores` ascend strictly,
 * `probabilities` and its 95% interval `low` to `high` never fall and lie inside (0, 1). All of one length, at least 1.
 */
export interface IsotonicFit {
  readonly kind: 'isotonic';
  readonly scores: Float64Array;
  readonly probabilities: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Knots of an isotonic fit: 8 KiB of a record. */
export const MAX_KNOTS = 256;

/**
 * What a score means. The fit holds at `baseRate`; probabilities at or above `matchThreshold` are a match, at or below
 * `mismatchThreshold` a mismatch.
 */
export type Calibrator = (PlattFit | IsotonicFit) & {
  readonly baseRate: number;
  readonly matchThreshold: number;
  readonly mismatchThreshold: number;
};

export type CalibratorKind = Calibrator['kind'];

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
