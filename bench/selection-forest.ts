import { randomForest } from '../src/core/selection/forest/random-forest.ts';
import { madeMatrix } from './made-matrix.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, measureMs } from './measure.ts';
import { rivalOf, runRival } from './rival.ts';

const DIM = 512;
const COUNTS = [2_500, 10_000];
const REPETITIONS = 3;

const RIVAL = `
from sklearn.ensemble import RandomForestClassifier
X, y = load("X"), load("y")
forest = lambda seed: RandomForestClassifier(100, random_state=seed, n_jobs=1).fit(X, y).feature_importances_
times = timed(lambda: forest(0))
answer({"times": times, "importances": [forest(0).tolist(), forest(1).tolist()]})
`;

interface RivalFigures {
  readonly times: number[];
  readonly importances: [number[], number[]];
}

/** A forest of 100 trees and its importances, one thread against one. */
export function benchForest(tell: (line: string) => void): BenchRow[] {
  return COUNTS.map((count) => {
    const size = `${count}×${DIM}`;
    const { features, labels } = madeMatrix(count, DIM);
    tell(`random-forest: ours at ${size}`);
    const options = { count, dim: DIM, trees: 100, seed: 0 };
    const ours = measureMs(REPETITIONS, () => randomForest(features, labels, options)[0]);
    tell(`random-forest: scikit-learn at ${size}`);
    const inputs = { X: { data: features, shape: [count, DIM] }, y: { data: labels, shape: [count] } };
    const rival = runRival<RivalFigures>(RIVAL, inputs, count > 5_000 ? 1 : REPETITIONS, tell);
    if (rival !== null) assertAgreement(randomForest(features, labels, options), rival.value.importances);
    const times = rivalOf('scikit-learn', rival, (value) => value.times);
    return benchRow(`random-forest ${size}`, ours, times, 0.5);
  });
}

/** No further from the rival than its two seeds are from each other, but for a spread of .02 of a correlation. */
function assertAgreement(ours: Float64Array, [first, second]: [number[], number[]]): void {
  const agreement = correlation(ours, first);
  const between = correlation(first, second);
  if (!(agreement > between - 0.02)) {
    throw new Error(
      `expected importances within the rival's seeds (${between}), got a correlation of ${agreement}`,
    );
  }
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = a.length;
  let [sumA, sumB, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    sumA += a[i];
    sumB += b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  const covariance = ab - (sumA * sumB) / count;
  return covariance / Math.sqrt((aa - (sumA * sumA) / count) * (bb - (sumB * sumB) / count));
}
