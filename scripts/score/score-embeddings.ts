import { probability, probabilityInterval } from '../../src/core/calibration/calibration.ts';
import { decide, thresholdsAt } from '../../src/core/calibration/decisions.ts';
import { projectEmbedding, scoreProjected } from '../../src/core/scoring/scoring.ts';
import type { Decision, SelectionModel } from '../../src/core/scoring/selection-model.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';

/** The numbers that `align` answers for a pair. */
export interface PairScore {
  readonly cosine: number;
  readonly score: number;
  readonly probability: number;
  /** Ends of the 95% interval of the probability. */
  readonly low: number;
  readonly high: number;
  readonly decision: Decision;
}

/**
 * Score a pair as the API does.
 * @param image unit vector of the model's dim, and so `text`
 * @param baseRate in (0, 1); undefined: the calibrated one
 * @returns null where the model's numbers lead out of float64
 */
export function scoreEmbeddings(
  model: SelectionModel,
  image: Float32Array,
  text: Float32Array,
  baseRate?: number,
): PairScore | null {
  const projectedImage = projectEmbedding(model, 'image', image);
  const score = scoreProjected(model, projectedImage, projectEmbedding(model, 'text', text));
  if (!Number.isFinite(score)) return null;
  const matched = probability(model.calibrator, score, baseRate);
  const [low, high] = probabilityInterval(model.calibrator, score, baseRate);
  return {
    cosine: cosineSimilarity(image, text),
    score,
    probability: matched,
    low,
    high,
    decision: decide(thresholdsAt(model.calibrator, baseRate), matched),
  };
}
