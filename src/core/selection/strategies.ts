import { keepColumns } from '../columns.ts';
import { averageRanks } from './average-ranks.ts';
import { binnedMutualInformation } from './information/binned-mutual-information.ts';
import { chiSquare } from './univariate/chi-square.ts';
import { fStatistic } from './univariate/f-statistic.ts';
import type { LabelledFeatures } from './labelled-features.ts';
import { l1LogisticScores } from './logistic/l1-logistic-path.ts';
import { mrmr } from './elimination/mrmr.ts';
import { mutualInformation } from './information/mutual-information.ts';
import { randomForest } from './forest/random-forest.ts';
import { randomScores } from './random.ts';
import { rfe } from './elimination/rfe.ts';
import type { MaskStrategy, Prefilter, StrategySpec } from './strategy-names.ts';
import { isMapStrategy, plainStrategy } from './strategy-names.ts';
import { topK } from './top-k.ts';
import { columnVariances } from './univariate/variance.ts';

/** Each strategy reads its own; what is left out has the default named. */
export interface ScoringParams {
  readonly seed: number;
  /** Most features that will be kept: the greedy strategies need not rank further. */
  readonly k: number;
  /** `mutual-information`: neighbours within a class, 3. */
  readonly neighbours?: number;
  /** `mutual-information`: seeded noise against ties, on. */
  readonly noise?: boolean;
  /** `mutual-information`: subtract the mean under this many shuffles of the labels, 0. */
  readonly permutations?: number;
  /** `mutual-information-binned`: 16 bins, of equal width. */
  readonly bins?: number;
  readonly binning?: 'equal-width' | 'equal-frequency';
  /** `l1-logistic`: this C in place of the whole path. */
  readonly c?: number;
  /** `rfe`: C of its logistic regression, 1. */
  readonly rfeC?: number;
  /** `rfe`: features dropped at once, a count or a share of all, 1. */
  readonly step?: number;
  /** `random-forest`: 100. */
  readonly trees?: number;
  /** `random-forest`: impurity. */
  readonly importance?: 'impurity' | 'permutation';
  /** Average the ranks over this many subsamples, 0: once, on all rows. */
  readonly bootstrap?: number;
}

export type ParamValue = number | boolean | string;

export interface StrategyScores {
  /** Length dim, higher is better; NaN where undefined. */
  readonly scores: Float64Array;
  /** What the scores depend on. */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Of the tests that have one: length dim. */
  readonly pValues?: Float64Array;
  /** Under `bootstrap`: the share of rounds that kept the feature, and the scores on all rows; length dim. */
  readonly frequency?: Float64Array;
  readonly relevance?: Float64Array;
}

export interface MaskFit extends StrategyScores {
  readonly strategy: string;
  readonly k: number;
  /** Ascending, length k. */
  readonly indices: Uint32Array;
}

/**
 * The mask of the best k by scores of that strategy. `full` keeps all of them whatever k is, and reports k = dim.
 * @throws RangeError for k beyond the features, or beyond those that the prefilters leave
 */
export function keepBest(spec: StrategySpec, fit: StrategyScores, askedK: number): MaskFit {
  const { scores } = fit;
  const k = spec.strategy === 'full' ? scores.length : askedK;
  if (spec.prefilters.length > 0) {
    const left = scores.reduce((count, score) => count + Number(!Number.isNaN(score)), 0);
    if (k > left) {
      throw new RangeError(`expected k of at most the ${left} features that "${spec.name}" leaves, got ${k}`);
    }
  }
  return { ...fit, strategy: spec.name, k, indices: topK(scores, k) };
}

/**
 * The score of every feature, from which `topK` takes the mask of any k up to `params.k`; features that a prefilter
 * dropped are NaN.
 * @throws RangeError for a map strategy, and as the strategy's own kernel does
 */
export function scoreFeatures(
  spec: StrategySpec,
  input: LabelledFeatures,
  params: ScoringParams,
): StrategyScores {
  const { strategy, prefilters } = spec;
  if (isMapStrategy(strategy)) throw new RangeError(`${strategy} gives a linear map, no scores of features`);
  const kept = survivors(prefilters, input, params);
  if (kept === null) return scoreByStrategy(strategy, input, params);
  const fit = scoreByStrategy(strategy, narrowed(input, kept), params);
  return {
    params: { ...fit.params, prefiltered: kept.length },
    scores: spread(fit.scores, kept, input.dim),
    ...(fit.pValues === undefined ? {} : { pValues: spread(fit.pValues, kept, input.dim) }),
    ...(fit.frequency === undefined ? {} : { frequency: spread(fit.frequency, kept, input.dim) }),
    ...(fit.relevance === undefined ? {} : { relevance: spread(fit.relevance, kept, input.dim) }),
  };
}

/**
 * The features that all prefilters leave, ascending; null when there are none to apply.
 * @throws RangeError when nothing is left
 */
