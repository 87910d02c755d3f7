import { log } from '../exp-log.ts';
import type { Decision, Modality } from '../scoring/selection-model.ts';
import { dot } from '../vector.ts';

/**
 * What the embeddings of one modality looked like when a record was calibrated: their mean, the axes along which they spread most,
 * and how far held-out ones lay off. Fitted by src/core/evaluation/fit-domain.ts.
 */
export interface ModalityDomain {
  /** Length dim. */
  readonly mean: Float32Array;
  /** Row-major, shape [axes, dim]: axis i is `scales[i]` times its row, about of unit length; of the largest variance first. */
  readonly axes: Int8Array;
  readonly scales: Float32Array;
  /** Standard deviation along each axis, above 0. */
  readonly deviations: Float32Array;
  /** Mean squared length outside the axes; 0 where they span everything. */
  readonly residual: number;
  /** Mean and standard deviation, of held-out embeddings, of the distance to the mean and of the Mahalanobis term. */
  readonly distance: Spread;
  readonly mahalanobis: Spread;
  /** Of held-out embeddings, ascending strictly: `shares[i]` of them are at least as far off as `distances[i]`. */
  readonly distances: Float64Array;
  /** Descending strictly, in (0, 1]. */
  readonly shares: Float64Array;
  /** What tells them from made outliers; absent where none were encoded. */
  readonly contrast?: OutlierContrast;
}

/**
 * Log-odds, up to a constant, of an embedding being an outlier: a linear function of its coordinates, of how far off it is and of the
 * nearest centre. Fitted by src/core/evaluation/fit-contrast.ts.
 */
export interface OutlierContrast {
  /** Of the coordinates, length dim. */
  readonly weights: Float32Array;
  /** Of `unlikeness`. */
  readonly unlikeness: number;
  /** Of the largest cosine to a centre. */
  readonly nearest: number;
  /** Row-major, shape [count, dim]: the mean of a family of outliers is `scales[i]` times its row, about of unit length. */
  readonly centres: Int8Array;
  readonly scales: Float32Array;
}

interface Spread {
  readonly mean: number;
  /** Above 0. */
  readonly deviation: number;
}

/** Both modalities of a record; null where too few embeddings were there to tell. */
export interface Domain {
  readonly image: ModalityDomain | null;
  readonly text: ModalityDomain | null;
}

export const MAX_DOMAIN_AXES = 64;
export const MAX_DOMAIN_KNOTS = 64;
export const MAX_CENTRES = 64;

/** A tail share below this is out of domain: of one modality 1 in 100 of the calibration's own inputs, of a pair at most 2. */
export const OUTSIDE_SHARE = 0.01;

/** The tail of held-out distances that is taken for exponential. */
const TAIL_SHARE = 0.1;
const TAIL_COUNT = 8;

/** Squared deviations along an axis that do not count yet: a hundred small ones are no sign of anything. */
const EASE = 0.1;
/** How much a standard deviation of the distance to the mean counts beside one of the Mahalanobis term. */
const DISTANCE_WEIGHT = 1.5;

/** Length of an embedding's difference from the mean, and how rare its direction is. */
export interface DomainTerms {
  readonly distance: number;
  readonly mahalanobis: number;
}

/** What `domainTerms` needs of a `ModalityDomain`. */
export type DomainAxes = Pick<ModalityDomain, 'mean' | 'axes' | 'scales' | 'deviations' | 'residual'>;

/**
 * The distance to the mean, and the Mahalanobis distance in logarithms, Σ ln(z² + 0.1) over the axes and as much for every
 * dimension beside them, z² there the mean of what is left. The logarithm keeps one axis from deciding alone, as the tails of
 * Student's t do.
 * @param embedding length dim, of unit norm
 * O(axes·dim).
 */
export function domainTerms(domain: DomainAxes, embedding: Float32Array): DomainTerms {
  const { mean, axes, scales, deviations, residual } = domain;
  const dim = mean.length;
  const count = scales.length;
  const centred = new Float64Array(dim);
  for (let i = 0; i < dim; i++) centred[i] = embedding[i] - mean[i];
  const squared = dot(centred, 0, centred, 0, dim);
  let left = squared;
  let mahalanobis = 0;
  // A logarithm of eight factors takes the time of one; of those of unit vectors it overflows for no deviation above 1e-15.
  let factors = 1;
  for (let axis = 0; axis < count; axis++) {
    const along = scales[axis] * axisDot(axes, axis * dim, centred);
    left -= along * along;
    const z = along / deviations[axis];
    factors *= z * z + EASE;
    if ((axis & 7) === 7 || axis === count - 1) {
      mahalanobis += log(factors);
      factors = 1;
    }
  }
  if (residual > 0) mahalanobis += (dim - count) * log(Math.max(0, left) / residual + EASE);
  return { distance: Math.sqrt(squared), mahalanobis };
}

/** `dot` of int8: one function for all kinds of arrays would be slow for each. */
function axisDot(axes: Int8Array, offset: number, vector: Float64Array): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  const { length } = vector;
  const unrolled = length - (length % 4);
  let i = 0;
  for (; i < unrolled; i += 4) {
    sum0 += axes[offset + i] * vector[i];
    sum1 += axes[offset + i + 1] * vector[i + 1];
    sum2 += axes[offset + i + 2] * vector[i + 2];
    sum3 += axes[offset + i + 3] * vector[i + 3];
  }
  for (; i < length; i++) sum0 += axes[offset + i] * vector[i];
  return sum0 + sum1 + (sum2 + sum3);
}

