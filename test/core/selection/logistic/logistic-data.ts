import type { Floats } from '../../../../src/core/vector.ts';
import { binaryLabels, gaussians } from '../../random-data.ts';

/** A labelled matrix as test/fixtures/sklearn/make_logistic.py writes it. */
export interface FixtureMatrix {
  readonly count: number;
  readonly dim: number;
  readonly single: boolean;
  readonly values: number[];
  readonly labels: number[];
}

export function featuresOf({ values, single }: FixtureMatrix): Floats {
  return single ? Float32Array.from(values) : Float64Array.from(values);
}

export interface Made {
  readonly features: Float64Array;
  readonly labels: Uint8Array;
  readonly count: number;
  readonly dim: number;
}

/** Standard normal features, of which the first `informative` lean towards their row's class, each less than the last. */
export function madeData(count: number, dim: number, informative: number, seed: number): Made {
  const labels = binaryLabels(count, seed);
  const features = gaussians(count * dim, seed + 1).map((value, at) => {
    const j = at % dim;
    const lean = j < informative ? 0.8 / (j + 1) : 0;
    return value + lean * (labels[Math.floor(at / dim)] === 1 ? 1 : -1);
  });
  return { features, labels, count, dim };
}

/** The matrix with its columns taken in the given order, repeated or left out. */
export function takeColumns({ features, count, dim, labels }: Made, columns: readonly number[]): Made {
  const taken = Float64Array.from({ length: count * columns.length }, (_, at) => {
    const row = Math.floor(at / columns.length);
    return features[row * dim + columns[at % columns.length]];
  });
  return { features: taken, labels, count, dim: columns.length };
}

/** The matrix with its rows in the given order. */
export function takeRows({ features, labels, dim }: Made, rows: ArrayLike<number>): Made {
  const taken = new Float64Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++) {
    taken.set(features.subarray(rows[i] * dim, (rows[i] + 1) * dim), i * dim);
  }
  return { features: taken, labels: Uint8Array.from(rows, (row) => labels[row]), count: rows.length, dim };
}
