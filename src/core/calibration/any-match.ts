import { log } from '../exp-log.ts';
import { sigmoid } from './log-odds.ts';

/**
 * Two logistic regressions on the best scores of one query: whether anything fits (`any`), and whether a result does (`result`).
 * Weights of `bestFeatures` and of `resultFeatures`, in their order. Fitted by src/core/evaluation/fit-any-match.ts.
 */
export interface AnyMatchFit {
  /** Length 6. */
  readonly any: Float64Array;
  /** Length 5. */
  readonly result: Float64Array;
}

/** By the modality of the query; null where too few pairs were there to fit. */
export interface AnyMatch {
  readonly image: AnyMatchFit | null;
  readonly text: AnyMatchFit | null;
}

export const ANY_WEIGHTS = 6;
export const RESULT_WEIGHTS = 5;
/** Scores that are looked at; of more, what lies behind says no more of the best. */
export const BEST_SCORES = 20;
/** What the best is held against: the mean of the next. */
const NEXT_SCORES = 10;

/** What is known of a query's results. */
export interface BestScores {
  /** At least the best 20 of `count`, or all of them; descending. */
  readonly scores: ArrayLike<number>;
  /** Vectors that were compared, at least 2. */
  readonly count: number;
  readonly spread: number;
}

/**
 * One, best score, its lead over the mean of the next nine, its lead over the second, log of the count, spread: among more vectors
 * that do not fit, the best of them scores higher, about by the logarithm of their number (the extreme of an exponential tail).
 */
export function bestFeatures({ scores, count, spread }: BestScores): number[] {
  const best = scores[0];
  const lead = best - meanOf(scores, 1, NEXT_SCORES);
  return [1, best, lead, best - scores[1], log(count), spread];
}

/** One, the result's score, its lead over the background, log of the count, spread. */
export function resultFeatures({ scores, count, spread }: BestScores, score: number): number[] {
  return [1, score, score - background(scores), log(count), spread];
}

/** Mean of the worse half of the best scores. */
function background(scores: ArrayLike<number>): number {
  const most = Math.min(scores.length, BEST_SCORES);
  return meanOf(scores, Math.ceil(most / 2), most);
}

function meanOf(scores: ArrayLike<number>, from: number, to: number): number {
  const end = Math.min(to, scores.length);
  let sum = 0;
  for (let i = from; i < end; i++) sum += scores[i];
  return sum / (end - from);
}

/** As `anyMatch` and `relevantCount` of schema.graphql. */
export interface AnyMatchAnswer {
  readonly anyMatch: number | null;
  readonly relevantCount: number | null;
}

export const UNKNOWN_MATCH: AnyMatchAnswer = { anyMatch: null, relevantCount: null };

/**
 * Probability that something fits, where it does for half of the queries, and how many results from the first on do.
 * @param best whose scores are those of the results, in their order, which may differ a little from that of the scores
 */
export function answerAnyMatch({ any, result }: AnyMatchFit, best: BestScores): AnyMatchAnswer {
  const { count, spread } = best;
  const ordered = Float64Array.from(best.scores).sort().reverse();
  const sorted = { scores: ordered, count, spread };
  const anyMatch = sigmoid(weigh(any, bestFeatures(sorted)));
  if (anyMatch < 0.5) return { anyMatch, relevantCount: 0 };
  let relevantCount = 0;
  while (
    relevantCount < best.scores.length &&
    weigh(result, resultFeatures(sorted, best.scores[relevantCount])) >= 0
  ) {
    relevantCount++;
  }
  // Something fits: then the first does.
  return { anyMatch, relevantCount: Math.max(1, relevantCount) };
}

export function weigh(weights: Float64Array, features: readonly number[]): number {
  return features.reduce((sum, feature, i) => sum + weights[i] * feature, 0);
}
