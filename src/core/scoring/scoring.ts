import { attendOne } from './attention.ts';
import type { Modality, UncalibratedModel } from './selection-model.ts';
import { dot } from '../vector.ts';

/**
 * What a selection keeps of one embedding: centred (when the model centres), then masked or mapped to k coordinates.
 * Under identity fusion the result has unit L2 norm, or is all zero where nothing is left, so that `scoreProjected` is
 * one inner product; under weighted fusion the centred values stay as they are, because the weights belong to them.
 * Under attention a text is passed through value and output and brought to unit norm again: what an image attends to when
 * the text is the only one.
 * @param embedding length dim, finite, of unit norm (or about: a norm near the end of float32 would overflow)
 * @returns new array of length k
 * @throws RangeError when the length is not dim
 */
export function projectEmbedding(
  model: UncalibratedModel,
  modality: Modality,
  embedding: Float32Array,
): Float32Array {
  return new Float32Array(projectFrom(model, modality, keepCoordinates(model, modality, embedding)));
}

/**
 * `projectEmbedding` of several, in one piece of memory: a buffer of its own costs more than 50 coordinates do.
 * @returns views of length k, in order, into one new array
 * @throws RangeError as `projectEmbedding`
 */
export function projectEmbeddings(
  model: UncalibratedModel,
  modality: Modality,
  embeddings: readonly Float32Array[],
): Float32Array[] {
  const { k } = model;
  const all = new Float32Array(embeddings.length * k);
  const kept = new Float64Array(k);
  return embeddings.map((embedding, row) => {
    keepCoordinatesInto(kept, model, modality, embedding);
    const projected = all.subarray(row * k, (row + 1) * k);
    projected.set(projectFrom(model, modality, kept));
    return projected;
  });
}

/** From what `keepCoordinates` gave, which is scaled in place, to what `scoreProjected` takes. */
function projectFrom({ fusion }: UncalibratedModel, modality: Modality, kept: Float64Array): Float64Array {
  if (fusion.kind === 'weighted') return kept;
  scaleToUnit(kept);
  if (fusion.kind === 'identity' || modality === 'image') return kept;
  const attended = attendOne(fusion, kept);
  scaleToUnit(attended);
  return attended;
}

/**
 * Centred, then masked or mapped; not scaled.
 * @param embedding length dim, finite
 * @returns new array of length k
 * @throws RangeError when the length is not dim
 */
export function keepCoordinates(
  model: UncalibratedModel,
  modality: Modality,
  embedding: Float32Array,
): Float64Array {
  const kept = new Float64Array(model.k);
  keepCoordinatesInto(kept, model, modality, embedding);
  return kept;
}

/** `keepCoordinates` into `kept`, of length k. */
function keepCoordinatesInto(
  kept: Float64Array,
  model: UncalibratedModel,
  modality: Modality,
  embedding: Float32Array,
): void {
  const { dim, k, projection } = model;
  if (embedding.length !== dim) {
    throw new RangeError(`expected an embedding of ${dim} coordinates, got ${embedding.length}`);
  }
  const mean = modality === 'image' ? model.imageMean : model.textMean;
  switch (projection.kind) {
    case 'full':
      for (let i = 0; i < k; i++) kept[i] = mean === null ? embedding[i] : embedding[i] - mean[i];
      break;
    case 'mask':
      for (let i = 0; i < k; i++) {
        const index = projection.indices[i];
        kept[i] = mean === null ? embedding[index] : embedding[index] - mean[index];
      }
      break;
    case 'map':
      mapInto(kept, projection.matrix, embedding, mean);
      break;
    case 'maps':
      mapInto(kept, projection[modality], embedding, mean);
      break;
  }
}

/**
 * The selection's score of a pair, from what `projectEmbedding` returned for each side.
 * Identity: cosine in [-1, 1]. Weighted: weights·(image ⊙ text) + bias, unbounded. Attention: cosine in [-1, 1] of the
 * image and the attended text, a learned projection of the text. Zero vectors score 0, or the bias under weighted fusion. Finite for finite input.
 * @throws RangeError when a length is not k
 */
export function scoreProjected(
  model: UncalibratedModel,
  projectedImage: Float32Array,
  projectedText: Float32Array,
): number {
  assertProjected(model, projectedImage);
  assertProjected(model, projectedText);
  const { k, fusion } = model;
  if (fusion.kind !== 'weighted') {
    return Math.min(1, Math.max(-1, dot(projectedImage, 0, projectedText, 0, k)));
  }
  return fusion.bias + weightedDot(fusion.weights, projectedImage, projectedText);
}

/** @throws RangeError unless the length is k */
export function assertProjected({ k }: UncalibratedModel, { length }: Float32Array): void {
  if (length !== k) throw new RangeError(`expected projected vectors of ${k} coordinates, got ${length}`);
}

/** weights ⊙ image, exact in float64: `dot` of it and a text is `weightedDot` of the three, to the bit. */
export function weighImage(weights: Float32Array, projectedImage: Float32Array): Float64Array {
  const weighed = new Float64Array(weights.length);
  for (let i = 0; i < weighed.length; i++) weighed[i] = weights[i] * projectedImage[i];
  return weighed;
}

/** weights·(a ⊙ b), in four running sums as `dot`; a product of two float32 is exact in float64. */
function weightedDot(weights: Float32Array, a: Float32Array, b: Float32Array): number {
  const unrolled = weights.length - (weights.length % 4);
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let i = 0;
  for (; i < unrolled; i += 4) {
    sum0 += weights[i] * a[i] * b[i];
    sum1 += weights[i + 1] * a[i + 1] * b[i + 1];
    sum2 += weights[i + 2] * a[i + 2] * b[i + 2];
    sum3 += weights[i + 3] * a[i + 3] * b[i + 3];
  }
  for (; i < weights.length; i++) sum0 += weights[i] * a[i] * b[i];
  return sum0 + sum1 + (sum2 + sum3);
}

/** `scoreProjected` of two embeddings of length dim that are used once. */
export function scoreFull(model: UncalibratedModel, image: Float32Array, text: Float32Array): number {
  return scoreProjected(
    model,
    projectEmbedding(model, 'image', image),
    projectEmbedding(model, 'text', text),
  );
}

function mapInto(
  out: Float64Array,
  matrix: Float32Array,
  embedding: Float32Array,
  mean: Float32Array | null,
): void {
  const dim = embedding.length;
  const centred = new Float64Array(dim);
  for (let i = 0; i < dim; i++) centred[i] = mean === null ? embedding[i] : embedding[i] - mean[i];
  for (let row = 0; row < out.length; row++) out[row] = dot(matrix, row * dim, centred, 0, dim);
}

/** In place; a zero vector stays. */
export function scaleToUnit(vector: Float64Array): void {
  const norm = Math.sqrt(dot(vector, 0, vector, 0, vector.length));
  if (norm === 0) return;
  for (let i = 0; i < vector.length; i++) vector[i] /= norm;
}
