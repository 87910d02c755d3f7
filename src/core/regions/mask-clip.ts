import { dot } from '../vector.ts';
import { countPatches, type LastBlock, tokenOf } from './last-block.ts';
import { type BlockTail, passTail } from './transformer-block.ts';

/**
 * MaskCLIP: where each patch would lie among the texts if it attended to itself alone in the last block: its value takes the place of
 * what the heads sum up. Heat is the score of that embedding, scaled to unit length.
 * Source: Zhou et al., ECCV 2022 (arXiv 2112.01071), section 3.2, with the residual and the MLP kept as in their ViT.
 * @param direction the score is direction·(unit embedding) and a constant
 * @returns one number a patch
 * @throws RangeError when the block's matrices do not fit each other
 * O(patches·width·hidden).
 */
export function maskClip(block: LastBlock, tail: BlockTail, direction: Float32Array): Float32Array {
  const { width, residual, value } = block;
  return Float32Array.from({ length: countPatches(block) }, (_, patch) => {
    const token = patch + 1;
    const { embedding } = passTail(tail, tokenOf(residual, token, width), tokenOf(value, token, width));
    const norm = Math.sqrt(dot(embedding, 0, embedding, 0, embedding.length));
    return norm === 0 ? 0 : dot(embedding, 0, direction, 0, embedding.length) / norm;
  });
}
