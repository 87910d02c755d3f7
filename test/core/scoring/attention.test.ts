import { describe, expect, it } from 'vitest';
import { ATTENTION_WIDTH, HEADS, attend } from '../../../src/core/scoring/attention.ts';
import { fuseCaptions, meanDirection } from '../../../src/core/scoring/caption-fusion.ts';
import { projectEmbedding, scoreFull, scoreProjected } from '../../../src/core/scoring/scoring.ts';
import type { Fusion, UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { cosineSimilarity, normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

type Attention = Extract<Fusion, { kind: 'attention' }>;

const DIM = 12;
const INDICES = Uint32Array.of(0, 3, 4, 7, 11);

function unitVector(seed: number, dim = DIM): Float32Array {
  const vector = Float32Array.from(gaussians(dim, seed));
  normalizeRows(vector, dim);
  return vector;
}

function randomFusion(k: number, seed: number): Attention {
  const matrix = (i: number) => Float32Array.from(gaussians(ATTENTION_WIDTH * k, 10 * seed + i));
  return { kind: 'attention', query: matrix(0), key: matrix(1), value: matrix(2), output: matrix(3) };
}

/** Value and output pick the coordinates themselves: what training starts from. */
function identityFusion(k: number): Attention {
  const fusion = { ...randomFusion(k, 9), value: new Float32Array(64 * k), output: new Float32Array(64 * k) };
  for (let i = 0; i < Math.min(k, 64); i++) {
    fusion.value[i * k + i] = 1;
    fusion.output[i * 64 + i] = 1;
  }
  return fusion;
}

function maskModel(fusion: Fusion): UncalibratedModel {
  return {
    dim: DIM,
    k: INDICES.length,
    imageMean: Float32Array.from(gaussians(DIM, 3), (x) => x / 10),
    textMean: Float32Array.from(gaussians(DIM, 4), (x) => x / 10),
    projection: { kind: 'mask', indices: INDICES },
    fusion,
  };
}

/** As the formulas stand, on lists: heads one after another, each with its own softmax. */
function slowAttention({ query, key, value, output }: Attention, image: number[], texts: number[][]) {
  const k = image.length;
  const times = (matrix: Float32Array, vector: number[]) =>
    Array.from({ length: matrix.length / vector.length }, (_, row) =>
      vector.reduce((sum, x, i) => sum + matrix[row * vector.length + i] * x, 0),
    );
  const weights = texts.map(() => 0);
  const mixed = Array.from({ length: 8 }, (_, h) => {
    const part = (vector: number[]) => vector.slice(8 * h, 8 * h + 8);
    const q = part(times(query, image));
    const exponentials = texts.map((text) => {
      const logit = part(times(key, text)).reduce((sum, x, i) => sum + x * q[i], 0) / Math.sqrt(8);
      return Math.exp(logit);
    });
    const all = exponentials.reduce((sum, x) => sum + x, 0);
    exponentials.forEach((x, j) => (weights[j] += x / all / 8));
    return Array.from({ length: 8 }, (_, i) =>
      texts.reduce((sum, text, j) => sum + (exponentials[j] / all) * part(times(value, text))[i], 0),
    );
  }).flat();
  return { attended: times(output, mixed).slice(0, k), weights };
}

const kept = (vector: Float32Array, mean: Float32Array | null) => {
  const values = Array.from(INDICES, (i) => vector[i] - (mean?.[i] ?? 0));
  return values.map((x) => x / Math.hypot(...values));
};

const image = unitVector(1);
const texts = [21, 22, 23].map((seed) => unitVector(seed));

describe('attend', () => {
  it('is what the formulas say', () => {
    for (let seed = 0; seed < 5; seed++) {
      const fusion = randomFusion(6, seed);
      const rows = [1, 2, 3, 4].map((i) => [...unitVector(100 * seed + i, 6)]);
      const { attended, weights } = attend(
        fusion,
        Float64Array.from(rows[0]),
        rows.slice(1).map((row) => Float64Array.from(row)),
      );
      const slow = slowAttention(fusion, rows[0], rows.slice(1));
      // Both in float64, sums of 64 terms of about 10 in another order.
      attended.forEach((value, i) => expect(value, `seed ${seed}`).toBeCloseTo(slow.attended[i], 9));
      weights.forEach((value, j) => expect(value, `seed ${seed}`).toBeCloseTo(slow.weights[j], 12));
    }
  });

  it('gives weights that sum to 1, and 1 for a single text', () => {
    const fusion = randomFusion(5, 1);
    const { weights } = attend(
      fusion,
      unitVector(1, 5),
      [2, 3, 4, 5].map((seed) => unitVector(seed, 5)),
    );
    expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
    expect([...attend(fusion, unitVector(1, 5), [unitVector(2, 5)]).weights]).toEqual([1]);
    expect(HEADS * 8).toBe(ATTENTION_WIDTH);
  });

  it('stays finite with the largest numbers a record may hold', () => {
    const huge = (): Float32Array => new Float32Array(64 * 5).fill(3.4e38);
    const fusion: Attention = {
      kind: 'attention',
      query: huge(),
      key: huge(),
      value: huge(),
      output: huge(),
    };
    const { score, weights } = fuseCaptions(maskModel(fusion), image, texts);
    expect(Number.isFinite(score)).toBe(true);
    expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(1, 12);
  });
});

describe('a score under attention', () => {
  it('of one text is the cosine of the image and output times value times text', () => {
    const model = maskModel(randomFusion(5, 2));
    const { attended } = slowAttention(randomFusion(5, 2), kept(image, model.imageMean), [
      kept(texts[0], model.textMean),
    ]);
    const expected = cosineSimilarity(
      Float64Array.from(kept(image, model.imageMean)),
      Float64Array.from(attended),
    );
    // Projected vectors are stored in float32: 6e-8 a coordinate.
    expect(scoreFull(model, image, texts[0])).toBeCloseTo(expected, 6);
  });

  it('is that of identity where value and output pick the coordinates themselves', () => {
    const learned = maskModel(identityFusion(5));
    const plain = maskModel({ kind: 'identity' });
    // Scaled to unit norm twice instead of once.
    for (const text of texts) {
      expect(scoreFull(learned, image, text)).toBeCloseTo(scoreFull(plain, image, text), 6);
    }
  });

  it('leaves the image as it is under identity and gives a text unit norm', () => {
    const model = maskModel(randomFusion(5, 3));
    expect(projectEmbedding(model, 'image', image)).toEqual(
      projectEmbedding(maskModel({ kind: 'identity' }), 'image', image),
    );
    expect(Math.hypot(...projectEmbedding(model, 'text', texts[0]))).toBeCloseTo(1, 6);
  });

  it('is 0 where nothing is left of a vector, or of a text behind the maps', () => {
    const model = maskModel(randomFusion(5, 4));
    const { imageMean, textMean } = model;
    expect(scoreFull(model, imageMean ?? image, texts[0])).toBe(0);
    expect(scoreFull(model, image, textMean ?? texts[0])).toBe(0);
    const blind = maskModel({ ...randomFusion(5, 4), value: new Float32Array(64 * 5) });
    expect(scoreFull(blind, image, texts[0])).toBe(0);
    expect(fuseCaptions(blind, image, texts).score).toBe(0);
  });

  it('takes more coordinates than pass through: k of 80, a projection of rank 64', () => {
    const model: UncalibratedModel = {
      dim: 80,
      k: 80,
      imageMean: null,
      textMean: null,
      projection: { kind: 'full' },
      fusion: identityFusion(80),
    };
    const [a, b] = [unitVector(5, 80), unitVector(6, 80)];
    const expected = cosineSimilarity(
      a,
      b.map((x, i) => (i < 64 ? x : 0)),
    );
    expect(scoreFull(model, a, b)).toBeCloseTo(expected, 6);
  });
});

describe('fuseCaptions', () => {
  it('is attention of the image over the kept, unit-normed texts', () => {
    const model = maskModel(randomFusion(5, 5));
    const { score, weights } = fuseCaptions(model, image, texts);
    const query = kept(image, model.imageMean);
    const slow = slowAttention(
      randomFusion(5, 5),
      query,
      texts.map((text) => kept(text, model.textMean)),
    );
    expect(score).toBeCloseTo(
      cosineSimilarity(Float64Array.from(query), Float64Array.from(slow.attended)),
      6,
    );
    weights.forEach((weight, j) => expect(weight).toBeCloseTo(slow.weights[j], 6));
    expect(new Set(weights.map((weight) => weight.toFixed(6))).size).toBe(3);
  });

  it('of one text is the score of that pair, to the bit', () => {
    for (const fusion of [randomFusion(5, 6), { kind: 'identity' } as const]) {
      const model = maskModel(fusion);
      const { score, weights } = fuseCaptions(model, image, [texts[1]]);
      expect(weights).toEqual([1]);
      // The mean of one vector is normalised once more under identity.
      expect(score).toBeCloseTo(scoreFull(model, image, texts[1]), fusion.kind === 'attention' ? 15 : 6);
    }
  });

  it('follows the order of the texts and gives equal texts equal weights', () => {
    const model = maskModel(randomFusion(5, 7));
    const forward = fuseCaptions(model, image, texts);
    const backward = fuseCaptions(model, image, texts.toReversed());
    expect(backward.score).toBeCloseTo(forward.score, 6);
    backward.weights.forEach((weight, j) => expect(weight).toBeCloseTo(forward.weights[2 - j], 12));
    const twice = fuseCaptions(model, image, [texts[0], texts[0]]);
    expect(twice.weights).toEqual([0.5, 0.5]);
    expect(twice.score).toBeCloseTo(scoreFull(model, image, texts[0]), 6);
  });

  it('takes the mean direction and equal weights where nothing was learned of several texts', () => {
    const weighted = { kind: 'weighted', weights: Float32Array.of(1, 2, 0, 1, 3), bias: 0.5 } as const;
    for (const fusion of [{ kind: 'identity' } as const, weighted]) {
      const model = maskModel(fusion);
      const { score, weights } = fuseCaptions(model, image, texts);
      const text = projectEmbedding(model, 'text', meanDirection(texts));
      expect(score).toBe(scoreProjected(model, projectEmbedding(model, 'image', image), text));
      expect(weights).toEqual([1 / 3, 1 / 3, 1 / 3]);
    }
  });

  it('rejects no text and a text of another length', () => {
    const model = maskModel(randomFusion(5, 8));
    expect(() => fuseCaptions(model, image, [])).toThrow(/at least one text/);
    expect(() => fuseCaptions(model, image, [new Float32Array(4)])).toThrow(/12 coordinates, got 4/);
  });
});
