import type { ModalityDomain } from '../calibration/domain.ts';
import type { Modality, UncalibratedModel } from '../scoring/selection-model.ts';
import { queryVector, scoreDirection } from './score-direction.ts';

/**
 * Of a query: how much its scores spread over what the calibration knew of the other side, from the direction that scores them and
 * the axes of that domain. Up to a factor that every query shares.
 * @param modality of the query
 * @param projected what `projectEmbedding` makes of the query
 * @param domain of the other modality
 * O(axes·dim).
 */
export function scoreSpread(
  model: UncalibratedModel,
  modality: Modality,
  projected: Float32Array,
  { axes, scales, deviations }: ModalityDomain,
): number {
  const other = modality === 'image' ? 'text' : 'image';
  const { direction } = scoreDirection(model, other, queryVector(model, projected));
  const dim = direction.length;
  let variance = 0;
  for (let axis = 0, at = 0; axis < scales.length; axis++) {
    let sum = 0;
    for (let i = 0; i < dim; i++, at++) sum += axes[at] * direction[i];
    variance += (sum * scales[axis] * deviations[axis]) ** 2;
  }
  return Math.sqrt(variance);
}
