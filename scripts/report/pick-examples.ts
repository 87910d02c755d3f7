import type { Floats } from '../../src/core/vector.ts';

/** Where in the held-out lists the pairs worth a look stand, most telling first. */
export interface ExampleIndices {
  readonly best: readonly number[];
  readonly worst: readonly number[];
  readonly uncertain: readonly number[];
}

/** Of each kind. */
const EXAMPLES = 10;

/**
 * The matches of the highest scores, the pairs whose probability is furthest from the truth, and those nearest one half,
 * as `ExamplePairs` describes them; fewer where there are fewer. Ties go to the lower index.
 * @param scores one a held-out pair; `labels`: 1 for a match, 0 for a mismatch; `probabilities`: of a match, in [0, 1]
 * @throws RangeError for lists of different length
 * O(n log n)
 */
export function pickExamples(scores: Floats, labels: Uint8Array, probabilities: Floats): ExampleIndices {
  const count = scores.length;
  if (labels.length !== count || probabilities.length !== count) {
    throw new RangeError(
      `expected a label and a probability a score, got ${count} scores, ${labels.length} labels and ${probabilities.length} probabilities`,
    );
  }
  const all = Array.from(scores, (_, i) => i);
  const lowest = (some: readonly number[], of: (i: number) => number): number[] =>
    [...some].sort((a, b) => of(a) - of(b) || a - b).slice(0, EXAMPLES);
  return {
    best: lowest(
      all.filter((i) => labels[i] === 1),
      (i) => -scores[i],
    ),
    worst: lowest(all, (i) => -Math.abs(probabilities[i] - labels[i])),
    uncertain: lowest(all, (i) => Math.abs(probabilities[i] - 0.5)),
  };
}
