import type { CorpusSegment } from '../format/corpus-manifest.ts';

/** A vector by its place in the corpus and in its segment, both from 0. */
export interface Located {
  readonly position: number;
  readonly segment: CorpusSegment;
  readonly index: number;
}

/** Position in the corpus of the first vector of each segment. */
export function firstPositions(segments: readonly CorpusSegment[]): number[] {
  let next = 0;
  return segments.map(({ count }) => (next += count) - count);
}

/** @param position below the corpus' count */
export function locate(segments: readonly CorpusSegment[], position: number): Located {
  let index = position;
  for (const segment of segments) {
    if (index < segment.count) return { position, segment, index };
    index -= segment.count;
  }
  throw new RangeError(`expected a position within the corpus, got ${position}`);
}
