import { MAX_CENTRES, type OutlierContrast, contrastOf, nearestCosine } from '../calibration/domain.ts';
import { rowMatrix } from '../linear-algebra/kernels/fast-rows.ts';
import { remainingRows } from '../pairs/folds.ts';
import type { OutlierSet } from '../pairs/outliers.ts';
import { createRandom, shuffle } from '../random.ts';
import { gradientGoal, minimizeL2 } from '../selection/logistic/logistic-regression.ts';
import { dot, normalizeRows, rowCount } from '../vector.ts';
import { codeAxes } from './code-axes.ts';
import { auc } from './metrics.ts';

/** Rows that a fit is made on, of the calibration's own and of plain ones each; more do not move it. */
const MAX_ROWS = 1024;
/** A family is left out where its own centre tells it from the calibration's inputs less well: they may hold such. */
const LEAST_AUC = 0.9;
/** As scikit-learn's `LogisticRegression(C=1)`. */
const C = 1;
/** Unlikeness is in standard deviations, coordinates are of unit vectors: about the size of those, so that the penalty is fair. */
const UNLIKENESS_SCALE = 0.1;
/** Of a standard deviation of the log-odds, added for one of unlikeness: what no outlier is like is then seen, too. */
const UNLIKENESS_WEIGHT = 0.5;

/** What a calibration holds, and plain inputs beside it. */
export interface InsideRows {
  /** Row-major, shape [count, dim]. */
  readonly embeddings: Float32Array;
  /** Held out, one a row. */
  readonly unlikeness: Float64Array;
  readonly folds: readonly Uint32Array[];
  /** So many rows are the calibration's own, and come first; all where left out. */
  readonly own?: number;
}

/**
 * A logistic regression of outliers against what a calibration holds, on coordinates, unlikeness and the cosine to the nearest centre
 * of a family: outlier exposure. Source: Hendrycks, Mazeika and Dietterich 2019, Deep anomaly detection with outlier exposure.
 * @param at.unlikeness of an outlier
 * @param at.seed draws rows where there are more than 1,024
 * @returns the contrast, and that of each inside row by a fit without its fold; null where no family differs from the inside rows
 */
export function fitContrast(
  inside: InsideRows,
  outliers: OutlierSet,
  dim: number,
  at: { readonly unlikeness: (embedding: Float32Array) => number; readonly seed: number },
): { readonly contrast: OutlierContrast; readonly heldOut: Float64Array } | null {
  const families = distinctFamilies(inside.embeddings, outliers, dim).slice(0, MAX_CENTRES);
  if (families.length === 0) return null;
  const means = new Float64Array(families.length * dim);
  families.forEach(({ mean }, i) => means.set(mean, i * dim));
  const { axes: centres, scales } = codeAxes(means, dim);
  const rowOf = (embedding: Float32Array, unlikeness: number): Float64Array => {
    const row = new Float64Array(dim + 2);
    row.set(embedding);
    row[dim] = UNLIKENESS_SCALE * unlikeness;
    row[dim + 1] = nearestCosine(centres, scales, new Float64Array(embedding));
    return row;
  };
  const count = rowCount(inside.embeddings, dim);
  const insideRows = Array.from({ length: count }, (_, i) =>
    rowOf(inside.embeddings.subarray(i * dim, (i + 1) * dim), inside.unlikeness[i]),
  );
  const outside = families.flatMap(({ rows }) =>
    Array.from(rows, (row) => {
      const embedding = outliers.embeddings.subarray(row * dim, (row + 1) * dim);
      return rowOf(embedding, at.unlikeness(embedding));
    }),
  );
  const random = createRandom(at.seed);
  const fit = (rows: Uint32Array): OutlierContrast => {
    const own = rows.filter((row) => row < (inside.own ?? count));
    const plain = rows.filter((row) => row >= (inside.own ?? count));
    const drawn = [own, plain].flatMap((some) => {
      if (some.length > MAX_ROWS) shuffle(some, random);
      return Array.from(some.subarray(0, MAX_ROWS), (row) => insideRows[row]);
    });
    const parameters = fitLogistic(drawn, outside);
    return {
      weights: Float32Array.from(parameters.subarray(0, dim)),
      unlikeness: UNLIKENESS_SCALE * parameters[dim],
      nearest: parameters[dim + 1],
      centres,
      scales,
    };
  };
  const heldOut = new Float64Array(count);
  for (const held of inside.folds) {
    const contrast = fit(remainingRows(count, held));
    for (const i of held) {
      const embedding = inside.embeddings.subarray(i * dim, (i + 1) * dim);
      heldOut[i] = contrastOf(contrast, embedding, inside.unlikeness[i]);
    }
  }
  const contrast = fit(Uint32Array.from({ length: count }, (_, i) => i));
  const more = (UNLIKENESS_WEIGHT * deviationOf(heldOut)) / deviationOf(inside.unlikeness);
  return {
    contrast: { ...contrast, unlikeness: contrast.unlikeness + more },
    heldOut: heldOut.map((value, i) => value + more * inside.unlikeness[i]),
  };
}

/** @returns weights and, last, the intercept */
function fitLogistic(inside: readonly Float64Array[], outside: readonly Float64Array[]): Float64Array {
  const dim = outside[0].length;
  const rows = new Float64Array((inside.length + outside.length) * dim);
  [...inside, ...outside].forEach((row, i) => rows.set(row, i * dim));
  const targets = new Uint8Array(inside.length + outside.length).fill(1, inside.length);
  const problem = { rows: rowMatrix(rows, targets.length, dim), targets, c: C };
  const parameters = new Float64Array(dim + 1);
  minimizeL2(problem, parameters, gradientGoal(problem));
  return parameters;
}

interface Family {
  /** Among the outliers. */
  readonly rows: Uint32Array;
  /** Of unit length. */
  readonly mean: Float64Array;
}

/** Families whose members lie nearer to the mean of the others than what the calibration holds does. */
function distinctFamilies(inside: Float32Array, { embeddings, families }: OutlierSet, dim: number): Family[] {
  const found: Family[] = [];
  for (const family of [...new Set(families)].sort((a, b) => a - b)) {
    const rows = Uint32Array.from(families.keys()).filter((row) => families[row] === family);
    const sum = new Float64Array(dim);
    for (const row of rows) for (let i = 0; i < dim; i++) sum[i] += embeddings[row * dim + i];
    const toOthers = Array.from(rows, (row) => {
      const others = sum.map((value, i) => value - embeddings[row * dim + i]);
      return dot(others, 0, embeddings, row * dim, dim) / Math.sqrt(dot(others, 0, others, 0, dim));
    });
    const count = rowCount(inside, dim);
    const length = Math.sqrt(dot(sum, 0, sum, 0, dim));
    if (rows.length < 2 || !(length > 0) || !toOthers.every(Number.isFinite)) continue;
    const mean = sum.slice();
    normalizeRows(mean, dim);
    const scores = Float64Array.from({ length: count + rows.length }, (_, i) =>
      i < count ? dot(mean, 0, inside, i * dim, dim) : toOthers[i - count],
    );
    const labels = new Uint8Array(scores.length).fill(1, count);
    if (auc(scores, labels) >= LEAST_AUC) found.push({ rows, mean });
  }
  return found;
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