/** One number of both terms, in standard deviations of held-out embeddings; the larger the less alike. */
export function unlikeness(
  { distance, mahalanobis }: Pick<ModalityDomain, 'distance' | 'mahalanobis'>,
  terms: DomainTerms,
): number {
  return (
    (DISTANCE_WEIGHT * (terms.distance - distance.mean)) / distance.deviation +
    (terms.mahalanobis - mahalanobis.mean) / mahalanobis.deviation
  );
}

/**
 * How far off an embedding is: the larger, the less alike. `unlikeness`, or the contrast to outliers where there is one.
 * @param embedding length dim, of unit norm
 */
export function farness(
  domain: Omit<ModalityDomain, 'distances' | 'shares'>,
  embedding: Float32Array,
): number {
  const value = unlikeness(domain, domainTerms(domain, embedding));
  return domain.contrast === undefined ? value : contrastOf(domain.contrast, embedding, value);
}

/** @param value its `unlikeness` */
export function contrastOf(
  { weights, unlikeness: ofUnlikeness, nearest, centres, scales }: OutlierContrast,
  embedding: Float32Array,
  value: number,
): number {
  const dim = weights.length;
  // In float64 as `domainTerms`: one kind of array, one fast `axisDot`.
  const exact = new Float64Array(embedding);
  return (
    dot(weights, 0, embedding, 0, dim) +
    ofUnlikeness * value +
    nearest * nearestCosine(centres, scales, exact)
  );
}

/** @param embedding of unit norm */
export function nearestCosine(centres: Int8Array, scales: Float32Array, embedding: Float64Array): number {
  let nearest = -1;
  for (let i = 0; i < scales.length; i++) {
    nearest = Math.max(nearest, scales[i] * axisDot(centres, i * embedding.length, embedding));
  }
  return nearest;
}

/**
 * Share of the calibration's own inputs that are at least this far off, in (0, 1]: a conformal p-value from held-out ones, and beyond
 * the farthest of those by the tail of an exponential distribution.
 * @param embedding length dim, of unit norm
 * @throws RangeError for another length
 */
export function tailShare(domain: ModalityDomain, embedding: Float32Array): number {
  const { mean, distances, shares } = domain;
  if (embedding.length !== mean.length) {
    throw new RangeError(`expected an embedding of ${mean.length} coordinates, got ${embedding.length}`);
  }
  const value = farness(domain, embedding);
  const last = distances.length - 1;
  if (!(value > distances[0])) return shares[0];
  if (value >= distances[last]) return shares[last] * shareBeyond(distances, shares, value - distances[last]);
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (distances[middle] <= value) low = middle;
    else high = middle;
  }
  const along = (value - distances[low]) / (distances[high] - distances[low]);
  return shares[low] + along * (shares[high] - shares[low]);
}

/**
 * Of inputs beyond the farthest that was held out, the share that lies `excess` beyond it. The farthest tenth, and eight at least, are
 * taken for the tail of an exponential distribution of unknown scale; with m of them beyond the first, by s in all, the next one's is (1 + excess / s)^-m. Source: the predictive distribution of an exponential sample, Geisser 1993, section 3.2.
 */
function shareBeyond(distances: Float64Array, shares: Float64Array, excess: number): number {
  const last = distances.length - 1;
  const count = 1 / shares[last] - 1;
  let from = last;
  while (from > 0 && shares[from] < Math.max(TAIL_SHARE, TAIL_COUNT * shares[last])) from--;
  if (from === last) return 1;
  // The sum of those distances is the area under their share.
  let area = 0;
  for (let i = from; i < last; i++) {
    area += ((distances[i + 1] - distances[i]) * (shares[i] + shares[i + 1])) / 2;
  }
  const [sum, tail] = [(count + 1) * area, shares[from] / shares[last] - 1];
  return Math.max((1 + excess / sum) ** -tail, Number.EPSILON);
}

/** As `Domain` of schema.graphql. */
export interface DomainAnswer {
  readonly image: number | null;
  readonly text: number | null;
  readonly reason: string | null;
}

/** What is said of a pair whose record tells nothing of its domain. */
export const UNKNOWN_DOMAIN: DomainAnswer = { image: null, text: null, reason: null };

/** @param image, text the tail share of each, null where not known */
export function domainAnswer(image: number | null, text: number | null): DomainAnswer {
  if (image === null && text === null) return UNKNOWN_DOMAIN;
  const sides = [outsideOf('image', image), outsideOf('text', text)].filter((side) => side !== null);
  return { image, text, reason: sides.length === 0 ? null : sides.join(' ') };
}

function outsideOf(modality: Modality, share: number | null): string | null {
  if (share === null || share >= OUTSIDE_SHARE) return null;
  return `The ${modality} is unlike the ${modality}s that the selection was calibrated on: of those, ${percent(share)} are as far off.`;
}

function percent(share: number): string {
  return share < 1e-4 ? 'less than 0.01%' : `${(100 * share).toPrecision(2)}%`;
}

/** Probabilities speak of inputs like those that were calibrated on: outside of them nothing is decided. */
export function decideWithin({ reason }: Pick<DomainAnswer, 'reason'>, decision: Decision): Decision {
  return reason === null ? decision : 'UNCERTAIN';
}
