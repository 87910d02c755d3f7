import { scoreProjected } from './scoring.ts';
import type { UncalibratedModel } from './selection-model.ts';
import { dot } from '../vector.ts';

/**
 * `cosineSimilarity` of every image with every text; it agrees to rounding, and equal inputs give equal cosines.
 * @param images each of one length, that of the texts; all finite
 * @returns row-major, shape [images.length, texts.length], in [-1, 1]; 0 where a vector has zero norm
 * @throws RangeError when the lengths differ
 * O(images·texts·dim); accumulates in float64.
 */
export function cosineMatrix(images: readonly Float32Array[], texts: readonly Float32Array[]): Float64Array {
  assertOneLength([...images, ...texts]);
  const cosines = innerProducts(images, texts);
  const imageNorms = images.map(normOf);
  const textNorms = texts.map(normOf);
  let at = 0;
  for (const imageNorm of imageNorms) {
    for (const textNorm of textNorms) {
      const norms = imageNorm * textNorm;
      cosines[at] = norms === 0 ? 0 : Math.min(1, Math.max(-1, cosines[at] / norms));
      at++;
    }
  }
  return cosines;
}

/**
 * `scoreProjected` of every image with every text.
 * @returns row-major, shape [images.length, texts.length]; finite for finite input
 * @throws RangeError when a length is not k
 */
export function scoreMatrix(
  model: UncalibratedModel,
  images: readonly Float32Array[],
  texts: readonly Float32Array[],
): Float64Array {
  const scores = new Float64Array(images.length * texts.length);
  let at = 0;
  for (const image of images) {
    for (const text of texts) scores[at++] = scoreProjected(model, image, text);
  }
  return scores;
}

/**
 * Every row of `a` with every row of `b`, row-major. Two rows by two at a time: each number read serves two products. Each
 * product is summed in the order of the coordinates, wherever its rows stand; a last odd row stands beside itself.
 */
function innerProducts(a: readonly Float32Array[], b: readonly Float32Array[]): Float64Array {
  const columns = b.length;
  const products = new Float64Array(a.length * columns);
  for (let row0 = 0; row0 < a.length; row0 += 2) {
    const row1 = Math.min(row0 + 1, a.length - 1);
    const a0 = a[row0];
    const a1 = a[row1];
    const dim = a0.length;
    for (let column0 = 0; column0 < columns; column0 += 2) {
      const column1 = Math.min(column0 + 1, columns - 1);
      const b0 = b[column0];
      const b1 = b[column1];
      let sum00 = 0;
      let sum01 = 0;
      let sum10 = 0;
      let sum11 = 0;
      for (let i = 0; i < dim; i++) {
        const x0 = a0[i];
        const x1 = a1[i];
        const y0 = b0[i];
        const y1 = b1[i];
        sum00 += x0 * y0;
        sum01 += x0 * y1;
        sum10 += x1 * y0;
        sum11 += x1 * y1;
      }
      products[row0 * columns + column0] = sum00;
      products[row0 * columns + column1] = sum01;
      products[row1 * columns + column0] = sum10;
      products[row1 * columns + column1] = sum11;
    }
  }
  return products;
}

function normOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, 0, vector, 0, vector.length));
}

function assertOneLength(vectors: readonly Float32Array[]): void {
  for (const { length } of vectors) {
    if (length !== vectors[0].length) {
      throw new RangeError(`expected vectors of one length, got ${vectors[0].length} and ${length}`);
    }
  }
}
