import type { UncalibratedModel } from './selection-model.ts';
import { assertProjected } from './scoring.ts';

/** What each kept coordinate adds to a score. */
export interface Contributions {
  /** The score but for what the coordinates add: the weighted fusion's bias, 0 under the others. */
  readonly bias: number;
  /** Length k, in the order of the model's coordinates: with `bias` they sum to `scoreProjected` of the same two. */
  readonly values: Float64Array;
}

/**
 * The score of a pair by kept coordinate: it is a sum over them under every fusion. Identity and attention: image · text of the two
 * unit vectors, coordinate by coordinate, where attention has passed the text through its value and output maps, so that a coordinate
 * stands for the image's; weighted: weight · image · text.
 * @param projectedImage from `projectEmbedding`, as `projectedText`
 * @throws RangeError when a length is not k
 */
export function contributionsOf(
  model: UncalibratedModel,
  projectedImage: Float32Array,
  projectedText: Float32Array,
): Contributions {
  assertProjected(model, projectedImage);
  assertProjected(model, projectedText);
  const { k, fusion } = model;
  const values = new Float64Array(k);
  for (let i = 0; i < k; i++) values[i] = projectedImage[i] * projectedText[i];
  if (fusion.kind !== 'weighted') return { bias: 0, values };
  for (let i = 0; i < k; i++) values[i] *= fusion.weights[i];
  return { bias: fusion.bias, values };
}

/** A coordinate by its number in the embedding where the model keeps some of those, else by that of its axis. */
export function coordinateAt({ projection }: UncalibratedModel, i: number): number {
  return projection.kind === 'mask' ? projection.indices[i] : i;
}
