import {
  type AnyMatch,
  type AnyMatchFit,
  BEST_SCORES,
  type BestScores,
  bestFeatures,
  resultFeatures,
} from '../calibration/any-match.ts';
import type { Domain, ModalityDomain } from '../calibration/domain.ts';
import { sigmoid } from '../calibration/log-odds.ts';
import { type PairSet, type UniqueRows, uniqueRows } from '../pairs/pair-set.ts';
import { type Random, createRandom, shuffle } from '../random.ts';
import { projectRows } from '../scoring/project-rows.ts';
import { scoreProjected } from '../scoring/scoring.ts';
import type { Modality, UncalibratedModel } from '../scoring/selection-model.ts';
import { scoreSpread } from '../search/score-spread.ts';

/** Queries and items of a fold; of more, these many are drawn. */
const MAX_ROWS = 400;
/** Searches below which nothing is fitted, half of them with an answer. */
const MIN_SEARCHES = 80;
const RIDGE = 1e-3;
const STEPS = 30;

/**
 * Whether anything fits, from held-out queries that are searched for among held-out items, once with what belongs to them and once
 * without, among 2, 4, 8, … of them.
 * @param folds the pairs each fold holds out
 * @param models one a fold, fitted on the pairs outside it
 * @param domain of the record
 * @param seed draws the items
 * O(folds·400²·k) at most.
 */
export function fitAnyMatch(
  pairs: PairSet,
  folds: readonly Uint32Array[],
  models: readonly UncalibratedModel[],
  domain: Domain,
  seed: number,
): AnyMatch {
  return {
    image: fitModality(pairs, folds, models, { modality: 'image', other: domain.text, seed }),
    text: fitModality(pairs, folds, models, { modality: 'text', other: domain.image, seed }),
  };
}

/** A search of which it is known what fits. */
export interface KnownSearch {
  readonly best: BestScores;
  /** Whether anything fits. */
  readonly label: boolean;
  /** Whether each of the best does. */
  readonly fits: readonly boolean[];
}

interface QuerySide {
  readonly modality: Modality;
  readonly other: ModalityDomain | null;
  readonly seed: number;
}

function fitModality(
  pairs: PairSet,
  folds: readonly Uint32Array[],
  models: readonly UncalibratedModel[],
  side: QuerySide,
): AnyMatchFit | null {
  const { other, modality, seed } = side;
  if (other === null) return null;
  const random = createRandom(seed);
  const searches = folds.flatMap((held, fold) =>
    knownSearches(pairs, held, models[fold], { modality, other, random }),
  );
  return fitSearches(searches);
}

/** @returns null for few searches */
export function fitSearches(searches: readonly KnownSearch[]): AnyMatchFit | null {
  if (searches.length < MIN_SEARCHES) return null;
  const any = fitLogistic(
    searches.map(({ best }) => bestFeatures(best)),
    searches.map(({ label }) => label),
  );
  const results = searches.flatMap(({ best, fits }) =>
    fits.map((label, i) => ({ features: resultFeatures(best, best.scores[i]), label })),
  );
  const result = fitLogistic(
    results.map(({ features }) => features),
    results.map(({ label }) => label),
  );
  return any === null || result === null ? null : { any, result };
}

/**
 * Every held-out query among 2, 4, 8, … held-out items and among all of them, with and without what belongs to it.
 * @param held pairs that the model was not fitted on
 */
export function knownSearches(
  pairs: PairSet,
  held: Uint32Array,
  model: UncalibratedModel,
  {
    modality,
    other,
    random,
  }: { readonly modality: Modality; readonly other: ModalityDomain; readonly random: Random },
  sizes?: readonly number[],
): KnownSearch[] {
  const { groups, imageRows, textRows, imageEmbeddings, textEmbeddings } = pairs;
  const images = sampled(uniqueRows(imageRows, held, groups), random);
  // Only of the images drawn: of two draws from many thousands hardly any would belong together.
  const drawn = new Set(images.groups);
  const texts = sampled(
    uniqueRows(
      textRows,
      held.filter((pair) => drawn.has(groups[pair])),
      groups,
    ),
    random,
  );
  const projectedImages = projectRows(model, 'image', imageEmbeddings, images.rows);
  const projectedTexts = projectRows(model, 'text', textEmbeddings, texts.rows);
  const [queries, items] = modality === 'image' ? [images, texts] : [texts, images];
  const [queryRows, itemRows] =
    modality === 'image' ? [projectedImages, projectedTexts] : [projectedTexts, projectedImages];
  const { k } = model;
  const rowAt = (rows: Float32Array, i: number): Float32Array => rows.subarray(i * k, (i + 1) * k);
  const searches: KnownSearch[] = [];
  const order = Uint32Array.from(items.rows.keys());
  for (let query = 0; query < queries.rows.length; query++) {
    const group = queries.groups[query];
    const queryRow = rowAt(queryRows, query);
    const scores = Float64Array.from(order, (_, item) => {
      const itemRow = rowAt(itemRows, item);
      return modality === 'image'
        ? scoreProjected(model, queryRow, itemRow)
        : scoreProjected(model, itemRow, queryRow);
    });
    shuffle(order, random);
    const others = order.filter((item) => items.groups[item] !== group);
    const own = order.find((item) => items.groups[item] === group);
    if (own === undefined) continue;
    const spread = scoreSpread(model, modality, queryRow, other);
    for (const size of sizes ?? sizesUpTo(others.length)) {
      if (size > others.length) continue;
      const without = others.subarray(0, size);
      const within = Uint32Array.from([own, ...others.subarray(0, size - 1)]);
      searches.push(toSearch(scores, without, null, spread), toSearch(scores, within, own, spread));
    }
  }
  return searches;
}

