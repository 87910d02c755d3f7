import type { ScatterMoments } from '../../linear-algebra/moments.ts';
import { addToScatterMoments, createScatterMoments } from '../../linear-algebra/moments.ts';
import { symmetricEigen } from '../../linear-algebra/symmetric-eigen.ts';
import type { Floats } from '../../vector.ts';
import { rowCount } from '../../vector.ts';

export interface Pca {
  /** Length dim. */
  readonly mean: Float64Array;
  /** Row-major, shape [components, dim]: orthonormal rows, the largest variance first. */
  readonly components: Float64Array;
  /** Length components: variance along each, with count − 1 below the line, as scikit-learn has it; never negative. */
  readonly explainedVariance: Float64Array;
  /** Sum of the variances of all columns. */
  readonly totalVariance: number;
}

/**
 * Principal component analysis through the scatter matrix: what scikit-learn's `PCA(svd_solver='full')` gives, up to the
 * signs (here the largest entry of a component is positive).
 * @param rows row-major, shape [count, dim], finite, count of at least 2
 * @param dim elements a row
 * @param options.components min(count, dim) by default; of count rows at most count − 1 components have any variance
 * @throws RangeError for fewer than 2 rows, a broken row, NaN or Infinity, or components beyond min(count, dim)
 * O(count·dim² + dim³), float64. Variances below about 1e-14 of the largest are rounding errors: squares lose what a
 * singular value decomposition would keep. Source: Jolliffe, Principal Component Analysis, 2nd ed., §1.1.
 */
export function fitPca(rows: Floats, dim: number, options: { readonly components?: number } = {}): Pca {
  const { components = Math.min(rowCount(rows, dim), dim) } = options;
  const moments = createScatterMoments(dim);
  addToScatterMoments(moments, rows);
  return pcaOfMoments(moments, components);
}

/**
 * The same from moments, which may have been gathered shard by shard.
 * @throws RangeError as `fitPca` does
 */
export function pcaOfMoments({ count, mean, scatter }: ScatterMoments, components: number): Pca {
  const dim = mean.length;
  if (count < 2) throw new RangeError(`expected at least 2 rows, got ${count}`);
  assertComponents(components, Math.min(count, dim), `${count} rows of ${dim}`);
  const { values, vectors } = symmetricEigen(scatter, dim, { vectors: components });
  let totalVariance = 0;
  for (let i = 0; i < dim; i++) totalVariance += scatter[i * dim + i] / (count - 1);
  const explainedVariance = values.slice(0, components).map((value) => Math.max(0, value) / (count - 1));
  return { mean: mean.slice(), components: vectors, explainedVariance, totalVariance };
}

export interface PcaMap {
  /** Row-major, shape [k, dim]: orthonormal rows. */
  readonly map: Float32Array;
  /** Share of the variance of the stacked embeddings that the k axes hold, in [0, 1]; 0 when there is none. */
  readonly explainedVarianceShare: number;
}

/**
 * The k principal axes of both modalities at once: PCA of image and text embeddings stacked, each centred by its own
 * training mean beforehand. Uncentred ones give the gap between the modalities as first axis.
 * @param images row-major, shape [any, dim], centred
 * @param texts row-major, shape [any, dim], centred; rows need not be paired
 * @throws RangeError for k below 1 or beyond min(rows, dim), and as `fitPca` does
 * O(rows·dim² + dim³)
 */
export function pcaMap(images: Floats, texts: Floats, dim: number, k: number): PcaMap {
  const moments = createScatterMoments(dim);
  addToScatterMoments(moments, images);
  addToScatterMoments(moments, texts);
  return pcaMapOfMoments(moments, k);
}

/** The same from the moments of the stacked embeddings. @throws RangeError as `pcaMap` does */
export function pcaMapOfMoments(moments: ScatterMoments, k: number): PcaMap {
  const { components, explainedVariance, totalVariance } = pcaOfMoments(moments, k);
  const explained = explainedVariance.reduce((sum, variance) => sum + variance, 0);
  return {
    map: Float32Array.from(components),
    explainedVarianceShare: totalVariance === 0 ? 0 : Math.min(1, explained / totalVariance),
  };
}

function assertComponents(components: number, most: number, of: string): void {
  if (!Number.isInteger(components) || components < 1 || components > most) {
    throw new RangeError(`expected 1 to ${most} components of ${of}, got ${components}`);
  }
}
