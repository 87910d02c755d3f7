import type { Modality, UncalibratedModel } from '../scoring/selection-model.ts';
import { type Floats, dot } from '../vector.ts';
import { attendOne } from '../scoring/attention.ts';
import { keepCoordinates } from '../scoring/scoring.ts';

/**
 * A selection's score of one query against many embeddings x of the other side, as one inner product over all coordinates:
 * score = clamp((x·direction - offset) · factor(x) + bias), where `scoreFactor` gives what depends on x alone. So full vectors
 * can be scored without being projected.
 */
export interface ScoreDirection {
  /** Length dim. */
  readonly direction: Float64Array;
  readonly offset: number;
  readonly bias: number;
  /** Scores are cosines, to be held within [-1, 1]. */
  readonly isCosine: boolean;
}

/**
 * The direction of a query.
 * @param modality of the embeddings that are scored, not of the query
 * @param query what `queryVector` makes of it, length k
 * O(k·dim) for a map, with 64·k more for attention.
 */
export function scoreDirection(model: UncalibratedModel, modality: Modality, query: Floats): ScoreDirection {
  const { dim, fusion } = model;
  const isAttended = fusion.kind === 'attention' && modality === 'text';
  const direction = new Float64Array(dim);
  spread(model, modality, isAttended ? attendBack(fusion, query) : query, direction);
  const mean = modality === 'image' ? model.imageMean : model.textMean;
  return {
    direction,
    offset: mean === null ? 0 : dot(mean, 0, direction, 0, dim),
    bias: fusion.kind === 'weighted' ? fusion.bias : 0,
    isCosine: fusion.kind !== 'weighted',
  };
}

/** What a score of `embedding` is multiplied by: 1 over the norm of what the selection keeps of it, 0 where nothing is left. */
export function scoreFactor(model: UncalibratedModel, modality: Modality, embedding: Float32Array): number {
  const { fusion } = model;
  if (fusion.kind === 'weighted') return 1;
  const kept = keepCoordinates(model, modality, embedding);
  const scored = fusion.kind === 'attention' && modality === 'text' ? attendOne(fusion, kept) : kept;
  const norm = Math.sqrt(dot(scored, 0, scored, 0, scored.length));
  return norm === 0 ? 0 : 1 / norm;
}

/**
 * A projected query as the inner product with a projected embedding takes it: its own numbers, times the weights of a weighted
 * fusion.
 * @param projected what `projectEmbedding` returned for the query
 */
export function queryVector({ fusion }: UncalibratedModel, projected: Float32Array): Float64Array {
  return Float64Array.from(projected, (value, i) =>
    fusion.kind === 'weighted' ? value * fusion.weights[i] : value,
  );
}

/** The transpose of the projection: k numbers to dim. */
function spread(
  { projection }: UncalibratedModel,
  modality: Modality,
  query: Floats,
  out: Float64Array,
): void {
  switch (projection.kind) {
    case 'full':
      out.set(query);
      break;
    case 'mask':
      projection.indices.forEach((index, i) => (out[index] = query[i]));
      break;
    case 'map':
      spreadRows(projection.matrix, query, out);
      break;
    case 'maps':
      spreadRows(projection[modality], query, out);
      break;
  }
}

function spreadRows(matrix: Float32Array, query: Floats, out: Float64Array): void {
  const dim = out.length;
  for (let row = 0; row < query.length; row++) {
    const weight = query[row];
    for (let i = 0, at = row * dim; i < dim; i++, at++) out[i] += weight * matrix[at];
  }
}

/** The transpose of `attendOne`. */
function attendBack(
  { output, value }: { readonly output: Float32Array; readonly value: Float32Array },
  query: Floats,
): Float64Array {
  return transposed(value, transposed(output, query));
}

/** @param matrix row-major, shape [vector.length, columns] @returns length columns */
function transposed(matrix: Float32Array, vector: Floats): Float64Array {
  const columns = matrix.length / vector.length;
  const product = new Float64Array(columns);
  for (let row = 0, at = 0; row < vector.length; row++) {
    for (let column = 0; column < columns; column++, at++) product[column] += vector[row] * matrix[at];
  }
  return product;
}
