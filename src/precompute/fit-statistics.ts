import type { FittedProjections } from '../core/evaluation/fold-evaluation.ts';
import type { ScatterMoments } from '../core/linear-algebra/moments.ts';
import { mergeScatterMoments } from '../core/linear-algebra/moments.ts';
import type { Projection } from '../core/scoring/selection-model.ts';
import { informationOfCounts } from '../core/selection/information/bin-counts.ts';
import { crossCovarianceMapOfMoments } from '../core/selection/projection/cross-covariance.ts';
import { pcaMapOfMoments } from '../core/selection/projection/pca.ts';
import { fitWhitenedOfSums } from '../core/selection/projection/whitened-maps.ts';
import type { PairedSums, ProductSums } from '../core/selection/projection/whitening.ts';
import type { Wants } from '../core/selection/shard-plan.ts';
import type { CovarianceSums, FeatureSums, ShardStatistics } from '../core/selection/shard-statistics.ts';
import type { StrategyScores } from '../core/selection/strategies.ts';
import { parseStrategy, plainStrategy } from '../core/selection/strategy-names.ts';
import { keepBest } from '../core/selection/strategies.ts';
import { chiSquareFromSums } from '../core/selection/univariate/chi-square.ts';
import { fFromMoments } from '../core/selection/univariate/f-statistic.ts';
import { variancesFromMoments } from '../core/selection/univariate/variance.ts';
import type { Training } from '../core/selection/training.ts';

const MAPS = ['pca', 'cross-covariance', 'whitened-cross-covariance', 'cca'] as const;
const MASKS = ['variance', 'f-statistic', 'chi-square', 'mutual-information-binned'] as const;

type MergeableMap = (typeof MAPS)[number];
type MergeableMask = (typeof MASKS)[number];

/** The strategies that are fitted on statistics of shards; all others on the sample. */
export const MERGEABLE: readonly string[] = [...MASKS, ...MAPS];

/** What statistics a strategy is fitted on; null for one that cannot be, nor can any behind a prefilter. */
export function wantsOf(strategy: string): Wants | null {
  if (parseStrategy(strategy).prefilters.length > 0) return null;
  if (isMap(strategy)) return { covariance: true, features: false };
  return isMask(strategy) ? { covariance: false, features: true } : null;
}

/** A strategy fitted on all pairs of all shards. */
export interface WholeFit {
  readonly projections: FittedProjections;
  /** Of all images and texts, for a map; null where nothing is centred, or where features were centred by the means of the sample. */
  readonly means: { readonly image: Float32Array; readonly text: Float32Array } | null;
}

/**
 * Fit a mergeable strategy on merged statistics: what `fitProjections` gives of all pairs at once, up to rounding, with three differences that
 * hold whatever the cut: pair features are centred by the sample's means, mismatches take captions of the sample, and bins lie over the
 * ranges of the sample.
 * @param sample the grouped sample as a training, centred or not as the record is to be
 * @throws RangeError for a strategy that is not mergeable, statistics without what it takes, or k beyond dim
 */
export function fitStatistics(
  strategy: string,
  statistics: ShardStatistics,
  sample: Training,
  k: number,
): WholeFit {
  const { covariance, features } = statistics;
  if (isMap(strategy)) return fitMergedMap(strategy, required(covariance, strategy), sample, k);
  if (!isMask(strategy))
    throw new RangeError(`expected a strategy that adds up over shards, got ${strategy}`);
  const fit = scoresOf(strategy, required(features, strategy));
  const spec = plainStrategy(strategy);
  return {
    projections: {
      projectTo: (some) => ({ kind: 'mask', indices: keepBest(spec, fit, some).indices }),
      scores: fit.scores,
      frequency: null,
      params: fit.params,
    },
    means: null,
  };
}

function required<Sums>(sums: Sums | null, strategy: string): Sums {
  if (sums === null) throw new RangeError(`expected statistics that ${strategy} is fitted on, got others`);
  return sums;
}

function isMap(strategy: string): strategy is MergeableMap {
  return (MAPS as readonly string[]).includes(strategy);
}

function isMask(strategy: string): strategy is MergeableMask {
  return (MASKS as readonly string[]).includes(strategy);
}

