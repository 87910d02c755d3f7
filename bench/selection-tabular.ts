import { createRandom } from '../src/core/random.ts';
import { binnedMutualInformation } from '../src/core/selection/information/binned-mutual-information.ts';
import { chiSquare } from '../src/core/selection/univariate/chi-square.ts';
import { fStatistic } from '../src/core/selection/univariate/f-statistic.ts';
import { mutualInformation } from '../src/core/selection/information/mutual-information.ts';
import { columnVariances } from '../src/core/selection/univariate/variance.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, measureMs } from './measure.ts';
import { rivalOf, runRival } from './rival.ts';

const DIM = 512;
const COUNTS = [2_500, 10_000];
const BINS = 16;

/** Where scikit-learn has no answer in one call, what one writes there first. */
const RIVAL = `
import warnings
from sklearn.feature_selection import chi2, f_classif, mutual_info_classif
from sklearn.metrics import mutual_info_score
warnings.filterwarnings("ignore")
X, A, y = load("X"), load("A"), load("y")
def binned():
    scores = []
    for v in X.T:
        inner = np.linspace(v.min(), v.max(), ${BINS} + 1)[1:-1]
        scores.append(mutual_info_score(y, np.digitize(v, inner)))
    return np.array(scores)
runs = {
    "mutual-information": lambda: mutual_info_classif(X, y, random_state=0),
    "f-statistic": lambda: f_classif(X, y)[0],
    "chi-square": lambda: chi2(A, y)[0],
    "variance": lambda: np.var(X, axis=0),
    "mutual-information-binned": binned,
}
answer({name: {"times": timed(run), "scores": run().tolist()} for name, run in runs.items()})
`;

interface Kernel {
  readonly run: () => Float64Array;
  readonly rival: string;
  readonly target: number | null;
  /** How far a score may be from the rival's: absolutely, or relative to it. */
  readonly tolerance: { readonly kind: 'absolute' | 'relative'; readonly value: number };
  readonly repetitions: number;
}

type RivalFigures = Readonly<Record<string, { readonly times: number[]; readonly scores: number[] }>>;

/** Our statistics of single features against scikit-learn's and numpy's on the same matrices, one thread against one. */
export function benchTabular(tell: (line: string) => void): BenchRow[] {
  return COUNTS.flatMap((count) => {
    const { features, magnitudes, labels } = madeMatrix(count);
    const size = `${count}×${DIM}`;
    tell(`selection: ours at ${size}`);
    const kernels = kernelsOn(features, magnitudes, labels);
    const ours = Object.entries(kernels).map(([name, { run, repetitions }]) => ({
      name,
      time: measureMs(repetitions, () => run()[0]),
    }));
    tell(`selection: scikit-learn at ${size}`);
    const shape = [count, DIM];
    const inputs = {
      X: { data: features, shape },
      A: { data: magnitudes, shape },
      y: { data: labels, shape: [count] },
    };
    const run = runRival<RivalFigures>(RIVAL, inputs, 3, tell);
    return ours.map(({ name, time }) => {
      const kernel = kernels[name];
      if (run !== null) assertAgreement(name, kernel, run.value[name].scores);
      const rival = rivalOf(kernel.rival, run, (value) => value[name].times);
      return benchRow(`${name} ${size}`, time, rival, kernel.target);
    });
  });
}

function kernelsOn(
  features: Float64Array,
  magnitudes: Float64Array,
  labels: Int32Array,
): Readonly<Record<string, Kernel>> {
  const size = { count: labels.length, dim: DIM };
  const relative = { kind: 'relative', value: 1e-9 } as const;
  return {
    'mutual-information': {
      run: () => mutualInformation(features, labels, { ...size, seed: 0 }),
      rival: 'mutual_info_classif',
      target: 8,
      tolerance: { kind: 'absolute', value: 1e-9 },
      repetitions: 5,
    },
    'f-statistic': {
      run: () => fStatistic(features, labels, size).scores,
      rival: 'f_classif',
      target: 1,
      tolerance: relative,
      repetitions: 15,
    },
    'chi-square': {
      run: () => chiSquare(magnitudes, labels, size).scores,
      rival: 'chi2',
      target: 1,
      tolerance: relative,
      repetitions: 15,
    },
    variance: {
      run: () => columnVariances(features, DIM),
      rival: 'numpy.var',
      target: null,
      tolerance: relative,
      repetitions: 15,
    },
    'mutual-information-binned': {
      run: () => binnedMutualInformation(features, labels, { ...size, bins: BINS }),
      rival: 'mutual_info_score a column',
      target: null,
      tolerance: { kind: 'absolute', value: 1e-12 },
      repetitions: 5,
    },
  };
}

/** Normals of which every other column carries some signal, and their magnitudes for chi-square. */
function madeMatrix(count: number): {
  readonly features: Float64Array;
  readonly magnitudes: Float64Array;
  readonly labels: Int32Array;
} {
  const random = createRandom(count);
  const labels = Int32Array.from({ length: count }, () => random.nextInt(2));
  const features = Float64Array.from({ length: count * DIM }, (_, i) => {
    const shift = i % 2 === 0 ? 0.3 * labels[Math.floor(i / DIM)] : 0;
    return random.nextGaussian() + shift;
  });
  return { features, magnitudes: features.map(Math.abs), labels };
}

function assertAgreement(name: string, { run, tolerance }: Kernel, theirs: readonly number[]): void {
  run().forEach((score, i) => {
    const scale = tolerance.kind === 'relative' ? Math.abs(theirs[i]) : 1;
    if (Math.abs(score - theirs[i]) <= tolerance.value * scale) return;
    throw new Error(
      `expected ${name} of feature ${i} within ${tolerance.value} of ${theirs[i]}, got ${score}`,
    );
  });
}
