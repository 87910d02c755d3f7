import { describe, expect, it } from 'vitest';
import {
  codeQuery,
  decodeVector,
  encodeVectorsInto,
  fitCoding,
  plainCoding,
} from '../../../src/core/search/vector-coding.ts';
import { dotRow } from '../../../src/core/search/row-scores.ts';
import { cosineSimilarity, dot, normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const DIM = 48;
const COUNT = 200;

/** Unit vectors as CLIP gives them: two coordinates are large and nearly the same in all. */
function unitVectors(seed: number): Float32Array {
  const rows = Float32Array.from(gaussians(COUNT * DIM, seed));
  for (let at = 0; at < rows.length; at += DIM) {
    rows[at] += 60;
    rows[at + 1] -= 40;
  }
  normalizeRows(rows, DIM);
  return rows;
}

function encode(coding: ReturnType<typeof plainCoding>, embeddings: Float32Array) {
  const values = new Int8Array(embeddings.length);
  const scales = new Float32Array(embeddings.length / DIM);
  encodeVectorsInto(coding, embeddings.slice(), values, scales);
  return { values, scales };
}

function fitted(embeddings: Float32Array): ReturnType<typeof plainCoding> {
  const fit = fitCoding(DIM);
  fit.add(embeddings);
  return fit.finish();
}

/** Largest angle's sine, or nearly, between vectors and what their rows stand for. */
function largestError(coding: ReturnType<typeof plainCoding>, embeddings: Float32Array): number {
  const { values, scales } = encode(coding, embeddings);
  let largest = 0;
  for (let row = 0; row < scales.length; row++) {
    const decoded = decodeVector(coding, values, row * DIM, scales[row]);
    const original = embeddings.subarray(row * DIM, (row + 1) * DIM);
    largest = Math.max(largest, Math.sqrt(2 - 2 * cosineSimilarity(decoded, original)));
  }
  return largest;
}

describe('a coding', () => {
  const embeddings = unitVectors(1);
  const coding = fitted(embeddings);

  it('is off by a fifth of what plain rounding is, where some coordinates are large and constant', () => {
    expect(largestError(coding, embeddings)).toBeLessThan(largestError(plainCoding(DIM), embeddings) / 5);
  });

  it('stands for unit vectors', () => {
    const { values, scales } = encode(coding, embeddings);
    for (let row = 0; row < COUNT; row++) {
      const offset = row * DIM;
      const vector = Float64Array.from(
        coding.mean,
        (mean, i) => mean + coding.spread[i] * scales[row] * values[offset + i],
      );
      // Before `decodeVector` has normalised it: the scale is float32.
      expect(dot(vector, 0, vector, 0, DIM)).toBeCloseTo(1, 6);
    }
  });

  it('gives the inner product of a query with what a row stands for', () => {
    const query = Float32Array.from(gaussians(DIM, 5));
    const { values, scales } = encode(coding, embeddings);
    const { vector, constant } = codeQuery(coding, query);
    for (let row = 0; row < COUNT; row++) {
      const decoded = decodeVector(coding, values, row * DIM, scales[row]);
      const product = dotRow(values, row * DIM, vector) * scales[row] + constant;
      expect(product).toBeCloseTo(dot(decoded, 0, query, 0, DIM), 4);
    }
  });

  it('is the same whatever parts it is fitted to', () => {
    const fit = fitCoding(DIM);
    for (let at = 0; at < embeddings.length; at += 7 * DIM) fit.add(embeddings.subarray(at, at + 7 * DIM));
    expect(fit.finish()).toEqual(coding);
  });

  it('survives six digits of text', () => {
    const again = coding.mean.map((value) => Math.fround(Number(value.toPrecision(6))));
    expect(again).toEqual(coding.mean);
  });
});

describe('a coding of few vectors', () => {
  it('moves and scales nothing without any', () => {
    expect(fitCoding(3).finish()).toEqual(plainCoding(3));
  });

  it('keeps a single vector, and others far from it', () => {
    const embeddings = unitVectors(2);
    const coding = fitted(embeddings.slice(0, DIM));
    expect([...coding.spread]).toEqual(Array(DIM).fill(1));
    // 48 coordinates rounded to 127ths of the largest.
    expect(largestError(coding, embeddings)).toBeLessThan(0.05);
    const opposite = embeddings.slice(0, DIM).map((value) => -value);
    expect(largestError(coding, opposite)).toBeLessThan(0.05);
  });

  it('keeps vectors that vary where those it was fitted to did not', () => {
    const flat = new Float32Array(2 * DIM);
    flat[0] = 1;
    flat[DIM + 1] = 1;
    const coding = fitted(flat);
    expect(Math.min(...coding.spread)).toBeGreaterThan(0);
    expect(largestError(coding, unitVectors(3))).toBeLessThan(0.1);
  });
});
