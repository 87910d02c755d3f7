import { describe, expect, it } from 'vitest';
import { gradCam } from '../../../src/core/regions/grad-cam.ts';
import { gradEclip } from '../../../src/core/regions/grad-eclip.ts';
import { classAttention, countPatches, passClassToken } from '../../../src/core/regions/last-block.ts';
import { maskClip } from '../../../src/core/regions/mask-clip.ts';
import { tailGradient, unitGradient } from '../../../src/core/regions/transformer-block.ts';
import { readLastBlocks } from './last-blocks.ts';

/** Both sides compute in float64; the block's matrices and the maps are rounded to float32, of 24 bits, between. */
const FLOAT32_ERROR = 2 ** -22;

const blocks = readLastBlocks();

describe.each(blocks)(
  'the last block with $weights.tail.activation',
  ({ block, weights, direction, maps }) => {
    const { tail } = weights;

    it('gives the embedding that the network gives', () => {
      expectNear(passClassToken(block, tail).embedding, maps.embedding, FLOAT32_ERROR);
    });

    it('has the gradient of autograd by the sums of values', () => {
      const pass = passClassToken(block, tail);
      const gradient = tailGradient(tail, pass, unitGradient(pass.embedding, direction));
      expectNear(gradient, maps.gradient, FLOAT32_ERROR);
    });

    it('gives the map of Grad-ECLIP', () => {
      expectNear(gradEclip(block, tail, direction), maps.gradEclip, FLOAT32_ERROR);
    });

    it('gives the map of MaskCLIP', () => {
      expectNear(maskClip(block, tail, direction), maps.maskClip, FLOAT32_ERROR);
    });

    it('gives the map of Grad-CAM before the last attention', () => {
      expectNear(gradCam(block, weights, direction), maps.gradCam, FLOAT32_ERROR);
    });
  },
);

describe('the maps of a last block', () => {
  const { block, weights, direction } = blocks[0];

  it('attends with weights that sum to 1', () => {
    for (const row of classAttention(block)) expect(row.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
  });

  it('follow the scale of the direction', () => {
    const double = direction.map((x) => 2 * x);
    expectNear(
      gradEclip(block, weights.tail, double),
      gradEclip(block, weights.tail, direction).map((x) => 2 * x),
      FLOAT32_ERROR,
    );
  });

  it('weigh all patches alike where their keys are', () => {
    const key = block.key.slice();
    for (let at = 2 * block.width; at < key.length; at++) key[at] = key[at - block.width];
    const flat = { ...block, key };
    expect(Math.max(...gradEclip(flat, weights.tail, direction))).toBeGreaterThan(0);
  });

  it('are refused for rows that are not of one shape', () => {
    expect(() => countPatches({ ...block, key: block.key.subarray(block.width) })).toThrow(
      'expected rows of 8 for a class token and patches, got 80, 80, 80, 72, 80 elements',
    );
    expect(() => countPatches({ ...block, heads: 3 })).toThrow('expected heads that divide 8, got 3');
  });

  it('are refused for an embedding without length', () => {
    expect(() => unitGradient(new Float64Array(3), direction)).toThrow('positive norm, got 0');
  });
});

/** Relative to the largest value of the map. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, error: number): void {
  const most = Math.max(...Array.from(expected, Math.abs));
  expect(actual).toHaveLength(expected.length);
  const differences = Array.from(expected, (value, i) => Math.abs(actual[i] - value));
  expect(Math.max(...differences)).toBeLessThanOrEqual(error * most);
}
