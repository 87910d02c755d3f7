import { softmax } from '../scoring/softmax.ts';
import { dot } from '../vector.ts';
import { type BlockTail, type Linear, passTail, type TailPass } from './transformer-block.ts';

/**
 * The last block of a vision transformer at one picture. Row 0 of each matrix is the class token's, the rest are the patches',
 * row by row from top left. Row-major, shape [1 + patches, width].
 */
export interface LastBlock {
  readonly width: number;
  /** Heads side by side in query, key and value; divides width. */
  readonly heads: number;
  /** What the block got. */
  readonly residual: Float32Array;
  /** The same behind the norm before the attention. */
  readonly normed: Float32Array;
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** The weights of the last block and what follows it. */
export interface LastBlockWeights {
  readonly tail: BlockTail;
  /** From the normed tokens to keys and values: [width, width]. */
  readonly key: Linear;
  readonly value: Linear;
}

/** How many patches a picture has. @throws RangeError when the matrices are not of one shape, or the heads do not divide the width */
export function countPatches({ width, heads, residual, normed, query, key, value }: LastBlock): number {
  const lengths = [residual, normed, query, key, value].map(({ length }) => length);
  const tokens = lengths[0] / width;
  if (lengths.some((length) => length !== lengths[0]) || !Number.isInteger(tokens) || tokens < 2) {
    throw new RangeError(
      `expected rows of ${width} for a class token and patches, got ${lengths.join(', ')} elements`,
    );
  }
  if (width % heads !== 0) throw new RangeError(`expected heads that divide ${width}, got ${heads}`);
  return tokens - 1;
}

/** One row of a matrix, as a view. */
export function tokenOf(rows: Float32Array, token: number, width: number): Float32Array {
  return rows.subarray(token * width, (token + 1) * width);
}

/** What the class token attends to. @returns a row a head, each of 1 + patches weights that sum to 1 */
export function classAttention(block: LastBlock): number[][] {
  const { width, heads, query, key } = block;
  const headWidth = width / heads;
  const tokens = countPatches(block) + 1;
  return Array.from({ length: heads }, (_, head) => {
    const from = head * headWidth;
    const scores = Array.from({ length: tokens }, (_unused, token) =>
      dot(query, from, key, token * width + from, headWidth),
    );
    return softmax(scores, Math.sqrt(headWidth));
  });
}

/** The class token's way through the block, from the attention on, as the network goes it. */
export function passClassToken(block: LastBlock, tail: BlockTail): TailPass {
  const { width, heads, value } = block;
  const headWidth = width / heads;
  const sums = new Float64Array(width);
  classAttention(block).forEach((weights, head) => {
    const from = head * headWidth;
    weights.forEach((weight, token) => {
      for (let i = from; i < from + headWidth; i++) sums[i] += weight * value[token * width + i];
    });
  });
  return passTail(tail, tokenOf(block.residual, 0, width), sums);
}