function scoresOf(strategy: MergeableMask, { moments, sums, bins }: FeatureSums): StrategyScores {
  switch (strategy) {
    case 'variance':
      return { scores: variancesFromMoments(moments), params: {} };
    case 'f-statistic':
      return { ...fFromMoments(moments), params: {} };
    case 'chi-square': {
      const { scores, pValues, scaled } = chiSquareFromSums(sums);
      return { scores, pValues, params: { scaled } };
    }
    case 'mutual-information-binned':
      return { scores: informationOfCounts(bins), params: { bins: bins.bins, binning: 'equal-width' } };
  }
}

function fitMergedMap(
  strategy: MergeableMap,
  covariance: CovarianceSums,
  sample: Training,
  k: number,
): WholeFit {
  const { dim } = sample;
  const centred = sample.imageMean !== null;
  const { matrix, textMatrix, params } = mapOf(strategy, covariance, sample, k);
  const rowsOf = (map: Float32Array, some: number): Float32Array => map.slice(0, some * dim);
  const projectTo = (some: number): Projection =>
    textMatrix === null
      ? { kind: 'map', matrix: rowsOf(matrix, some) }
      : { kind: 'maps', image: rowsOf(matrix, some), text: rowsOf(textMatrix, some) };
  const { images, texts } = covariance;
  return {
    projections: { projectTo, scores: null, frequency: null, params },
    means: centred ? { image: Float32Array.from(images.mean), text: Float32Array.from(texts.mean) } : null,
  };
}

function mapOf(
  strategy: MergeableMap,
  { images, texts, cross }: CovarianceSums,
  sample: Training,
  k: number,
): ReturnType<typeof fitWhitenedOfSums> {
  const { dim } = sample;
  const centred = sample.imageMean !== null;
  const zero = new Float64Array(dim);
  switch (strategy) {
    case 'pca': {
      // Each modality about its own mean; uncentred ones about the mean of both.
      const about = ({ count, scatter, mean }: ScatterMoments): ScatterMoments => ({
        count,
        scatter,
        mean: centred ? zero : mean,
      });
      const { map, explainedVarianceShare } = pcaMapOfMoments(
        mergeScatterMoments(about(images), about(texts)),
        k,
      );
      return { matrix: map, textMatrix: null, params: { explainedVarianceShare } };
    }
    case 'cross-covariance': {
      const sums = productSums({ images, texts, cross, centred });
      const { map, positiveCount } = crossCovarianceMapOfMoments(
        { count: cross.count, meanX: zero, meanY: zero, scatter: sums.textByImage.sums },
        k,
      );
      return { matrix: map, textMatrix: null, params: { positiveCount } };
    }
    case 'whitened-cross-covariance':
    case 'cca':
      return fitWhitenedOfSums(strategy, productSums({ images, texts, cross, centred }), sample, k);
  }
}

/** Sums of products about the means of all images and texts, or about zero. */
function productSums({
  images,
  texts,
  cross,
  centred,
}: CovarianceSums & { readonly centred: boolean }): PairedSums {
  const dim = images.mean.length;
  const zero = new Float64Array(dim);
  const shift = (mean: Float64Array, from: Float64Array): Float64Array =>
    centred ? mean.map((value, i) => value - from[i]) : mean;
  const about = ({ count, mean, scatter }: ScatterMoments): ProductSums => ({
    count,
    sums: centred ? scatter : plusOuter(scatter, count, mean, mean),
  });
  const imageShift = shift(cross.meanX, centred ? images.mean : zero);
  const textShift = shift(cross.meanY, centred ? texts.mean : zero);
  const imageByText = plusOuter(cross.scatter, cross.count, imageShift, textShift);
  const textByImage = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < dim; j++) textByImage[j * dim + i] = imageByText[i * dim + j];
  }
  return {
    images: about(images),
    texts: about(texts),
    textByImage: { count: cross.count, sums: textByImage },
    dim,
  };
}

/** matrix + count·a·bᵀ, a new one. */
function plusOuter(matrix: Float64Array, count: number, a: Float64Array, b: Float64Array): Float64Array {
  const dim = a.length;
  return matrix.map((value, at) => value + count * a[Math.floor(at / dim)] * b[at % dim]);
}
