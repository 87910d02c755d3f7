import { scoreProjected } from './scoring.ts';
import type { UncalibratedModel } from './selection-model.ts';

/** Rows side by side in the kernel: each number read serves two products. */
const TILE = 2;

/**
 * `cosineSimilarity` of every image with every text; it agrees to rounding, and equal inputs give equal cosines.
 * @param images each of one length, that of the texts; all finite
 * @returns row-major, shape [images.length, texts.length], in [-1, 1]; 0 where a vector has zero norm
 * @throws RangeError when the lengths differ
 * O(images·texts·dim), and a float64 copy of both sides.
 */
export function cosineMatrix(images: readonly Float32Array[], texts: readonly Float32Array[]): Float64Array {
  const rows = images.length;
  const columns = texts.length;
  const cosines = new Float64Array(rows * columns);
  if (cosines.length === 0) return cosines;
  const dim = images[0].length;
  const products = innerProducts(toTiles(images, dim), toTiles(texts, dim), dim);
  const stride = Math.ceil(columns / TILE) * TILE;
  const imageNorms = normsOf(images);
  const textNorms = normsOf(texts);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const norms = imageNorms[row] * textNorms[column];
      cosines[at] = norms === 0 ? 0 : Math.min(1, Math.max(-1, products[row * stride + column] / norms));
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

/** One float64 matrix of whole tiles: float32 would be converted again for every product. The last row may be of zeros. */
function toTiles(vectors: readonly Float32Array[], dim: number): Float64Array {
  const rows = Math.ceil(vectors.length / TILE) * TILE;
  const flat = new Float64Array(rows * dim);
  vectors.forEach((vector, row) => {
    if (vector.length !== dim) {
      throw new RangeError(`expected vectors of one length, got ${dim} and ${vector.length}`);
    }
    flat.set(vector, row * dim);
  });
  return flat;
}

/** a·bᵀ. Both of whole tiles; each product is summed in the order of the coordinates, wherever its rows stand. */
function innerProducts(a: Float64Array, b: Float64Array, dim: number): Float64Array {
  const rows = a.length / dim;
  const columns = b.length / dim;
  const products = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += TILE) {
    for (let column = 0; column < columns; column += TILE) {
      let sum00 = 0;
      let sum01 = 0;
      let sum10 = 0;
      let sum11 = 0;
      let at0 = row * dim;
      let at1 = at0 + dim;
      const end = at1;
      for (let bt0 = column * dim, bt1 = bt0 + dim; at0 < end; at0++, at1++, bt0++, bt1++) {
        const a0 = a[at0];
        const a1 = a[at1];
        const b0 = b[bt0];
        const b1 = b[bt1];
        sum00 += a0 * b0;
        sum01 += a0 * b1;
        sum10 += a1 * b0;
        sum11 += a1 * b1;
      }
      const out = row * columns + column;
      products[out] = sum00;
      products[out + 1] = sum01;
      products[out + columns] = sum10;
      products[out + columns + 1] = sum11;
    }
  }
  return products;
}

function normsOf(vectors: readonly Float32Array[]): Float64Array {
  return Float64Array.from(vectors, (vector) => {
    let sumOfSquares = 0;
    for (let i = 0; i < vector.length; i++) sumOfSquares += vector[i] * vector[i];
    return Math.sqrt(sumOfSquares);
  });
}