function toSearch(scores: Float64Array, items: Uint32Array, own: number | null, spread: number): KnownSearch {
  const best = items.toSorted((a, b) => scores[b] - scores[a]).subarray(0, BEST_SCORES);
  return {
    best: { scores: Float64Array.from(best, (item) => scores[item]), count: items.length, spread },
    label: own !== null,
    fits: Array.from(best, (item) => item === own),
  };
}

/** 2, 4, 8, … and the last itself. */
function sizesUpTo(last: number): number[] {
  const sizes: number[] = [];
  for (let size = 2; size < last; size *= 2) sizes.push(size);
  if (last >= 2) sizes.push(last);
  return sizes;
}

function sampled({ rows, groups }: UniqueRows, random: Random): UniqueRows {
  if (rows.length <= MAX_ROWS) return { rows, groups };
  const order = Uint32Array.from(rows.keys());
  shuffle(order, random);
  const kept = order.slice(0, MAX_ROWS).sort();
  return { rows: kept.map((i) => rows[i]), groups: Int32Array.from(kept, (i) => groups[i]) };
}

/**
 * Logistic regression by Newton's method, with a small ridge on standardised features; the first feature is the constant 1.
 * @returns weights of the features as given; null where labels are of one class
 */
function fitLogistic(rows: readonly (readonly number[])[], labels: readonly boolean[]): Float64Array | null {
  const matches = labels.filter(Boolean).length;
  if (matches === 0 || matches === labels.length) return null;
  const width = rows[0].length;
  const { means, deviations } = standards(rows, width);
  const x = rows.map((row) => row.map((value, j) => (j === 0 ? 1 : (value - means[j]) / deviations[j])));
  let weights = new Float64Array(width);
  for (let step = 0; step < STEPS; step++) {
    const gradient = new Float64Array(width);
    const hessian = new Float64Array(width * width);
    for (let row = 0; row < x.length; row++) {
      const features = x[row];
      let sum = 0;
      for (let j = 0; j < width; j++) sum += weights[j] * features[j];
      const p = sigmoid(sum);
      const error = p - (labels[row] ? 1 : 0);
      const curvature = p * (1 - p);
      for (let i = 0; i < width; i++) {
        gradient[i] += error * features[i];
        for (let j = 0; j < width; j++) hessian[i * width + j] += curvature * features[i] * features[j];
      }
    }
    const ridge = RIDGE * x.length;
    for (let j = 0; j < width; j++) {
      gradient[j] += j === 0 ? 0 : ridge * weights[j];
      hessian[j * width + j] += j === 0 ? 1e-9 : ridge;
    }
    const change = solve(hessian, gradient, width);
    weights = weights.map((weight, j) => weight - change[j]);
    if (change.every((value) => Math.abs(value) < 1e-10)) break;
  }
  const raw = weights.map((weight, j) => (j === 0 ? weight : weight / deviations[j]));
  for (let j = 1; j < width; j++) raw[0] -= raw[j] * means[j];
  return raw.every(Number.isFinite) ? raw : null;
}

function standards(
  rows: readonly (readonly number[])[],
  width: number,
): { readonly means: Float64Array; readonly deviations: Float64Array } {
  const means = new Float64Array(width);
  const deviations = new Float64Array(width);
  for (const row of rows) for (let j = 0; j < width; j++) means[j] += row[j] / rows.length;
  for (const row of rows)
    for (let j = 0; j < width; j++) deviations[j] += (row[j] - means[j]) ** 2 / rows.length;
  return { means, deviations: deviations.map((variance) => Math.sqrt(variance) || 1) };
}

/** Of a symmetric positive definite system, by Gaussian elimination. */
function solve(matrix: Float64Array, vector: Float64Array, size: number): Float64Array {
  const a = matrix.slice();
  const b = vector.slice();
  for (let i = 0; i < size; i++) {
    for (let row = i + 1; row < size; row++) {
      const factor = a[row * size + i] / a[i * size + i];
      for (let j = i; j < size; j++) a[row * size + j] -= factor * a[i * size + j];
      b[row] -= factor * b[i];
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let j = i + 1; j < size; j++) b[i] -= a[i * size + j] * b[j];
    b[i] /= a[i * size + i];
  }
  return b;
}
