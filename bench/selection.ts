import { createRandom } from '../src/core/random.ts';
import { mutualInformation } from '../src/core/selection/mutual-information.ts';
import { columnVariances } from '../src/core/selection/variance.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, measureMs } from './measure.ts';
import { rivalSpread, runRival } from './rival.ts';

const DIM = 512;
const COUNTS = [2_500, 10_000];
const REPETITIONS = 3;

const RIVAL = `
from sklearn.feature_selection import mutual_info_classif
X, y = load("X"), load("y")
print(json.dumps({
    "mutual-information": timed(lambda: mutual_info_classif(X, y, random_state=0)),
    "variance": timed(lambda: np.var(X, axis=0)),
    "scores": mutual_info_classif(X, y, random_state=0).tolist(),
}))
`;

interface RivalFigures {
  readonly 'mutual-information': number[];
  readonly variance: number[];
  readonly scores: number[];
}

/** Our selection kernels against scikit-learn's and numpy's on the same matrices, one thread against one. */
export function benchSelection(tell: (line: string) => void): BenchRow[] {
  return COUNTS.flatMap((count) => {
    const { features, labels } = madeMatrix(count);
    const options = { count, dim: DIM, seed: 0 };
    tell(`selection: ours at ${count}×${DIM}`);
    const information = measureMs(REPETITIONS, () => mutualInformation(features, labels, options)[0]);
    const variance = measureMs(REPETITIONS, () => columnVariances(features, DIM)[0]);
    tell(`selection: scikit-learn at ${count}×${DIM}`);
    const inputs = { X: { data: features, shape: [count, DIM] }, y: { data: labels, shape: [count] } };
    const rival = runRival<RivalFigures>(RIVAL, inputs, count > 5_000 ? 1 : REPETITIONS, tell);
    if (rival !== null) assertAgreement(mutualInformation(features, labels, options), rival.scores);
    const size = `${count}×${DIM}`;
    return [
      benchRow(
        `mutual-information ${size}`,
        information,
        rivalSpread('scikit-learn', rival?.['mutual-information']),
        8,
      ),
      benchRow(`variance ${size}`, variance, rivalSpread('numpy', rival?.variance), null),
    ];
  });
}

function madeMatrix(count: number): { features: Float64Array; labels: Int32Array } {
  const random = createRandom(count);
  const labels = Int32Array.from({ length: count }, () => random.nextInt(2));
  const features = Float64Array.from({ length: count * DIM }, (_, i) => {
    // Every other feature carries some signal.
    const shift = i % 2 === 0 ? 0.3 * labels[Math.floor(i / DIM)] : 0;
    return random.nextGaussian() + shift;
  });
  return { features, labels };
}

function assertAgreement(ours: Float64Array, theirs: readonly number[]): void {
  const worst = ours.reduce((most, score, i) => Math.max(most, Math.abs(score - theirs[i])), 0);
  if (!(worst < 1e-9))
    throw new Error(`expected the rival's scores within 1e-9, got a difference of ${worst}`);
}
