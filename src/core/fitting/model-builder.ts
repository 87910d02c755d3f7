import { keepColumns } from '../columns.ts';
import { rowPositions } from '../pairs/pair-set.ts';
import { projectRows } from '../scoring/project-rows.ts';
import type { Fusion, Projection, UncalibratedModel } from '../scoring/selection-model.ts';
import { chooseL2, fitWeightedFusion } from './weighted-fusion.ts';
import type { AttentionSchedule } from './attention-training.ts';
import { fitAttentionFusion } from './attention-training.ts';
import { mappedFeatures } from '../selection/projection/maps.ts';
import type { Training } from '../selection/training.ts';

/**
 * The model that keeps or maps coordinates as given, under the fusion asked for; a learned one is fitted here on the
 * training pairs alone, its penalty chosen by inner folds.
 * @param schedule of attention
 * @throws RangeError where the pairs are too few groups for a learned fusion's inner folds
 */
export function buildModel(
  training: Training,
  projection: Projection,
  fusion: Fusion['kind'],
  seed: number,
  schedule: Partial<AttentionSchedule> = {},
): UncalibratedModel {
  const { dim, imageMean, textMean, labels, groups, count } = training;
  const k = projectedCount(projection, dim);
  const plain = { dim, k, imageMean, textMean, projection, fusion: { kind: 'identity' } } as const;
  switch (fusion) {
    case 'identity':
      return plain;
    case 'weighted': {
      const kept = projectedFeatures(training, projection, k);
      const l2 = chooseL2(kept, labels, groups, { count, k, seed });
      return { ...plain, fusion: fitWeightedFusion(kept, labels, { count, k, l2 }) };
    }
    case 'attention':
      return { ...plain, fusion: fitAttention(training, plain, seed, schedule) };
  }
}

function projectedCount(projection: Projection, dim: number): number {
  switch (projection.kind) {
    case 'full':
      return dim;
    case 'mask':
      return projection.indices.length;
    case 'map':
      return projection.matrix.length / dim;
    case 'maps':
      return projection.image.length / dim;
  }
}

function projectedFeatures(training: Training, projection: Projection, k: number): Float32Array {
  switch (projection.kind) {
    case 'full':
      return training.features;
    case 'mask':
      return keepColumns(training.features, training.dim, projection.indices);
    case 'map':
      return mappedFeatures(training, { image: projection.matrix, text: projection.matrix }, k);
    case 'maps':
      return mappedFeatures(training, projection, k);
  }
}

function fitAttention(
  training: Training,
  plain: UncalibratedModel,
  seed: number,
  schedule: Partial<AttentionSchedule>,
): Fusion {
  const { set, pairs, images, texts, groups } = training;
  const imageAt = rowPositions(images);
  const textAt = rowPositions(texts);
  return fitAttentionFusion(
    projectRows(plain, 'image', set.imageEmbeddings, images.rows),
    projectRows(plain, 'text', set.textEmbeddings, texts.rows),
    pairs.map((pair) => imageAt(set.imageRows[pair])),
    pairs.map((pair) => textAt(set.textRows[pair])),
    groups.slice(0, pairs.length),
    { k: plain.k, seed, schedule },
  );
}
