import type { ProductKernels } from './kernels/product-kernels.ts';
import { matrixProduct } from './matrix-product.ts';
import { assertProjected, weighImage } from './scoring.ts';
import type { UncalibratedModel } from './selection-model.ts';
import { dot } from '../vector.ts';

/**
 * `cosineSimilarity` of every image with every text, to the bit.
 * @param images each of one length, that of the texts; all finite
 * @param kernels null for plain code, which takes longer and gives the same
 * @returns row-major, shape [images.length, texts.length], in [-1, 1]; 0 where a vector has zero norm
 * @throws RangeError when the lengths differ
 * O(images·texts·dim); accumulates in float64.
 */
export function cosineMatrix(
  images: readonly Float32Array[],
  texts: readonly Float32Array[],
  kernels: ProductKernels | null,
): Float64Array {
  assertOneLength([...images, ...texts]);
  const cosines = matrixProduct(images, texts, kernels);
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
 * `scoreProjected` of every image with every text, to the bit.
 * @param kernels null for plain code, which takes longer and gives the same
 * @returns row-major, shape [images.length, texts.length]; finite for finite input
 * @throws RangeError when a length is not k
 */
export function scoreMatrix(
  model: UncalibratedModel,
  images: readonly Float32Array[],
  texts: readonly Float32Array[],
  kernels: ProductKernels | null,
): Float64Array {
  for (const projected of [...images, ...texts]) assertProjected(model, projected);
  const { fusion } = model;
  if (fusion.kind === 'weighted') {
    const weighed = images.map((image) => weighImage(fusion.weights, image));
    return matrixProduct(weighed, texts, kernels).map((sum) => fusion.bias + sum);
  }
  const scores = matrixProduct(images, texts, kernels);
  for (let i = 0; i < scores.length; i++) scores[i] = Math.min(1, Math.max(-1, scores[i]));
  return scores;
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
