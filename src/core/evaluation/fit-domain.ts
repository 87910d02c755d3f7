import {
  type DomainAxes,
  type DomainTerms,
  MAX_DOMAIN_AXES,
  MAX_DOMAIN_KNOTS,
  type Domain,
  type ModalityDomain,
  domainTerms,
  unlikeness,
} from '../calibration/domain.ts';
import { addToScatterMoments, createScatterMoments } from '../linear-algebra/moments.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { groupedFolds, remainingRows } from '../pairs/folds.ts';
import type { OutlierSet, Outliers } from '../pairs/outliers.ts';
import { type PairSet, type UniqueRows, uniqueRows } from '../pairs/pair-set.ts';
import { createRandom, shuffle } from '../random.ts';
import { dot, gatherRows, rowCount } from '../vector.ts';
import { codeAxes } from './code-axes.ts';
import { fitContrast } from './fit-contrast.ts';

const FOLDS = 8;
/** Fewer embeddings tell nothing of a tail. */
const MIN_ROWS = 48;
/** More do not sharpen a tail share of 1 in 100; drawn by the seed. */
const MAX_ROWS = 8192;
/** Embeddings that an axis is fitted on, at least. */
const ROWS_AN_AXIS = 4;

/**
 * What the images and the texts of a set look like, for `tailShare`. Distances are held out: those of each fold of groups are taken
 * by axes fitted on the others.
 * @param pairs of unit vectors
 * @param seed cuts the folds
 * @param outliers of the same encoder, to tell from the pairs; null where none were encoded
 * O(9·(rows·dim² + dim³)) a modality.
 */
export function fitDomain(pairs: PairSet, seed: number, outliers: Outliers | null): Domain {
  const all = Uint32Array.from(pairs.groups.keys());
  const { imageEmbeddings, textEmbeddings, imageRows, textRows, groups, dim } = pairs;
  const image = uniqueRows(imageRows, all, groups);
  const text = uniqueRows(textRows, all, groups);
  return {
    image: fitModalityDomain(imageEmbeddings, dim, image, seed, outliers?.image ?? null),
    text: fitModalityDomain(textEmbeddings, dim, text, seed, outliers?.text ?? null),
  };
}

/**
 * @param embeddings row-major, shape [any, dim]
 * @param unique the rows that count, and the group of each
 * @returns null for too few rows or groups, or rows that are all alike
 */
export function fitModalityDomain(
  embeddings: Float32Array,
  dim: number,
  unique: UniqueRows,
  seed: number,
  outliers: OutlierSet | null,
): ModalityDomain | null {
  const { rows, groups } = sampled(unique, seed);
  if (rows.length < MIN_ROWS || new Set(groups).size < 2 * FOLDS) return null;
  const own = gatherRows(embeddings, dim, rows);
  const plain = outliers?.plain ?? new Float32Array(0);
  const inside = new Float32Array(own.length + plain.length);
  inside.set(own);
  inside.set(plain, own.length);
  const count = rowCount(inside, dim);
  const folds = groupedFolds(groups, FOLDS, seed).map((fold, i) =>
    // Plain ones are in random order.
    Uint32Array.from([...fold, ...everyFold(rows.length + i, count)]),
  );
  const terms: DomainTerms[] = [];
  for (const held of folds) {
    const fitted = fitAxes(gatherRows(inside, dim, remainingRows(count, held)), dim);
    if (fitted === null) return null;
    for (const i of held) terms[i] = domainTerms(fitted, rowAt(inside, i, dim));
  }
  const axes = fitAxes(inside, dim);
  if (axes === null) return null;
  const distance = spreadOf(terms.map((term) => term.distance));
  const mahalanobis = spreadOf(terms.map((term) => term.mahalanobis));
  if (!(distance.deviation > 0 && mahalanobis.deviation > 0)) return null;
  const unlike = (term: DomainTerms): number => unlikeness({ distance, mahalanobis }, term);
  const heldOut = Float64Array.from(terms, unlike);
  const contrasted =
    outliers &&
    fitContrast({ embeddings: inside, unlikeness: heldOut, folds, own: rows.length }, outliers, dim, {
      unlikeness: (embedding) => unlike(domainTerms(axes, embedding)),
      seed,
    });
  const domain = { ...axes, distance, mahalanobis };
  const table = (values: Float64Array): ReturnType<typeof tailTable> =>
    tailTable(fartherOf(values.slice(0, rows.length), values.slice(rows.length)));
  if (contrasted === null) return { ...domain, ...table(heldOut) };
  return { ...domain, ...table(contrasted.heldOut), contrast: contrasted.contrast };
}

function everyFold(from: number, to: number): Uint32Array {
  return Uint32Array.from(
    { length: Math.max(0, Math.ceil((to - from) / FOLDS)) },
    (_, i) => from + i * FOLDS,
  );
}

