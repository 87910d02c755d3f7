import { probability, probabilityInterval } from '../../src/core/calibration/calibration.ts';
import { decide, thresholdsAt } from '../../src/core/calibration/decisions.ts';
import { decideWithin, domainAnswer, tailShare } from '../../src/core/calibration/domain.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring/scoring.ts';
import type { Decision } from '../../src/core/scoring/selection-model.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';

/** The numbers that `align` answers for a pair. */
export interface PairScore {
  readonly cosine: number;
  readonly score: number;
  readonly probability: number;
  /** Ends of the 95% interval of the probability. */
  readonly low: number;
  readonly high: number;
  /** UNCERTAIN outside the domain. */
  readonly decision: Decision;
  /** Whether it is UNCERTAIN for that. */
  readonly outside: boolean;
}

/**
 * Score a pair as the API does.
 * @param image unit vector of the record's dim, and so `text`
 * @param baseRate in (0, 1); undefined: the calibrated one
 * @returns null where the model's numbers lead out of float64
 */
export function scoreEmbeddings(
  { model, domain }: Pick<SelectionRecord, 'model' | 'domain'>,
  image: Float32Array,
  text: Float32Array,
  baseRate?: number,
): PairScore | null {
  const projectedImage = projectEmbedding(model, 'image', image);
  const score = scoreProjected(model, projectedImage, projectEmbedding(model, 'text', text));
  if (!Number.isFinite(score)) return null;
  const matched = probability(model.calibrator, score, baseRate);
  const answer = domainAnswer(
    domain?.image ? tailShare(domain.image, image) : null,
    domain?.text ? tailShare(domain.text, text) : null,
  );
  const [low, high] = probabilityInterval(model.calibrator, score, baseRate);
  return {
    cosine: cosineSimilarity(image, text),
    score,
    probability: matched,
    low,
    high,
    decision: decideWithin(answer, decide(thresholdsAt(model.calibrator, baseRate), matched)),
    outside: answer.reason !== null,
  };
}
