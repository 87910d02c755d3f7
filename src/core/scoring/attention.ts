import type { Fusion } from './selection-model.ts';
import { softmax } from './softmax.ts';
import type { Floats } from '../vector.ts';
import { dot } from '../vector.ts';

export type AttentionFusion = Extract<Fusion, { kind: 'attention' }>;

export const HEADS = 8;
export const HEAD_WIDTH = 8;
/** Rows of query, key and value, columns of output: whatever k is, a text passes through so many numbers. */
export const ATTENTION_WIDTH = HEADS * HEAD_WIDTH;

/**
 * Multi-head attention of one image over texts (Vaswani et al. 2017, section 3.2, without biases). Head h weighs text j by
 * softmax over j of q_h·k_hj/√8; the heads' weighted sums of values, side by side, pass through `output`.
 * @param image length k
 * @param texts at least one, each of length k
 * @returns `attended`: length k, not normalised; `weights`: one a text, the mean over heads, ≥ 0, summing to 1
 * O(texts·64·k).
 */
export function attend(
  fusion: AttentionFusion,
  image: Floats,
  texts: readonly Floats[],
): { attended: Float64Array; weights: Float64Array } {
  const query = multiply(fusion.query, image);
  const mixed = new Float64Array(ATTENTION_WIDTH);
  const weights = new Float64Array(texts.length);
  const keys = texts.map((text) => multiply(fusion.key, text));
  const values = texts.map((text) => multiply(fusion.value, text));
  for (let offset = 0; offset < ATTENTION_WIDTH; offset += HEAD_WIDTH) {
    const shares = softmax(
      keys.map((key) => dot(query, offset, key, offset, HEAD_WIDTH) / Math.sqrt(HEAD_WIDTH)),
    );
    shares.forEach((share, j) => {
      weights[j] += share / HEADS;
      for (let i = offset; i < offset + HEAD_WIDTH; i++) mixed[i] += share * values[j][i];
    });
  }
  return { attended: multiply(fusion.output, mixed), weights };
}

/** `attend` over one text, where every weight is 1 and no image is needed: output·value·text. */
export function attendOne(fusion: AttentionFusion, text: Floats): Float64Array {
  return multiply(fusion.output, multiply(fusion.value, text));
}

/** @param matrix row-major, shape [rows, vector.length] */
function multiply(matrix: Floats, vector: Floats): Float64Array {
  const width = vector.length;
  const product = new Float64Array(matrix.length / width);
  for (let row = 0; row < product.length; row++) product[row] = dot(matrix, row * width, vector, 0, width);
  return product;
}
