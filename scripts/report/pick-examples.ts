import type { Floats } from '../../src/core/vector.ts';

/** Where in the held-out lists the pairs worth a look stand, most telling first. */
export interface ExampleIndices {
  readonly best: readonly number[];
  readonly worst: readonly number[];
  readonly uncertain: readonly number[];
}

/** Of each kind. */
const EXAMPLES = 10;

/** Held-out pairs as they are picked from: all lists of one length. */
export interface PickedFrom {
  readonly scores: Floats;
  /** 1 for a match, 0 for a mismatch. */
  readonly labels: Uint8Array;
  /** Of a match, in [0, 1]. */
  readonly probabilities: Floats;
  /** Equal numbers are the same picture, the same caption. */
  readonly imageRows: Uint32Array;
  readonly textRows: Uint32Array;
}

/**
 * The matches of the highest scores, the pairs whose probability is furthest from the truth, and those nearest one half,
 * as `ExamplePairs` describes them; fewer where there are fewer. No list shows a picture or a caption twice: ten pairs are ten
 * different ones. Ties go to the lower index.
 * @throws RangeError for lists of different length
 * O(n log n)
 */
export function pickExamples(pairs: PickedFrom): ExampleIndices {
  const { scores, labels, probabilities, imageRows, textRows } = pairs;
  const count = scores.length;
  if ([labels, probabilities, imageRows, textRows].some(({ length }) => length !== count)) {
    throw new RangeError(
      `expected a label, a probability, a picture and a caption a score, got ${count} scores, ${labels.length} labels, ${probabilities.length} probabilities, ${imageRows.length} pictures and ${textRows.length} captions`,
    );
  }
  const all = Array.from(scores, (_, i) => i);
  const lowest = (some: readonly number[], of: (i: number) => number): number[] =>
    takeDifferent(
      [...some].sort((a, b) => of(a) - of(b) || a - b),
      pairs,
    );
  return {
    best: lowest(
      all.filter((i) => labels[i] === 1),
      (i) => -scores[i],
    ),
    worst: lowest(all, (i) => -Math.abs(probabilities[i] - labels[i])),
    uncertain: lowest(all, (i) => Math.abs(probabilities[i] - 0.5)),
  };
}

/** The first of the list whose picture and caption no earlier one has. */
function takeDifferent(
  order: readonly number[],
  { imageRows, textRows }: Pick<PickedFrom, 'imageRows' | 'textRows'>,
): number[] {
  const images = new Set<number>();
  const texts = new Set<number>();
  const taken: number[] = [];
  for (const i of order) {
    if (taken.length === EXAMPLES) break;
    if (images.has(imageRows[i]) || texts.has(textRows[i])) continue;
    images.add(imageRows[i]);
    texts.add(textRows[i]);
    taken.push(i);
  }
  return taken;
}
