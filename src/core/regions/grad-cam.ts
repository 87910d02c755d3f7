import { dot } from '../vector.ts';
import {
  classAttention,
  countPatches,
  type LastBlock,
  type LastBlockWeights,
  passClassToken,
} from './last-block.ts';
import { tailGradient, transposeLinear, unitGradient } from './transformer-block.ts';

/**
 * Grad-CAM at the norm before the last block's attention, in closed form: ReLU(Σ_c w_c·A_c), with A the patches there and w the
 * score's gradient by A, averaged over the patches. Behind the last attention no patch has a gradient, since the class token alone
 * is read; here each has one through its key and its value.
 * Source: Selvaraju et al. 2017 (arXiv 1610.02391), equations 1 and 2.
 * @param direction the score is direction·(unit embedding) and a constant
 * @returns one number a patch, at least 0
 * @throws RangeError when the block's matrices do not fit each other
 */
export function gradCam(block: LastBlock, weights: LastBlockWeights, direction: Float32Array): Float32Array {
  const patches = countPatches(block);
  const { width, normed } = block;
  const pass = passClassToken(block, weights.tail);
  const gradient = tailGradient(weights.tail, pass, unitGradient(pass.embedding, direction));
  const channels = meanPatchGradient(block, weights, gradient);
  return Float32Array.from({ length: patches }, (_, patch) =>
    Math.max(0, dot(channels, 0, normed, (patch + 1) * width, width)),
  );
}

/**
 * The mean over patches of the gradient by the normed token. Of patch j and head h, with attention a_j and g the gradient by the
 * head's sum: by its value a_j·g; by its key s_j·q/√(head width), with s_j = a_j·(g·v_j - Σ_i a_i·g·v_i), softmax's own gradient.
 */
function meanPatchGradient(
  block: LastBlock,
  weights: LastBlockWeights,
  gradient: Float64Array,
): Float64Array {
  const { width, heads, query, value } = block;
  const headWidth = width / heads;
  const patches = countPatches(block);
  const byKey = new Float64Array(width);
  const byValue = new Float64Array(width);
  classAttention(block).forEach((attention, head) => {
    const from = head * headWidth;
    const given = attention.map((_, token) => dot(gradient, from, value, token * width + from, headWidth));
    const mean = attention.reduce((sum, weight, token) => sum + weight * given[token], 0);
    let attended = 0;
    let asked = 0;
    for (let token = 1; token < attention.length; token++) {
      attended += attention[token];
      asked += attention[token] * (given[token] - mean);
    }
    for (let i = from; i < from + headWidth; i++) {
      byValue[i] = (attended * gradient[i]) / patches;
      byKey[i] = (asked * query[i]) / Math.sqrt(headWidth) / patches;
    }
  });
  const channels = transposeLinear(weights.value, byValue);
  transposeLinear(weights.key, byKey).forEach((part, i) => (channels[i] += part));
  return channels;
}
