import {
  type AnyMatchAnswer,
  BEST_SCORES,
  UNKNOWN_MATCH,
  answerAnyMatch,
} from '../core/calibration/any-match.ts';
import { probability } from '../core/calibration/calibration.ts';
import type { Modality } from '../core/scoring/selection-model.ts';
import { scoreSpread } from '../core/search/score-spread.ts';
import type { SelectionRecord } from '../format/selection-record.ts';

/** Results that are looked through for where relevance ends. */
export const MOST_RELEVANT = 50;
/** A single candidate is as likely to fit as not. */
const EVEN_RATE = 0.5;

/** The best of what was searched or ranked. */
export interface Found {
  /** Of the query. */
  readonly modality: Modality;
  /** What `projectEmbedding` makes of the query. */
  readonly projected: Float32Array;
  /** Of the results in their order: at least 20, or all there are. */
  readonly scores: readonly number[];
  /** How many were compared. */
  readonly count: number;
}

/** Whether anything fits a query; unknown under a record that does not tell. */
export function anyMatchOf({ model, domain, anyMatch }: SelectionRecord, found: Found): AnyMatchAnswer {
  const { modality, projected, scores, count } = found;
  const fit = anyMatch?.[modality] ?? null;
  const other = domain?.[modality === 'image' ? 'text' : 'image'] ?? null;
  if (fit === null || other === null) return UNKNOWN_MATCH;
  if (scores.length === 0) return { anyMatch: 0, relevantCount: 0 };
  if (count === 1) {
    const matched = probability(model.calibrator, scores[0], EVEN_RATE);
    return { anyMatch: matched, relevantCount: matched >= 0.5 ? 1 : 0 };
  }
  // Fewer results than were compared, and than it takes: what lies behind the best is not known.
  if (scores.length < Math.min(count, BEST_SCORES)) return UNKNOWN_MATCH;
  return answerAnyMatch(fit, {
    scores: scores.slice(0, MOST_RELEVANT),
    count,
    spread: scoreSpread(model, modality, projected, other),
  });
}
