import { crossScatter } from '../../linear-algebra/kernels/fast-products.ts';
import { symmetricEigen } from '../../linear-algebra/symmetric-eigen.ts';
import type { PairedRows, PairedSums, Spectrum } from './whitening.ts';
import {
  assertMapArguments,
  covarianceSpectrum,
  crossCovarianceInAxes,
  mapFromAxes,
  productInAxes,
  scaledBothWays,
  spectrumOfSums,
  timesSquare,
  transposed,
  whiteningScales,
} from './whitening.ts';

/** What every ridge shares: the covariance of each modality, and the cross-covariance in the axes of both. */
export interface CanonicalCorrelation {
  readonly image: Spectrum;
  readonly text: Spectrum;
  /** Row-major, shape [dim, dim]: a row an image axis, a column a text axis. */
  readonly cross: Float64Array;
}

export interface CanonicalMaps {
  /** Row-major, shape [k, dim] each, the largest correlation first; rows without any are zero. */
  readonly imageMap: Float32Array;
  readonly textMap: Float32Array;
  /** Length k, descending: of the regularised variates. */
  readonly correlations: Float64Array;
}

/** Correlations come out of their squares: below this share of the largest they are rounding errors. */
const LEAST_CORRELATION = 1e-7;

/** @throws RangeError for no rows, unequal shapes, or numbers that are not finite. O(rows·dim² + dim³) */
export function prepareCanonicalCorrelation(rows: PairedRows): CanonicalCorrelation {
  const image = covarianceSpectrum([rows.images], rows.dim);
  const text = covarianceSpectrum([rows.texts], rows.dim);
  return { image, text, cross: crossCovarianceInAxes(rows, image.axes, text.axes) };
}

/** The same of rows that were summed already. @throws RangeError for none */
export function prepareCanonicalOfSums({
  images,
  texts,
  textByImage,
  dim,
}: PairedSums): CanonicalCorrelation {
  const image = spectrumOfSums([images], dim);
  const text = spectrumOfSums([texts], dim);
  return { image, text, cross: productInAxes(textByImage, dim, image.axes, text.axes) };
}

/**
 * Regularised canonical correlation analysis: each modality is whitened by its own covariance with a ridge, Sx + ridge·(trace
 * Sx/dim)·1, and the singular vectors of the largest singular values of what is then the cross-covariance give one map a modality, each
 * row scaled by the square root of its correlation. Without a ridge, and with more pairs than coordinates, the classical one.
 * @throws RangeError for k outside 1 to dim, or a negative ridge
 * O(dim³), float64. Source: Hotelling 1936; the ridge: Vinod 1976.
 */
export function canonicalMaps(
  { image, text, cross }: CanonicalCorrelation,
  ridge: number,
  k: number,
): CanonicalMaps {
  const dim = image.variances.length;
  assertMapArguments(k, dim, ridge);
  const imageScales = whiteningScales(image, ridge);
  const textScales = whiteningScales(text, ridge);
  const whitened = scaledBothWays(cross, imageScales, textScales);
  const byText = transposed(whitened, dim);
  const zero = new Float64Array(dim);
  const { values, vectors } = symmetricEigen(crossScatter(byText, byText, dim, zero, zero), dim, {
    vectors: k,
  });
  const largest = Math.sqrt(Math.max(0, values[0]));
  const correlations = values.slice(0, k).map((value) => {
    const correlation = Math.sqrt(Math.max(0, value));
    return correlation > LEAST_CORRELATION * largest ? correlation : 0;
  });
  const weights = correlations.map(Math.sqrt);
  const textVectors = leftProducts(vectors, whitened, correlations, dim);
  return {
    imageMap: mapFromAxes(vectors, imageScales, image, weights),
    textMap: mapFromAxes(textVectors, textScales, text, weights),
    correlations,
  };
}

/** Right singular vectors from the left ones: u · matrix / singular value. @returns row-major, shape [k, dim] */
function leftProducts(
  vectors: Float64Array,
  matrix: Float64Array,
  singularValues: Float64Array,
  dim: number,
): Float64Array {
  const scaled = vectors.map((value, at) => {
    const singularValue = singularValues[Math.floor(at / dim)];
    return singularValue === 0 ? 0 : value / singularValue;
  });
  return timesSquare(scaled, matrix, dim);
}
