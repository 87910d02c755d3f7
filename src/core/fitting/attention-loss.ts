import { exp } from '../exp-log.ts';
import type { AttentionRows, CaptionSets } from './attention-forward.ts';
import { project, scoreSets } from './attention-forward.ts';
import { symmetricCrossEntropy } from '../gradient/symmetric-cross-entropy.ts';
import { backpropagate } from './attention-gradient.ts';

/**
 * In-batch contrastive loss of attention, both ways (InfoNCE, van den Oord et al. 2018; symmetric as in Radford et al.
 * 2021): the score of image i and set s is the cosine of the image and what it attends to in the set, times exp(logScale);
 * the mean over images of the cross-entropy of its own set among all, and over sets of its own image, halved and added.
 * @param gradient filled with the derivatives by `parameters` when given, of the same length
 * @returns the loss, finite for finite parameters
 * O(sets·texts·k·8 + Σ texts of a set²·64·(k + sets)), twice that again for the gradient.
 */
export function contrastiveLoss(
  parameters: Float64Array,
  rows: AttentionRows,
  sets: CaptionSets,
  gradient?: Float64Array,
): number {
  const forward = project(parameters, rows, sets);
  const scores = scoreSets(forward, sets);
  const count = sets.images.length;
  const scale = exp(parameters[parameters.length - 1]);
  const byLogit = new Float64Array(count * count);
  const loss = symmetricCrossEntropy(scores, sets.excluded, scale, byLogit);
  if (gradient === undefined) return loss;
  gradient.fill(0);
  let byLogScale = 0;
  for (let i = 0; i < byLogit.length; i++) {
    byLogScale += byLogit[i] * scale * scores[i];
    byLogit[i] *= scale;
  }
  gradient[gradient.length - 1] = byLogScale;
  backpropagate(parameters, rows, sets, forward, scores, byLogit, gradient);
  return loss;
}
