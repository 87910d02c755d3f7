import type { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';
import type { ScoredSide } from './pair-scores.ts';

/** What the fields of AlignmentMatrix are computed from, each only when it is asked for. */
export interface MatrixScores {
  readonly selection: PublishedSelection;
  /** Undefined is the calibrated one. */
  readonly baseRate: number | undefined;
  readonly images: readonly (ScoredSide | AppError)[];
  readonly texts: readonly (ScoredSide | AppError)[];
}