export function survivors(
  prefilters: readonly Prefilter[],
  input: LabelledFeatures,
  params: ScoringParams,
): Uint32Array | null {
  let kept: Uint32Array | null = null;
  for (const prefilter of prefilters) {
    const left: LabelledFeatures = kept === null ? input : narrowed(input, kept);
    const passed = passing(prefilter, left, params);
    if (passed.length === 0) {
      throw new RangeError(
        `expected a prefilter that leaves a feature, got none behind ${describe(prefilter)}`,
      );
    }
    const before: Uint32Array | null = kept;
    kept = before === null ? passed : passed.map((index) => before[index]);
  }
  return kept;
}

function passing(prefilter: Prefilter, input: LabelledFeatures, params: ScoringParams): Uint32Array {
  if (prefilter.by === 'variance') {
    const variances = columnVariances(input.features, input.dim);
    return Uint32Array.from(variances.keys()).filter((index) => variances[index] > prefilter.threshold);
  }
  const count = Math.min(prefilter.count, input.dim);
  const { scores } = scoreFeatures(plainStrategy(prefilter.by), input, { ...params, k: count });
  return topK(scores, count);
}

function describe(prefilter: Prefilter): string {
  return `${prefilter.by}:${prefilter.by === 'variance' ? prefilter.threshold : prefilter.count}`;
}

function narrowed(input: LabelledFeatures, kept: Uint32Array): LabelledFeatures {
  return { ...input, features: keepColumns(input.features, input.dim, kept), dim: kept.length };
}

function spread(values: Float64Array, kept: Uint32Array, dim: number): Float64Array {
  const all = new Float64Array(dim).fill(NaN);
  kept.forEach((index, i) => (all[index] = values[i]));
  return all;
}

function scoreByStrategy(
  strategy: MaskStrategy,
  input: LabelledFeatures,
  params: ScoringParams,
): StrategyScores {
  const rounds = params.bootstrap ?? 0;
  const isDrawn = strategy === 'random' || strategy === 'full';
  if (rounds === 0 || isDrawn) return scoreOnce(strategy, input, params);
  const once = scoreOnce(strategy, input, params);
  const { seed } = params;
  const k = Math.min(params.k, input.dim);
  // Ranked to the end: a greedy strategy's mean rank needs every feature's place.
  const ranks = averageRanks(
    input,
    { rounds, seed, k },
    (sample) => scoreOnce(strategy, sample, { ...params, k: input.dim }).scores,
  );
  return { ...once, ...ranks, relevance: once.scores, params: { ...once.params, bootstrap: rounds, seed } };
}

function scoreOnce(strategy: MaskStrategy, input: LabelledFeatures, params: ScoringParams): StrategyScores {
  const { features, labels, count, dim } = input;
  const { seed } = params;
  const k = Math.min(params.k, dim);
  switch (strategy) {
    case 'mutual-information': {
      const used = informationParams(params);
      return { scores: mutualInformation(features, labels, { count, dim, ...used }), params: used };
    }
    case 'mutual-information-binned': {
      const { bins = 16, binning = 'equal-width' } = params;
      const scores = binnedMutualInformation(features, labels, { count, dim, bins, binning });
      return { scores, params: { bins, binning } };
    }
    case 'f-statistic':
      return { ...fStatistic(features, labels, { count, dim }), params: {} };
    case 'chi-square': {
      const { scores, pValues, scaled } = chiSquare(features, labels, { count, dim });
      return { scores, pValues, params: { scaled } };
    }
    case 'variance':
      return { scores: columnVariances(features, dim), params: {} };
    case 'l1-logistic':
      return l1LogisticScores(features, labels, {
        count,
        dim,
        k,
        ...(params.c === undefined ? {} : { c: params.c }),
      });
    case 'random-forest': {
      const used = forestParams(params);
      return { scores: randomForest(features, labels, { count, dim, ...used }), params: used };
    }
    case 'rfe': {
      const { step = 1, rfeC: c = 1 } = params;
      const { order } = rfe(features, labels, { count, dim, step, downTo: 1, c });
      return { scores: scoresOfOrder(order, dim), params: { step, c } };
    }
    case 'mrmr':
      return { scores: scoresOfOrder(mrmr(features, labels, { count, dim, k }).order, dim), params: {} };
    case 'random':
      return { scores: randomScores(dim, seed), params: { seed } };
    case 'full':
      return { scores: new Float64Array(dim).fill(1), params: {} };
  }
}

/** What `mutual-information` reads of the parameters, defaults filled in. */
export function informationParams({
  neighbours = 3,
  noise = true,
  permutations = 0,
  seed,
}: ScoringParams): Pick<ScoringParams, 'neighbours' | 'noise' | 'permutations' | 'seed'> &
  StrategyScores['params'] {
  return { neighbours, noise, seed, ...(permutations === 0 ? {} : { permutations }) };
}

/** What `random-forest` reads of the parameters, defaults filled in. */
export function forestParams({
  trees = 100,
  importance = 'impurity',
  seed,
}: ScoringParams): Required<Pick<ScoringParams, 'trees' | 'importance' | 'seed'>> {
  return { trees, importance, seed };
}

/** A ranking as scores: dim for the best, one less for the next; NaN for what is not ranked. */
function scoresOfOrder(order: Uint32Array, dim: number): Float64Array {
  const scores = new Float64Array(dim).fill(NaN);
  order.forEach((index, place) => (scores[index] = dim - place));
  return scores;
}
