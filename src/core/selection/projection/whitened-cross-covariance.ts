import { symmetricEigen } from '../../linear-algebra/symmetric-eigen.ts';
import type { CrossCovarianceMap } from './cross-covariance.ts';
import type { PairedRows, PairedSums, Spectrum } from './whitening.ts';
import {
  assertMapArguments,
  covarianceSpectrum,
  crossCovarianceInAxes,
  mapFromAxes,
  productInAxes,
  scaledBothWays,
  spectrumOfSums,
  whiteningScales,
} from './whitening.ts';

/** What every ridge shares: the stacked covariance, and the symmetrised cross-covariance in its axes. */
export interface WhitenedCrossCovariance {
  readonly spectrum: Spectrum;
  /** Row-major, shape [dim, dim]. */
  readonly cross: Float64Array;
}

/** @throws RangeError for no rows, unequal shapes, or numbers that are not finite. O(rows·dim² + dim³) */
export function prepareWhitenedCrossCovariance(rows: PairedRows): WhitenedCrossCovariance {
  const { dim } = rows;
  const spectrum = covarianceSpectrum([rows.images, rows.texts], dim);
  return symmetrised(spectrum, crossCovarianceInAxes(rows, spectrum.axes, spectrum.axes));
}

/** The same of rows that were summed already. @throws RangeError for none */
export function prepareWhitenedOfSums({
  images,
  texts,
  textByImage,
  dim,
}: PairedSums): WhitenedCrossCovariance {
  const spectrum = spectrumOfSums([images, texts], dim);
  return symmetrised(spectrum, productInAxes(textByImage, dim, spectrum.axes, spectrum.axes));
}

function symmetrised(spectrum: Spectrum, oneWay: Float64Array): WhitenedCrossCovariance {
  const dim = spectrum.variances.length;
  const cross = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j < dim; j++) cross[i * dim + j] = (oneWay[i * dim + j] + oneWay[j * dim + i]) / 2;
  }
  return { spectrum, cross };
}

/**
 * The k axes along which the image and the text of a pair vary together, once what varies anyhow has been evened out: both
 * modalities are whitened by the covariance of all their rows together, S + ridge·(trace S/dim)·1, then come the eigenvectors of the
 * largest eigenvalues of the symmetrised cross-covariance, each scaled by the square root of its eigenvalue. Inner products of mapped
 * vectors then count an axis by how far the modalities agree on it. One map serves both.
 * @returns rows in the order of their eigenvalues, not orthonormal; rows of eigenvalues that are not positive are zero
 * @throws RangeError for k outside 1 to dim, or a negative ridge
 * O(dim³), float64.
 */
export function whitenedCrossCovarianceMap(
  { spectrum, cross }: WhitenedCrossCovariance,
  ridge: number,
  k: number,
): CrossCovarianceMap {
  const dim = spectrum.variances.length;
  assertMapArguments(k, dim, ridge);
  const scales = whiteningScales(spectrum, ridge);
  const { values, vectors } = symmetricEigen(scaledBothWays(cross, scales, scales), dim, { vectors: k });
  const rounding = dim * Number.EPSILON * Math.max(values[0], -values[dim - 1]);
  const eigenvalues = values.slice(0, k);
  const weights = eigenvalues.map((value) => (value > rounding ? Math.sqrt(value) : 0));
  return {
    map: mapFromAxes(vectors, scales, spectrum, weights),
    eigenvalues,
    positiveCount: values.filter((value) => value > rounding).length,
  };
}
