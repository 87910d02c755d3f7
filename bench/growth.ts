import { createRandom } from '../src/core/random.ts';
import { loadProductKernels } from '../scripts/scoring/product-kernels.ts';
import { scoreMatrix } from '../src/core/scoring/score-matrix.ts';
import { projectEmbedding, projectEmbeddings, scoreProjected } from '../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import type { BenchRow, Series, Spread } from './measure.ts';
import { measureCpuInTurn } from './measure-cpu.ts';
import { limitRow, onCurve } from './measure.ts';

const DIM = 512;
const K = 50;
const SIDES = [10, 30, 100, 300];
const KS = [16, 32, 64, 128, 256, 512];
const ROUNDS = 10;
/** CPU clocks tick every 4 ms on some machines: what is timed at a time lasts about ten times that. */
const BATCH_MS = 40;
const VECTORS = 100;
const KERNELS = loadProductKernels();

/**
 * How the cost of scores grows: with the size of a matrix (quadratic, once projecting the embeddings is paid) and with k
 * (linear), in CPU time. Every row is a point of a curve that `plot.ts` draws.
 */
export function benchGrowth(tell: (line: string) => void): BenchRow[] {
  const random = createRandom(1);
  const vectors = Array.from({ length: Math.max(VECTORS, ...SIDES) }, () =>
    Float32Array.from({ length: DIM }, () => random.nextGaussian()),
  );
  tell(`growth: score matrices of ${SIDES.join(', ')} a side`);
  const matrices = SIDES.map((side) => matrixRow(vectors.slice(0, side)));
  tell(`growth: scores at k = ${KS.join(', ')}`);
  return [...matrices, ...KS.flatMap((k) => rowsOfK(vectors.slice(0, VECTORS), k))];
}

/** From embeddings to scores, as the API computes them, against the same with all coordinates: what the mask saves. */
function matrixRow(vectors: readonly Float32Array[]): BenchRow {
  const side = vectors.length;
  const [masked, full] = [maskOf(K), fullModel()];
  const [ours, rival] = cpuInTurn([() => sumOfMatrix(masked, vectors), () => sumOfMatrix(full, vectors)]);
  return onCurve(
    {
      name: `score matrix ${side}×${side}, k = ${K} of ${DIM}`,
      metric: 'CPU time',
      unit: 'ms',
      ours,
      rival: { name: `all ${DIM} coordinates`, ...rival },
      ratio: rival.median / ours.median,
      target: null,
      met: null,
    },
    { chart: 'score-matrix', name: `k = ${K} of ${DIM}`, x: side, xUnit: 'embeddings a side' },
  );
}

function rowsOfK(vectors: readonly Float32Array[], k: number): BenchRow[] {
  const [mask, map] = [maskOf(k), mapTo(k)];
  const projected = vectors.map((vector) => projectEmbedding(mask, 'image', vector));
  const project = (model: UncalibratedModel): number =>
    vectors.reduce((sum, vector) => sum + projectEmbedding(model, 'image', vector)[0], 0);
  const [score] = cpuInTurn([() => sumOfScores(mask, projected, projected)]);
  const [byMask] = cpuInTurn([() => project(mask)]);
  const [byMap] = cpuInTurn([() => project(map)]);
  return [
    kRow('score of a pair', k, scaled(score, 1e6 / vectors.length ** 2)),
    kRow('embedding masked', k, scaled(byMask, 1e6 / vectors.length)),
    kRow('embedding mapped', k, scaled(byMap, 1e6 / vectors.length)),
  ];
}

function kRow(name: string, k: number, time: Spread): BenchRow {
  const series: Series = { chart: 'score-k', name, x: k, xUnit: `coordinates kept of ${DIM}` };
  return onCurve(limitRow(`${name}, k = ${k} of ${DIM}`, 'CPU time', 'ns', time, null), series);
}

/** Of one call each; the first calls, which are not measured, tell how many make a batch. */
function cpuInTurn(sides: readonly (() => number)[]): Spread[] {
  let calls = 0;
  for (const end = performance.now() + BATCH_MS; performance.now() < end; calls++) sides[0]();
  return measureCpuInTurn(ROUNDS, sides, Math.max(1, calls));
}

function sumOfMatrix(model: UncalibratedModel, vectors: readonly Float32Array[]): number {
  const images = projectEmbeddings(model, 'image', vectors);
  const texts = projectEmbeddings(model, 'text', vectors);
  return scoreMatrix(model, images, texts, KERNELS).reduce((sum, score) => sum + score, 0);
}

function sumOfScores(
  model: UncalibratedModel,
  images: readonly Float32Array[],
  texts: readonly Float32Array[],
): number {
  let sum = 0;
  for (const image of images) {
    for (const text of texts) sum += scoreProjected(model, image, text);
  }
  return sum;
}

function scaled({ median, min, max }: Spread, factor: number): Spread {
  return { median: median * factor, min: min * factor, max: max * factor };
}

function modelOf(k: number, projection: UncalibratedModel['projection']): UncalibratedModel {
  const mean = new Float32Array(DIM).fill(0.1);
  return { dim: DIM, k, imageMean: mean, textMean: mean, projection, fusion: { kind: 'identity' } };
}

/** Coordinates spread over the embedding, as masks keep them. */
function maskOf(k: number): UncalibratedModel {
  const indices = Uint32Array.from({ length: k }, (_, i) => Math.floor((i * DIM) / k));
  return modelOf(k, { kind: 'mask', indices });
}

function mapTo(k: number): UncalibratedModel {
  const random = createRandom(k);
  const matrix = Float32Array.from({ length: k * DIM }, () => random.nextGaussian());
  return modelOf(k, { kind: 'map', matrix });
}

function fullModel(): UncalibratedModel {
  return modelOf(DIM, { kind: 'full' });
}
