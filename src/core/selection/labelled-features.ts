import type { Floats } from '../vector.ts';

/** A labelled matrix: what every mask strategy is fitted on. */
export interface LabelledFeatures {
  /** Row-major, shape [count, dim], finite. */
  readonly features: Floats;
  /** Whole numbers, one a row; strategies that need none do not read them. */
  readonly labels: ArrayLike<number>;
  readonly count: number;
  readonly dim: number;
  /** One a row, for `bootstrap`: rows of one group are drawn together. Each row by itself when left out. */
  readonly groups?: ArrayLike<number>;
}
