import { keepColumns } from '../../columns.ts';
import { pairFeatures } from '../../pairs/pair-features.ts';
import { rowProducts } from '../../linear-algebra/row-products.ts';
import { rowPositions, uniqueRows } from '../../pairs/pair-set.ts';
import { gatherRows } from '../../vector.ts';
import { fitContrastiveMaps } from './contrastive-map.ts';
import { crossCovarianceMap } from './cross-covariance.ts';
import { pcaMap } from './pca.ts';
import { centredPairs, fitWhitened } from './whitened-maps.ts';
import { rfe } from '../elimination/rfe.ts';
import { mutualInformation } from '../information/mutual-information.ts';
import type { ParamValue, ScoringParams } from '../strategies.ts';
import { informationParams, survivors } from '../strategies.ts';
import type { MapStrategy, StrategySpec } from '../strategy-names.ts';
import { isMapStrategy } from '../strategy-names.ts';
import { centredRows } from '../training.ts';
import type { Training } from '../training.ts';

export interface MapFit {
  /**
   * Row-major, shape [k, dim], best first: the first rows are the map of any smaller k. Orthonormal but for whitened and learned maps. Rows beyond
   * what a small training set spans are zero. Of both modalities, or of the images alone where there is a map for the texts.
   */
  readonly matrix: Float32Array;
  /** Same shape; null where one map serves both. */
  readonly textMatrix: Float32Array | null;
  readonly params: Readonly<Record<string, ParamValue>>;
}

/** Of all features, dropped at once by recursive elimination on pairs: a fit for each single one takes minutes a fold. */
export const DEFAULT_RFE_STEP = 0.05;

/**
 * Fit a linear map to k coordinates, the same for both modalities, on the centred embeddings of the training pairs.
 * `pca`: principal axes of the unique images and captions, stacked. `cross-covariance`: of the matching pairs.
 * `whitened-cross-covariance`: the same once both are whitened together. `cca`: each whitened by itself, one map a modality.
 * `whitened-mutual-information`: those of the whitened axes whose products tell most about a match.
 * `contrastive-map`: one map a modality, learned by in-batch contrast from those of `cross-covariance`.
 * `pca-rfe`: those of the principal axes whose products tell matches from mismatches, by recursive elimination.
 * Behind a prefilter only the coordinates that it leaves take part.
 * @throws RangeError for a mask strategy, and for k beyond the coordinates
 */
export function fitMap(spec: StrategySpec, training: Training, params: ScoringParams): MapFit {
  const { strategy, prefilters } = spec;
  if (!isMapStrategy(strategy)) throw new RangeError(`${strategy} gives a mask, no linear map`);
  const kept = survivors(prefilters, training, params);
  const { k } = params;
  if (kept !== null && k > kept.length) {
    throw new RangeError(
      `expected k of at most the ${kept.length} features that "${spec.name}" leaves, got ${k}`,
    );
  }
  const narrow = kept === null ? training : narrowTraining(training, kept);
  const { matrix, textMatrix, params: used } = fitOne(strategy, narrow, params);
  if (kept === null) return { matrix, textMatrix, params: used };
  return {
    matrix: widen(matrix, kept, training.dim),
    textMatrix: textMatrix === null ? null : widen(textMatrix, kept, training.dim),
    params: { ...used, prefiltered: kept.length },
  };
}

function fitOne(strategy: MapStrategy, training: Training, params: ScoringParams): MapFit {
  const { dim } = training;
  const { k } = params;
  switch (strategy) {
    case 'pca':
      return principalAxes(training, k);
    case 'cross-covariance': {
      const { pairedImages, pairedTexts } = centredPairs(training);
      const { map: matrix, positiveCount } = crossCovarianceMap(pairedImages, pairedTexts, dim, k);
      return { matrix, textMatrix: null, params: { positiveCount } };
    }
    case 'whitened-cross-covariance':
    case 'cca':
      return fitWhitened(strategy, training, k);
    case 'contrastive-map':
      return learnedMaps(training, params);
    case 'whitened-mutual-information':
      return informativeAxes(training, params);
    case 'pca-rfe': {
      // All of them, whatever k is: the map of a smaller k is then the beginning of that of a larger one.
      const components = axisCount(training);
      const { matrix } = principalAxes(training, components);
      const features = mappedFeatures(training, { image: matrix, text: matrix }, components);
      const { labels, count } = training;
      const c = pairFeaturesC(features, count);
      const { step = DEFAULT_RFE_STEP } = params;
      const { order } = rfe(features, labels, { count, dim: components, step, downTo: 1, c });
      const chosen = gatherRows(matrix, dim, order.subarray(0, k));
      return { matrix: padRows(chosen, k * dim), textMatrix: null, params: { components, step, c } };
    }
  }
}

function learnedMaps(training: Training, { k, seed }: ScoringParams): MapFit {
  const { set, dim, pairs } = training;
  const { pairedImages: images, pairedTexts: texts } = centredPairs(training);
  const groups = Int32Array.from(pairs, (pair) => set.groups[pair]);
  const { image, text, epochs } = fitContrastiveMaps({ images, texts, dim, groups }, k, seed);
  return { matrix: image.slice(0, k * dim), textMatrix: text.slice(0, k * dim), params: { epochs, seed } };
}

