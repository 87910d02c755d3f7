import { describe, expect, it } from 'vitest';
import {
  projectEmbedding,
  projectEmbeddings,
  scoreFull,
  scoreProjected,
} from '../../../src/core/scoring/scoring.ts';
import type { Fusion, Projection, UncalibratedModel } from '../../../src/core/scoring/selection-model.ts';
import { cosineSimilarity, normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const DIM = 12;
const IDENTITY: Fusion = { kind: 'identity' };
const image = unitVector(1);
const text = unitVector(2);
const imageMean = Float32Array.from(gaussians(DIM, 3), (x) => x / 10);
const textMean = Float32Array.from(gaussians(DIM, 4), (x) => x / 10);
const INDICES = Uint32Array.of(0, 3, 4, 11);

function modelOf(projection: Projection, fusion = IDENTITY, centred = true): UncalibratedModel {
  const k =
    projection.kind === 'mask'
      ? projection.indices.length
      : projection.kind === 'map'
        ? projection.matrix.length / DIM
        : DIM;
  return {
    dim: DIM,
    k,
    imageMean: centred ? imageMean : null,
    textMean: centred ? textMean : null,
    projection,
    fusion,
  };
}

const centre = (vector: Float32Array, mean: Float32Array) => Float64Array.from(vector, (x, i) => x - mean[i]);
const keep = (vector: Float64Array) => Float64Array.from(INDICES, (i) => vector[i]);

function unitVector(seed: number): Float32Array {
  const vector = Float32Array.from(gaussians(DIM, seed));
  normalizeRows(vector, DIM);
  return vector;
}

describe('scoreProjected', () => {
  it('is the plain cosine under full, identity, not centred', () => {
    // Projected vectors are stored in float32: 6e-8 a coordinate.
    expect(scoreFull(modelOf({ kind: 'full' }, IDENTITY, false), image, text)).toBeCloseTo(
      cosineSimilarity(image, text),
      7,
    );
  });

  it('is the cosine of the centred, masked vectors under identity', () => {
    const expected = cosineSimilarity(keep(centre(image, imageMean)), keep(centre(text, textMean)));
    expect(scoreFull(modelOf({ kind: 'mask', indices: INDICES }), image, text)).toBeCloseTo(expected, 6);
  });

  it('is the cosine of the centred, mapped vectors under identity', () => {
    const matrix = Float32Array.from(gaussians(5 * DIM, 5));
    const map = (vector: Float64Array) =>
      Float64Array.from({ length: 5 }, (_, row) =>
        vector.reduce((sum, x, i) => sum + matrix[row * DIM + i] * x, 0),
      );
    const expected = cosineSimilarity(map(centre(image, imageMean)), map(centre(text, textMean)));
    expect(scoreFull(modelOf({ kind: 'map', matrix }), image, text)).toBeCloseTo(expected, 6);
  });

  it('is weights times pair features plus bias under weighted fusion', () => {
    const weights = Float32Array.of(1, 0, 2, 3);
    const a = keep(centre(image, imageMean));
    const b = keep(centre(text, textMean));
    const expected = weights.reduce((sum, w, i) => sum + w * a[i] * b[i], 0.5);
    const model = modelOf({ kind: 'mask', indices: INDICES }, { kind: 'weighted', weights, bias: 0.5 });
    expect(scoreFull(model, image, text)).toBeCloseTo(expected, 6);
  });

  it('says the same for a mask as for the map that picks those coordinates', () => {
    const matrix = new Float32Array(INDICES.length * DIM);
    INDICES.forEach((index, row) => (matrix[row * DIM + index] = 1));
    const masked = scoreFull(modelOf({ kind: 'mask', indices: INDICES }), image, text);
    expect(scoreFull(modelOf({ kind: 'map', matrix }), image, text)).toBe(masked);
  });

  it('does not change when an embedding is scaled and nothing is centred', () => {
    const model = modelOf({ kind: 'mask', indices: INDICES }, IDENTITY, false);
    const doubled = image.map((x) => 2 * x);
    expect(scoreFull(model, doubled, text)).toBe(scoreFull(model, image, text));
  });

  it('never leaves [-1, 1] under identity', () => {
    for (let seed = 0; seed < 200; seed++) {
      const vector = Float32Array.from(gaussians(DIM, seed));
      const score = scoreFull(modelOf({ kind: 'full' }), vector, vector);
      expect(Math.abs(score), `seed ${seed}`).toBeLessThanOrEqual(1);
    }
  });

  it('scores 0 where nothing is left of a vector, and the bias under weighted fusion', () => {
    const model = modelOf({ kind: 'mask', indices: INDICES });
    expect(projectEmbedding(model, 'image', imageMean)).toEqual(new Float32Array(4));
    expect(scoreFull(model, imageMean, text)).toBe(0);
    const weighted = modelOf(
      { kind: 'mask', indices: INDICES },
      { kind: 'weighted', weights: new Float32Array(4), bias: -2 },
    );
    expect(scoreFull(weighted, imageMean, text)).toBe(-2);
  });

  it('reads embeddings that lie inside a larger buffer', () => {
    const padded = new Float32Array(DIM + 1);
    padded.set(image, 1);
    const model = modelOf({ kind: 'full' });
    expect(scoreFull(model, padded.subarray(1), text)).toBe(scoreFull(model, image, text));
  });

  it('rejects vectors of another length', () => {
    const model = modelOf({ kind: 'mask', indices: INDICES });
    expect(() => projectEmbedding(model, 'text', new Float32Array(4))).toThrow(/12 coordinates, got 4/);
    expect(() => scoreProjected(model, image, text)).toThrow(/4 coordinates, got 12/);
  });
});

describe('projectEmbeddings', () => {
  const matrix = Float32Array.from(gaussians(5 * DIM, 5));
  const [query, key, value, output] = [6, 7, 8, 9].map((seed) => Float32Array.from(gaussians(64 * 4, seed)));
  const weights = Float32Array.of(1, 0, 2, 3);
  const mask: Projection = { kind: 'mask', indices: INDICES };
  it.each([
    { name: 'full, not centred', model: modelOf({ kind: 'full' }, IDENTITY, false) },
    { name: 'a mask', model: modelOf(mask) },
    { name: 'a map', model: modelOf({ kind: 'map', matrix }) },
    { name: 'weighted', model: modelOf(mask, { kind: 'weighted', weights, bias: 0.5 }) },
    { name: 'attention', model: modelOf(mask, { kind: 'attention', query, key, value, output }) },
  ])('gives to the bit what one embedding at a time gives: $name', ({ model }) => {
    const embeddings = [image, imageMean, text, textMean, image];
    for (const modality of ['image', 'text'] as const) {
      expect(projectEmbeddings(model, modality, embeddings)).toEqual(
        embeddings.map((embedding) => projectEmbedding(model, modality, embedding)),
      );
    }
  });

  it('gives nothing for nothing, and rejects a vector of another length', () => {
    expect(projectEmbeddings(modelOf(mask), 'text', [])).toEqual([]);
    expect(() => projectEmbeddings(modelOf(mask), 'text', [text, new Float32Array(4)])).toThrow(
      /12 coordinates, got 4/,
    );
  });
});
