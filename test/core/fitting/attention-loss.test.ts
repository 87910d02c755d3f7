import { describe, expect, it } from 'vitest';
import { attend } from '../../../src/core/scoring/attention.ts';
import { createRandom } from '../../../src/core/random.ts';
import type { CaptionSets } from '../../../src/core/fitting/attention-forward.ts';
import { parameterCount, partsOf } from '../../../src/core/fitting/attention-forward.ts';
import { contrastiveLoss } from '../../../src/core/fitting/attention-loss.ts';
import { captionedImages, drawCaptionSets } from '../../../src/core/fitting/attention-training-sets.ts';
import { cosineSimilarity } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const K = 5;
const IMAGES = 7;

/** Images of two captions each; the last two images are one group. */
function problem(seed: number) {
  const pairs = Uint32Array.from({ length: 2 * IMAGES }, (_, i) => i);
  const pairImage = pairs.map((pair) => pair >> 1);
  const groups = Int32Array.from(pairImage, (image) => Math.min(image, IMAGES - 2));
  const known = captionedImages(pairs, pairImage, pairs, groups);
  const sets = drawCaptionSets(known, known.images, createRandom(seed));
  const rows = { images: gaussians(IMAGES * K, seed + 1), texts: gaussians(2 * IMAGES * K, seed + 2), k: K };
  const parameters = gaussians(parameterCount(K), seed + 3);
  return { known, sets, rows, parameters };
}

/** Through `attend`, one pair at a time. */
function slowLoss({ sets, rows, parameters }: ReturnType<typeof problem>): number {
  const float = (part: Float64Array) => Float32Array.from(part);
  const { query, key, value, output } = partsOf(parameters, K);
  const fusion = {
    kind: 'attention',
    query: float(query),
    key: float(key),
    value: float(value),
    output: float(output),
  } as const;
  const row = (matrix: Float64Array, i: number) => matrix.subarray(i * K, (i + 1) * K);
  const count = sets.images.length;
  const logits = Array.from(sets.images, (image, i) =>
    Array.from({ length: count }, (_, s) => {
      if (sets.excluded[i * count + s] === 1) return -Infinity;
      const texts = [...sets.texts.subarray(sets.offsets[s], sets.offsets[s + 1])];
      const query = row(rows.images, image);
      const { attended } = attend(
        fusion,
        query,
        texts.map((text) => row(rows.texts, text)),
      );
      return Math.exp(parameters[parameters.length - 1]) * cosineSimilarity(query, attended);
    }),
  );
  const logSum = (values: number[]) => Math.log(values.reduce((sum, x) => sum + Math.exp(x), 0));
  let loss = 0;
  for (let i = 0; i < count; i++) {
    loss += logSum(logits[i]) + logSum(logits.map((others) => others[i])) - 2 * logits[i][i];
  }
  return loss / (2 * count);
}

describe('contrastiveLoss', () => {
  it('is the symmetric cross-entropy of cosines of image and attended set', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { parameters, rows, sets } = problem(seed);
      const images = rows.images.map(
        (x, i) => x / Math.hypot(...rows.images.subarray(i - (i % K), i - (i % K) + K)),
      );
      const unit = { ...problem(seed), rows: { ...rows, images } };
      // The slow one reads its parameters in float32.
      expect(contrastiveLoss(parameters, unit.rows, sets)).toBeCloseTo(slowLoss(unit), 5);
    }
  });

  it.each([0, 1, 2, 3])('has the derivatives that finite differences show (seed %i)', (seed) => {
    const { parameters, rows, sets } = problem(seed);
    expect(sets.texts.length).toBeGreaterThan(sets.images.length);
    const gradient = new Float64Array(parameters.length);
    contrastiveLoss(parameters, rows, sets, gradient);
    const largest = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const step = 1e-5;
    for (let i = 0; i < parameters.length; i++) {
      const value = parameters[i];
      parameters[i] = value + step;
      const above = contrastiveLoss(parameters, rows, sets);
      parameters[i] = value - step;
      const below = contrastiveLoss(parameters, rows, sets);
      parameters[i] = value;
      // Central differences err by step² times the third derivative and by 1e-16/step.
      const error = Math.abs((above - below) / (2 * step) - gradient[i]);
      expect(error, `parameter ${i}`).toBeLessThan(1e-6 * Math.max(Math.abs(gradient[i]), 1e-2 * largest));
    }
  });

  it('is log of the count where every score is the same, and nothing pulls', () => {
    const { rows, parameters } = problem(6);
    const same: CaptionSets = {
      images: Uint32Array.of(0, 0, 0),
      texts: Uint32Array.of(1, 1, 1),
      offsets: Uint32Array.of(0, 1, 2, 3),
      excluded: new Uint8Array(9),
    };
    const gradient = new Float64Array(parameters.length);
    expect(contrastiveLoss(parameters, rows, same, gradient)).toBeCloseTo(Math.log(3), 12);
    // What is left is the rounding of products near 1.
    for (const derivative of gradient) expect(Math.abs(derivative)).toBeLessThan(1e-12);
  });

  it('is finite, without a pull, where nothing is attended to', () => {
    const { rows, sets } = problem(7);
    const zeros = new Float64Array(parameterCount(K));
    const gradient = new Float64Array(zeros.length).fill(5);
    expect(Number.isFinite(contrastiveLoss(zeros, rows, sets, gradient))).toBe(true);
    expect(gradient.every((derivative) => derivative === 0)).toBe(true);
  });
});

describe('drawCaptionSets', () => {
  it('gives each image captions of its own, each once, and at most one of another group', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { known, sets } = problem(seed);
      sets.images.forEach((image, s) => {
        const texts = [...sets.texts.subarray(sets.offsets[s], sets.offsets[s + 1])];
        const own = texts.filter((text) => known.captions[image].includes(text));
        const foreign = texts.filter((text) => known.textGroups[text] !== known.imageGroups[image]);
        expect(own.length, `seed ${seed}`).toBeGreaterThan(0);
        expect(new Set(texts).size).toBe(texts.length);
        expect(foreign.length).toBe(texts.length - own.length);
        expect(foreign.length).toBeLessThanOrEqual(1);
      });
    }
  });

  it('counts no set against an image that holds a caption of its group', () => {
    const { known, sets } = problem(1);
    const count = sets.images.length;
    for (let i = 0; i < count; i++) {
      for (let s = 0; s < count; s++) {
        const groups = [...sets.texts.subarray(sets.offsets[s], sets.offsets[s + 1])].map(
          (text) => known.textGroups[text],
        );
        const mayFit = i !== s && groups.includes(known.imageGroups[sets.images[i]]);
        expect(sets.excluded[i * count + s]).toBe(Number(mayFit));
      }
    }
    expect(sets.excluded.some((flag) => flag === 1)).toBe(true);
  });
});
