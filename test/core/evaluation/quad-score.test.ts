import { describe, expect, it } from 'vitest';
import { QUAD_CHANCE, type QuadScores, judgeQuad } from '../../../src/core/evaluation/quad-score.ts';

describe('judgeQuad', () => {
  // Image 0 with captions 0 and 1, then image 1 with both.
  it.each<[string, QuadScores, boolean, boolean]>([
    ['everything right', [0.9, 0.1, 0.2, 0.8], true, true],
    ['captions told apart, images not', [0.5, 0.4, 0.9, 0.95], true, false],
    ['images told apart, captions not', [0.5, 0.9, 0.4, 0.95], false, true],
    ['one image before both captions', [0.9, 0.1, 0.95, 0.2], false, false],
    ['a tie of captions', [0.5, 0.5, 0.2, 0.8], false, true],
    ['a tie of images', [0.5, 0.1, 0.5, 0.8], true, false],
    ['everything wrong', [0.1, 0.9, 0.8, 0.2], false, false],
  ])('knows %s', (_, scores, text, image) => {
    expect(judgeQuad(scores)).toEqual({ text, image, group: text && image });
  });

  it('comes out by chance as often as said: over all orders of four numbers', () => {
    const verdicts = ordersOf([1, 2, 3, 4]).map((order) => judgeQuad(order as unknown as QuadScores));
    expect(verdicts).toHaveLength(24);
    for (const key of ['text', 'image', 'group'] as const) {
      expect(verdicts.filter((verdict) => verdict[key]).length / 24).toBe(QUAD_CHANCE[key]);
    }
  });
});

function ordersOf(numbers: readonly number[]): number[][] {
  if (numbers.length === 0) return [[]];
  return numbers.flatMap((first) =>
    ordersOf(numbers.filter((number) => number !== first)).map((rest) => [first, ...rest]),
  );
}
