import { addToCrossMoments, createCrossMoments } from '../src/core/linear-algebra/moments.ts';
import { createRandom } from '../src/core/random.ts';
import type { CrossCovarianceMap } from '../src/core/selection/projection/cross-covariance.ts';
import { crossCovarianceMapOfMoments } from '../src/core/selection/projection/cross-covariance.ts';
import { fitPca } from '../src/core/selection/projection/pca.ts';
import type { BenchRow, Spread } from './measure.ts';
import { benchRow, measureMs } from './measure.ts';
import { rivalOf, runRival } from './rival.ts';

const DIM = 512;
const COMPONENTS = 50;
const COUNTS = [2_500, 10_000];
const REPETITIONS = 5;
const TARGET = 0.5;

/** Centred inside, as ours; float32 input turned into float64 inside the clock, as ours does it block by block. */
const RIVAL = `
from sklearn.decomposition import PCA
X, Y = load("X"), load("Y")
k = int(load("k")[0])

def pca():
    return PCA(n_components=k, svd_solver="full").fit(X.astype(np.float64))

def cross_covariance():
    x, y = X.astype(np.float64), Y.astype(np.float64)
    x -= x.mean(axis=0)
    y -= y.mean(axis=0)
    product = x.T @ y
    values, vectors = np.linalg.eigh((product + product.T) / (2 * len(x)))
    return values[::-1][:k], vectors[:, ::-1][:, :k]

answer({
    "pca": timed(pca),
    "crossCovariance": timed(cross_covariance),
    "explainedVariance": pca().explained_variance_.tolist(),
    "eigenvalues": cross_covariance()[0].tolist(),
})
`;

interface RivalFigures {
  readonly pca: number[];
  readonly crossCovariance: number[];
  readonly explainedVariance: number[];
  readonly eigenvalues: number[];
}

/**
 * PCA against scikit-learn's full solver and the cross-covariance map against the same in numpy, one thread against one.
 *
 * What bounds them is arithmetic. The product of two matrices takes 2·count·dim² operations, the scatter of one half of
 * that, and the eigenproblem 4/3·dim³ (0.2 GFLOP: 20 ms here, 9 of them the tridiagonal form). WebAssembly has vectors of
 * 128 bits, so two multiplications a cycle come to 8 operations a cycle: some 32 GFLOP/s at 4 GHz, which the tiles reach to
 * nine tenths; Strassen's scheme saves an eighth of the operations. OpenBLAS takes 512 bits where the processor has them:
 * 80 GFLOP/s for the same product, about 2.5 times ours, and its PCA loses that again to a singular value decomposition.
 * Memory is no bound: 20 MB a matrix against hundreds of operations a number.
 */
export function benchLinear(tell: (line: string) => void): BenchRow[] {
  return COUNTS.flatMap((count) => {
    const { images, texts } = madePairs(count);
    tell(`selection: pca and cross-covariance at ${count}×${DIM}`);
    const pca = measureMs(REPETITIONS, () => fitPca(images, DIM, { components: COMPONENTS }).components[0]);
    const crossCovariance = measureMs(REPETITIONS, () => centredMap(images, texts).map[0]);
    tellRate(tell, 'pca', pca, count * DIM * DIM);
    tellRate(tell, 'cross-covariance', crossCovariance, 2 * count * DIM * DIM);
    const shape = [count, DIM];
    const inputs = {
      X: { data: images, shape },
      Y: { data: texts, shape },
      k: { data: Int32Array.of(COMPONENTS), shape: [1] },
    };
    const rival = runRival<RivalFigures>(RIVAL, inputs, REPETITIONS, tell);
    if (rival !== null) {
      const { explainedVariance } = fitPca(images, DIM, { components: COMPONENTS });
      assertAgreement('explained variances', explainedVariance, rival.value.explainedVariance);
      assertAgreement('eigenvalues', centredMap(images, texts).eigenvalues, rival.value.eigenvalues);
    }
    const size = `${count}×${DIM}`;
    const rivalPca = rivalOf('scikit-learn', rival, (value) => value.pca);
    const rivalMap = rivalOf('numpy', rival, (value) => value.crossCovariance);
    return [
      benchRow(`pca ${size}`, pca, rivalPca, TARGET),
      benchRow(`cross-covariance ${size}`, crossCovariance, rivalMap, TARGET),
    ];
  });
}

/** As numpy does it: the rows come as they are and are centred on the way. */
function centredMap(images: Float32Array, texts: Float32Array): CrossCovarianceMap {
  const moments = createCrossMoments(DIM);
  addToCrossMoments(moments, images, texts);
  return crossCovarianceMapOfMoments(moments, COMPONENTS);
}

/** Pairs that share some directions more than others, so that the leading eigenvalues lie apart. */
function madePairs(count: number): { images: Float32Array; texts: Float32Array } {
  const random = createRandom(count);
  const scales = Float64Array.from({ length: DIM }, (_, i) => 1 / Math.sqrt(1 + i / 8));
  const images = new Float32Array(count * DIM);
  const texts = new Float32Array(count * DIM);
  for (let i = 0; i < images.length; i++) {
    const shared = random.nextGaussian() * scales[i % DIM];
    images[i] = shared + 0.3 * random.nextGaussian();
    texts[i] = shared + 0.3 * random.nextGaussian();
  }
  return { images, texts };
}

function tellRate(tell: (line: string) => void, name: string, { median }: Spread, operations: number): void {
  const rate = operations / median / 1e6;
  tell(`selection: ${name} ${median.toFixed(0)} ms, ${rate.toFixed(0)} GFLOP/s counting its product alone`);
}

function assertAgreement(what: string, ours: ArrayLike<number>, theirs: readonly number[]): void {
  const worst = theirs.reduce((most, value, i) => Math.max(most, Math.abs(ours[i] / value - 1)), 0);
  if (!(worst < 1e-9))
    throw new Error(`expected the rival's ${what} within 1e-9, got a difference of ${worst}`);
}
