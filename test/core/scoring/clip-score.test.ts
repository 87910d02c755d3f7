import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeVector } from '../../../src/clip/vector-text.ts';
import { clipScore, refClipScore } from '../../../src/core/scoring/clip-score.ts';
import { cosineSimilarity } from '../../../src/core/vector.ts';

const FIXTURE = 'test/fixtures/clip-score/';
const read = (name: string): unknown => JSON.parse(readFileSync(FIXTURE + name, 'utf8'));
const { dim, pairs } = read('embeddings.json') as {
  readonly dim: number;
  readonly pairs: readonly {
    readonly image: string;
    readonly caption: string;
    readonly references: readonly string[];
  }[];
};
const cases = read('scores.json') as readonly {
  readonly pair: number;
  readonly imageSign: number;
  readonly referenceSign: number;
  readonly clipScore: number;
  readonly refClipScore: number;
}[];

describe('clipScore and refClipScore', () => {
  // numpy sums float64 of unit vectors that it made itself, and ours are float32.
  it.each(cases)('are those of numpy: pair $pair, signs $imageSign and $referenceSign', (expected) => {
    const pair = pairs[expected.pair];
    const [image, caption, ...references] = [pair.image, pair.caption, ...pair.references].map((vector) =>
      decodeVector(vector, dim),
    );
    const cosine = expected.imageSign * cosineSimilarity(image, caption);
    const likeness = references.map((one) => expected.referenceSign * cosineSimilarity(caption, one));
    expect(clipScore(cosine)).toBeCloseTo(expected.clipScore, 6);
    expect(refClipScore(cosine, Math.max(...likeness))).toBeCloseTo(expected.refClipScore, 6);
  });

  it('reach 2.5 and 10/7, and no more', () => {
    expect([clipScore(1), refClipScore(1, 1)]).toEqual([2.5, 10 / 7]);
    expect([clipScore(-1), refClipScore(-1, 1), refClipScore(1, -1), refClipScore(0, 0)]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
