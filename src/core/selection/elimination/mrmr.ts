import type { Floats } from '../../vector.ts';
import { dot } from '../../vector.ts';
import { addToClassMoments, createClassMoments, sumsOfSquares } from '../univariate/class-moments.ts';
import { fFromMoments } from '../univariate/f-statistic.ts';
import { requireMatrix } from '../require-matrix.ts';
import { rankFeatures } from '../top-k.ts';
import { transpose } from '../logistic/transpose.ts';

export interface MrmrSelection {
  /** Length k, best first: the choice for a smaller k is its beginning. */
  readonly order: Uint32Array;
  /** Length k: the F statistic of the first, what the quotient was when chosen for the others; NaN for constant features. */
  readonly objectives: Float64Array;
}

/**
 * Minimum redundancy, maximum relevance by the F-test correlation quotient (FCQ; Zhao, Anand and Wang 2019,
 * arXiv:1908.05376, equation 6): first the feature of the highest F statistic, then again and again the one of the highest
 * F over its mean absolute Pearson correlation with those chosen. Equal quotients go to the higher index; constant
 * features come last, the higher index first; a feature of F = 0 has the quotient 0 whatever its correlations.
 * @param features row-major, shape [count, dim], finite
 * @param labels any whole numbers, one a row
 * @throws RangeError unless k is a whole number from 0 to dim, and as `fStatistic` does
 * At most O(k·count·dim), less where few features compete: correlations are worked out when they can decide. Holds a float64 copy of the features.
 */
export function mrmr(
  features: Floats,
  labels: ArrayLike<number>,
  { count, dim, k }: { readonly count: number; readonly dim: number; readonly k: number },
): MrmrSelection {
  requireMatrix(features, labels, count, dim);
  if (!Number.isInteger(k) || k < 0 || k > dim) {
    throw new RangeError(`expected k from 0 to ${dim} features, got ${k}`);
  }
  const moments = createClassMoments(dim);
  addToClassMoments(moments, features, labels);
  const { scores: relevance } = fFromMoments(moments);
  const { means, within, between } = sumsOfSquares(moments);
  const norms = within.map((sum, column) => Math.sqrt(sum + between[column]));
  const columns = unitColumns(features, count, means, norms);
  const search: Search = {
    relevance,
    columns,
    count,
    order: new Uint32Array(k),
    redundancy: new Float64Array(dim),
    seen: new Uint32Array(dim),
  };
  const objectives = new Float64Array(k);
  const isChosen = new Uint8Array(dim);
  for (let step = 0; step < k; step++) {
    const best = bestFeature(search, isChosen, step);
    isChosen[best] = 1;
    search.order[step] = best;
    objectives[step] = quotient(relevance[best], search.redundancy[best], step);
  }
  return { order: search.order, objectives };
}

interface Search {
  readonly relevance: Float64Array;
  /** What `unitColumns` gives. */
  readonly columns: Float64Array;
  readonly count: number;
  readonly order: Uint32Array;
  /** Sum of absolute correlations of a feature with the first `seen` of the order. */
  readonly redundancy: Float64Array;
  readonly seen: Uint32Array;
}

/** Column-major, each column centred and of norm 1, so that inner products are correlations; constant ones are 0. */
function unitColumns(
  features: Floats,
  count: number,
  means: Float64Array,
  norms: Float64Array,
): Float64Array {
  const dim = means.length;
  const columns = Float64Array.from(transpose(features, { count, dim, from: 0, to: dim }));
  for (let column = 0; column < dim; column++) {
    const scale = norms[column] === 0 ? 0 : 1 / norms[column];
    for (let i = column * count; i < (column + 1) * count; i++) {
      columns[i] = (columns[i] - means[column]) * scale;
    }
  }
  return columns;
}

/** @param redundancy sum of absolute correlations with the `chosen` features so far */
function quotient(relevance: number, redundancy: number, chosen: number): number {
  return chosen === 0 || relevance === 0 ? relevance : relevance / (redundancy / chosen);
}

/**
 * A sum of correlations only grows, so a quotient over part of it bounds the whole one from above: features are brought
 * up to date in the order of their bounds, and those that cannot win are left for later.
 */
function bestFeature(search: Search, isChosen: Uint8Array, step: number): number {
  const { relevance, redundancy } = search;
  const bounds = relevance.map((value, feature) => quotient(value, redundancy[feature], step));
  let best = -1;
  let highest = NaN;
  for (const feature of rankFeatures(bounds)) {
    if (isChosen[feature] === 1) continue;
    if (best >= 0 && !(bounds[feature] >= highest)) break;
    updateRedundancy(search, feature, step);
    const value = quotient(relevance[feature], redundancy[feature], step);
    if (best < 0 || value > highest || (value === highest && feature > best)) {
      best = feature;
      highest = value;
    }
  }
  return best;
}

function updateRedundancy(
  { columns, count, order, redundancy, seen }: Search,
  feature: number,
  step: number,
): void {
  for (; seen[feature] < step; seen[feature]++) {
    const chosen = order[seen[feature]];
    redundancy[feature] += Math.abs(dot(columns, chosen * count, columns, feature * count, count));
  }
}