/** Mean, the axes of largest variance and their standard deviations, shrunk; null where all rows are alike. */
function fitAxes(rows: Float32Array, dim: number): DomainAxes | null {
  const count = rowCount(rows, dim);
  const moments = createScatterMoments(dim);
  addToScatterMoments(moments, rows);
  const covariance = moments.scatter.map((sum) => sum / count);
  const total = traceOf(covariance, dim);
  if (!(total > Number.EPSILON)) return null;
  const axisCount = Math.max(1, Math.min(MAX_DOMAIN_AXES, dim, Math.floor(count / ROWS_AN_AXIS)));
  const { values, vectors } = symmetricEigen(covariance, dim, { vectors: axisCount });
  const mean = Float32Array.from(moments.mean);
  const shrinkage = shrinkageOf(rows, dim, mean, covariance, total);
  const even = (shrinkage * total) / dim;
  const kept = values.subarray(0, axisCount);
  const outside = Math.max(
    0,
    (1 - shrinkage) * (total - kept.reduce((a, b) => a + b, 0)) + even * (dim - axisCount),
  );
  return {
    mean,
    ...codeAxes(vectors, dim),
    deviations: Float32Array.from(kept, (value) =>
      Math.sqrt(Math.max((1 - shrinkage) * Math.max(0, value) + even, Number.EPSILON * total)),
    ),
    residual: axisCount === dim ? 0 : Math.max(outside, Number.EPSILON * total),
  };
}

/**
 * How much of the covariance to replace by its mean variance along every axis, in [0, 1], so that the squared error is least.
 * Source: Ledoit and Wolf 2004, Journal of Multivariate Analysis 88(2), section 3.3.
 */
function shrinkageOf(
  rows: Float32Array,
  dim: number,
  mean: Float32Array,
  covariance: Float64Array,
  trace: number,
): number {
  const count = rowCount(rows, dim);
  const squared = dot(covariance, 0, covariance, 0, covariance.length);
  const distance = squared - (trace * trace) / dim;
  let fourth = 0;
  for (let row = 0; row < count; row++) {
    let length = 0;
    for (let i = 0; i < dim; i++) length += (rows[row * dim + i] - mean[i]) ** 2;
    fourth += length * length;
  }
  const error = (fourth / count - squared) / count;
  return distance > 0 ? Math.min(1, Math.max(0, error / distance)) : 1;
}

/**
 * Of each rank of the calibration's own the distance, or that of plain ones of the same tail share, where it is larger: a tail share of
 * these is the larger of both.
 */
function fartherOf(own: Float64Array, plain: Float64Array): Float64Array {
  if (plain.length === 0) return own;
  const [sorted, others] = [own, plain].map((values) => values.toSorted((a, b) => b - a));
  const ranks = (others.length + 1) / (sorted.length + 1);
  return sorted.map((distance, i) => {
    const place = Math.min(others.length - 1, Math.max(0, ranks * (i + 1) - 1));
    const low = Math.floor(place);
    const [a, b] = [others[low], others[Math.min(low + 1, others.length - 1)]];
    return Math.max(distance, a + (place - low) * (b - a));
  });
}

/** Distances of held-out embeddings at which the tail share is kept, ever denser towards the far end. */
function tailTable(heldOut: Float64Array): Pick<ModalityDomain, 'distances' | 'shares'> {
  const sorted = heldOut.toSorted((a, b) => b - a);
  const count = sorted.length;
  const ranks: number[] = [];
  for (let step = 0; step < MAX_DOMAIN_KNOTS; step++) {
    ranks.push(Math.round(count ** (step / (MAX_DOMAIN_KNOTS - 1))));
  }
  const knots = [...new Set(ranks)]
    // Of equal distances the smallest rank stands: that many are farther or as far.
    .filter((rank) => rank === 1 || sorted[rank - 1] < sorted[rank - 2])
    .toReversed();
  const distinct = knots.filter((rank, i) => i === 0 || sorted[rank - 1] > sorted[knots[i - 1] - 1]);
  return {
    distances: Float64Array.from(distinct, (rank) => sorted[rank - 1]),
    // A new input of the same kind is as far off as the one of rank r, or farther, with this probability.
    shares: Float64Array.from(distinct, (rank) => rank / (count + 1)),
  };
}

function sampled({ rows, groups }: UniqueRows, seed: number): UniqueRows {
  if (rows.length <= MAX_ROWS) return { rows, groups };
  const order = Uint32Array.from(rows.keys());
  shuffle(order, createRandom(seed));
  const kept = order.slice(0, MAX_ROWS).sort();
  return { rows: pick(rows, kept), groups: Int32Array.from(kept, (i) => groups[i]) };
}

function pick(rows: Uint32Array, places: Uint32Array): Uint32Array {
  return places.map((place) => rows[place]);
}

function rowAt(embeddings: Float32Array, row: number, dim: number): Float32Array {
  return embeddings.subarray(row * dim, (row + 1) * dim);
}

function traceOf(matrix: Float64Array, dim: number): number {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += matrix[i * dim + i];
  return sum;
}

function spreadOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