/** The whitened axes whose products tell most about a match, most first; of all axes whatever k is. */
function informativeAxes(training: Training, params: ScoringParams): MapFit {
  const { dim, labels, count } = training;
  const { matrix, params: used } = fitWhitened('whitened-cross-covariance', training, dim);
  // Axes without any covariance are rows of zeros at the end: noise against ties would lend them information.
  const axes = countAxes(matrix, dim);
  const information = informationParams(params);
  const scores =
    axes === 0
      ? new Float64Array(0)
      : mutualInformation(mappedFeatures(training, { image: matrix, text: matrix }, axes), labels, {
          count,
          dim: axes,
          ...information,
        });
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const chosen = gatherRows(matrix, dim, order.subarray(0, params.k));
  return { matrix: padRows(chosen, params.k * dim), textMatrix: null, params: { ...used, ...information } };
}

/** Rows in front of the first of zeros. */
function countAxes(matrix: Float32Array, dim: number): number {
  const isAxis = (row: number): boolean => matrix.subarray(row * dim, (row + 1) * dim).some(Boolean);
  let axes = 0;
  while (axes * dim < matrix.length && isAxis(axes)) axes++;
  return axes;
}

function principalAxes(training: Training, k: number): MapFit {
  const { set, dim, images, texts, imageMean, textMean } = training;
  const { map, explainedVarianceShare } = pcaMap(
    centredRows(set.imageEmbeddings, dim, images.rows, imageMean),
    centredRows(set.textEmbeddings, dim, texts.rows, textMean),
    dim,
    Math.min(k, axisCount(training)),
  );
  return { matrix: padRows(map, k * dim), textMatrix: null, params: { explainedVarianceShare } };
}

/** No more axes than rows: beyond them there is no variance to find. */
function axisCount({ dim, images, texts }: Training): number {
  return Math.min(dim, images.rows.length + texts.rows.length);
}

/** Rows of zeros up to a length: axes that a small set does not have add nothing to a score. */
function padRows(matrix: Float32Array, length: number): Float32Array {
  if (matrix.length === length) return matrix;
  const padded = new Float32Array(length);
  padded.set(matrix);
  return padded;
}

/**
 * The pair features in the coordinates of a map: products of the mapped centred embeddings of every training example.
 * @param maps of each modality, row-major, shape [k, dim]
 * @returns row-major, shape [count, k]
 */
export function mappedFeatures(
  training: Training,
  maps: { readonly image: Float32Array; readonly text: Float32Array },
  k: number,
): Float32Array {
  const { set, dim, imageRows, textRows, groups, imageMean, textMean } = training;
  const examples = Uint32Array.from(imageRows.keys());
  // Of all examples: a marked mismatch may name an image or a caption that no pair has.
  const images = uniqueRows(imageRows, examples, groups);
  const texts = uniqueRows(textRows, examples, groups);
  return pairFeatures(
    rowProducts(
      centredRows(set.imageEmbeddings, dim, images.rows, imageMean),
      maps.image.subarray(0, k * dim),
      dim,
    ),
    rowProducts(
      centredRows(set.textEmbeddings, dim, texts.rows, textMean),
      maps.text.subarray(0, k * dim),
      dim,
    ),
    imageRows.map(rowPositions(images)),
    textRows.map(rowPositions(texts)),
    k,
    null,
    null,
  );
}

/**
 * C for a logistic regression on pair features: mean log loss + ½‖w‖² on features scaled to mean square 1. Their own
 * scale (about 1/dim) and the count of pairs then decide nothing, and few pairs of many coordinates, which are always
 * separable, do not end in weights of noise: on the 800 pairs × 512 of a COCO-500 fold, a penalty 800 times lower takes
 * `pca-rfe` at k = 50 from a recall@1 of .57 to .20.
 */
export function pairFeaturesC(features: Float32Array, count: number): number {
  let squares = 0;
  for (let i = 0; i < features.length; i++) squares += features[i] * features[i];
  return squares === 0 ? 1 : features.length / squares / count;
}

function narrowTraining(training: Training, kept: Uint32Array): Training {
  const { set, dim, imageMean, textMean, features } = training;
  const narrowMean = (mean: Float32Array | null): Float32Array | null =>
    mean === null ? null : Float32Array.from(kept, (index) => mean[index]);
  return {
    ...training,
    set: {
      ...set,
      dim: kept.length,
      imageEmbeddings: keepColumns(set.imageEmbeddings, dim, kept),
      textEmbeddings: keepColumns(set.textEmbeddings, dim, kept),
    },
    dim: kept.length,
    imageMean: narrowMean(imageMean),
    textMean: narrowMean(textMean),
    features: keepColumns(features, dim, kept),
  };
}

/** Zeros where a prefilter dropped the coordinate. */
function widen(matrix: Float32Array, kept: Uint32Array, dim: number): Float32Array {
  const rows = matrix.length / kept.length;
  const wide = new Float32Array(rows * dim);
  for (let row = 0; row < rows; row++) {
    kept.forEach((index, i) => (wide[row * dim + index] = matrix[row * kept.length + i]));
  }
  return wide;
}
