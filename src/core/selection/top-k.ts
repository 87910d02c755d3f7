/**
 * The k best-scored features. NaN counts as undefined and ranks last; equal scores go to the higher index, as
 * scikit-learn's SelectKBest has it.
 * @param scores one a feature, higher is better
 * @returns k indices, ascending
 * @throws RangeError unless k is a whole number from 0 to the number of scores
 */
export function topK(scores: Float64Array, k: number): Uint32Array {
  if (!Number.isInteger(k) || k < 0 || k > scores.length) {
    throw new RangeError(`expected k from 0 to ${scores.length} features, got ${k}`);
  }
  return rankFeatures(scores).slice(0, k).sort();
}

/** All features from best to worst, in the order `topK` takes them. */
export function rankFeatures(scores: Float64Array): Uint32Array {
  return Uint32Array.from(scores, (_, i) => i).sort((a, b) => {
    const scoreA = scores[a];
    const scoreB = scores[b];
    if (scoreA > scoreB) return -1;
    if (scoreA < scoreB) return 1;
    const undefinedA = Number.isNaN(scoreA);
    if (undefinedA !== Number.isNaN(scoreB)) return undefinedA ? 1 : -1;
    return b - a;
  });
}
