import { describe, expect, it } from 'vitest';
import { calibrate } from '../../scripts/evaluation/calibrate.ts';
import { createRandom } from '../../src/core/random.ts';

describe('calibrate', () => {
  it('takes more scores than a call takes arguments', () => {
    const count = 150_000;
    const random = createRandom(0);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
    const { ece, decisions } = calibrate({
      labels,
      scores: Float64Array.from(labels, (label) => label + random.nextGaussian()),
      folds: Uint32Array.from({ length: count }, () => random.nextInt(5)),
      groups: Int32Array.from({ length: count }, (_, i) => i >> 1),
    });
    // The logit of two unit normals is linear in the score, so Platt's form fits; what is left is the noise of 15,000 a bin.
    expect(ece).toBeLessThan(0.01);
    const { match, mismatch } = decisions;
    const decided = [match, mismatch].flatMap((counts) => Object.values(counts));
    expect(decided.reduce((sum, value) => sum + value, 0)).toBe(count);
  });
});
