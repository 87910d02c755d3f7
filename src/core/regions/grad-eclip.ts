import { dot } from '../vector.ts';
import { countPatches, type LastBlock, passClassToken } from './last-block.ts';
import { type BlockTail, tailGradient, unitGradient } from './transformer-block.ts';

/**
 * Grad-ECLIP in closed form: what a patch gives the class token, by how much the score asks for it and how like the patch's key is
 * to the class token's query: ReLU(Σ_c g_c·v_c) · λ, with g the score's gradient by the attention's sums of values, v the patch's
 * value, and λ the cosine of query and key over the whole width, scaled so that the patches' lie between 0 and 1 (all 1 where they
 * are equal). g is one token's gradient: no other token's output is read.
 * Source: Zhao et al., ICML 2024 (arXiv 2502.18816), section 3.
 * @param direction the score is direction·(unit embedding) and a constant
 * @returns one number a patch, at least 0
 * @throws RangeError when the block's matrices do not fit each other
 */
export function gradEclip(block: LastBlock, tail: BlockTail, direction: Float32Array): Float32Array {
  const patches = countPatches(block);
  const { width, value } = block;
  const pass = passClassToken(block, tail);
  const gradient = tailGradient(tail, pass, unitGradient(pass.embedding, direction));
  const likeness = keyLikeness(block, patches);
  return Float32Array.from(likeness, (like, patch) => {
    const given = dot(gradient, 0, value, (patch + 1) * width, width);
    return Math.max(0, given) * like;
  });
}

/** Cosine of the class token's query and each patch's key, scaled to [0, 1] over the patches. */
function keyLikeness({ width, query, key }: LastBlock, patches: number): Float64Array {
  const cosines = new Float64Array(patches);
  const queryNorm = norm(query, 0, width);
  for (let patch = 0; patch < patches; patch++) {
    const from = (patch + 1) * width;
    const norms = queryNorm * norm(key, from, width);
    cosines[patch] = norms === 0 ? 0 : dot(query, 0, key, from, width) / norms;
  }
  const least = cosines.reduce((a, b) => Math.min(a, b));
  const most = cosines.reduce((a, b) => Math.max(a, b));
  return most === least ? cosines.fill(1) : cosines.map((cosine) => (cosine - least) / (most - least));
}

function norm(rows: Float32Array, from: number, width: number): number {
  return Math.sqrt(dot(rows, from, rows, from, width));
}
