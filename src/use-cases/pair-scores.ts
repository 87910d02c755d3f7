import { probability, probabilityInterval } from '../core/calibration/calibration.ts';
import { decide, thresholdsAt } from '../core/calibration/decisions.ts';
import {
  type DomainAnswer,
  type ModalityDomain,
  decideWithin,
  domainAnswer,
  tailShare,
} from '../core/calibration/domain.ts';
import { fuseCaptions } from '../core/scoring/caption-fusion.ts';
import { projectEmbedding, scoreProjected } from '../core/scoring/scoring.ts';
import type { Decision, Modality } from '../core/scoring/selection-model.ts';
import { cosineSimilarity } from '../core/vector.ts';
import { AppError } from '../errors.ts';
import type { PublishedSelection } from '../storage/selection-store.ts';

/** An embedding and what the selection keeps of it, computed once however many pairs it is in. */
export interface ScoredSide {
  readonly embedding: Float32Array;
  readonly projected: Float32Array;
  /** Of inputs as far off as this one; null where the record does not tell. Computed when first asked for. */
  readonly tailShare: () => number | null;
}

/** All numbers finite. `cosine` in [-1, 1], `probability` in [0, 1]. */
export interface PairScore {
  readonly cosine: number;
  readonly score: number;
  readonly probability: number;
  /** UNCERTAIN outside the domain. */
  readonly decision: Decision;
  readonly domain: DomainAnswer;
}

/** @param embedding unit vector of the selection's dim */
export function prepareImage(published: PublishedSelection, embedding: Float32Array): ScoredSide {
  return prepareSide(published, 'image', embedding);
}

/** @param embedding unit vector of the selection's dim */
export function prepareText(published: PublishedSelection, embedding: Float32Array): ScoredSide {
  return prepareSide(published, 'text', embedding);
}

function prepareSide(
  { record }: Pick<PublishedSelection, 'record'>,
  modality: Modality,
  embedding: Float32Array,
): ScoredSide {
  let share: number | null | undefined;
  return {
    embedding,
    projected: projectEmbedding(record.model, modality, embedding),
    tailShare: () => (share ??= shareOf(record.domain?.[modality], embedding)),
  };
}

/** @param domain null or undefined where the record does not tell */
export function shareOf(domain: ModalityDomain | null | undefined, embedding: Float32Array): number | null {
  return domain == null ? null : tailShare(domain, embedding);
}

/**
 * The selection's score of a pair.
 * @throws AppError STORAGE_FAILED where the record's numbers lead out of float64: NaN must not reach a Float field
 */
export function scorePair({ id, record }: PublishedSelection, image: ScoredSide, text: ScoredSide): number {
  const score = scoreProjected(record.model, image.projected, text.projected);
  assertFiniteScore(id, score);
  return score;
}

/** @throws AppError STORAGE_FAILED as `scorePair` */
export function assertFiniteScore(id: string, score: number): void {
  if (Number.isFinite(score)) return;
  throw new AppError('STORAGE_FAILED', `Selection ${id} gives no finite score for this pair.`);
}

export type CaptionsScore = Omit<PairScore, 'cosine'> & { readonly weights: readonly number[] };

/**
 * One score of an image and several texts about it, fused as the selection does.
 * @param image unit vector of the selection's dim, and so each of `texts`, at least one
 * @param baseRate in (0, 1), checked; undefined is the calibrated one
 * @throws AppError STORAGE_FAILED as `scorePair`
 */
export function scoreCaptions(
  { id, record }: PublishedSelection,
  image: Float32Array,
  texts: readonly Float32Array[],
  baseRate?: number,
): CaptionsScore {
  const { calibrator } = record.model;
  const fused = fuseCaptions(record.model, image, texts);
  const { score } = fused;
  assertFiniteScore(id, score);
  const matched = probability(calibrator, score, baseRate);
  const domain = domainAnswer(
    shareOf(record.domain?.image, image),
    leastShare(texts.map((text) => shareOf(record.domain?.text, text))),
  );
  return {
    score,
    probability: matched,
    decision: decideWithin(domain, decide(thresholdsAt(calibrator, baseRate), matched)),
    domain,
    weights: fused.weights,
  };
}

/** Of several inputs that the least alike is as far off: Bonferroni's bound. */
function leastShare(shares: readonly (number | null)[]): number | null {
  const known = shares.filter((share) => share !== null);
  return known.length === 0 ? null : Math.min(1, known.length * Math.min(...known));
}

/**
 * Domain and decision are worked out when they are read: they cost more than all the others.
 * @param baseRate in (0, 1), checked; undefined is the calibrated one
 */
export function scoreInFull(
  selection: PublishedSelection,
  image: ScoredSide,
  text: ScoredSide,
  baseRate?: number,
): PairScore {
  const { calibrator } = selection.record.model;
  const score = scorePair(selection, image, text);
  const matched = probability(calibrator, score, baseRate);
  return {
    cosine: cosineSimilarity(image.embedding, text.embedding),
    score,
    probability: matched,
    get domain() {
      return domainAnswer(image.tailShare(), text.tailShare());
    },
    get decision() {
      return decideWithin(this.domain, decide(thresholdsAt(calibrator, baseRate), matched));
    },
  };
}

/** 95% [low, high] of a score's probability. */
export function intervalOf({ record }: PublishedSelection, score: number, baseRate?: number): number[] {
  return [...probabilityInterval(record.model.calibrator, score, baseRate)];
}

/**
 * A base rate as the calibrator takes it.
 * @throws AppError BAD_INPUT unless it is inside (0, 1)
 */
export function readBaseRate(baseRate: number | null | undefined): number | undefined {
  if (baseRate == null) return undefined;
  if (baseRate > 0 && baseRate < 1) return baseRate;
  throw new AppError('BAD_INPUT', `Expected baseRate between 0 and 1, both excluded, got ${baseRate}.`);
}
