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
 * The 95% interval of a log-odds that is linear in the score: `low` to `high` at `scores`, linear between them. Outside it
 * widens along `slopes`, the lowest and the highest slope of the line. `scores` ascend strictly; all of one length, 1 to
 * `MAX_KNOTS`.
 */
export interface LogOddsInterval {
  readonly scores: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly slopes: readonly [low: number, high: number];
}

/**
 * Platt scaling (Platt 1999): P(match) = sigmoid(slope·score + intercept).
 * `covariance`: [var(slope), cov(slope, intercept), var(intercept)]; the interval where there is no other, as in records made
 * before it was stored.
 */
export interface PlattFit {
  readonly kind: 'platt';
  readonly slope: number;
  readonly intercept: number;
  readonly covariance: readonly [number, number, number];
  readonly interval?: LogOddsInterval;
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
 * What probabilities at or beyond a threshold tell at least: `logRatios`, the log of how many times more often a match comes to lie
 * there than a mismatch (or the other way round), as far as the calibration pairs can show. Both lists run from the least sure threshold
 * to the surest, and the ratios ascend; at most `MAX_EVIDENCE`, none where nothing is known.
 */
export interface Evidence {
  /** Probabilities at the calibrator's base rate, in (0, 1). */
  readonly thresholds: Float64Array;
  readonly logRatios: Float64Array;
}

/** From which decisions are made at any base rate: `precision`, in (0, 1), is what they are to reach. */
export interface DecisionEvidence {
  readonly precision: number;
  readonly match: Evidence;
  readonly mismatch: Evidence;
}

/** Thresholds on one side: 1 KiB of a record. */
export const MAX_EVIDENCE = 64;

/**
 * What a score means. The fit holds at `baseRate`; probabilities at or above `matchThreshold` are a match, at or below
 * `mismatchThreshold` a mismatch. Where `evidence` is stored the two move with the base rate (`thresholdsAt`); records made
 * before it keep them.
 */
export type Calibrator = (PlattFit | IsotonicFit) & {
  readonly baseRate: number;
  /** 1: nothing is a match. */
  readonly matchThreshold: number;
  /** 0: nothing is a mismatch. */
  readonly mismatchThreshold: number;
  readonly evidence?: DecisionEvidence;
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
