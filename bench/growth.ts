import { createRandom } from '../src/core/random.ts';
import { projectEmbedding, scoreProjected } from '../src/core/scoring.ts';
import type { UncalibratedModel } from '../src/core/selection-model.ts';
import type { BenchRow, Series, Spread } from './measure.ts';
import { benchRow, limitRow, measureMs, measurePair, onCurve } from './measure.ts';

const DIM = 512;
const K = 50;
const SIDES = [10, 30, 100, 300];
const KS = [16, 32, 64, 128, 256, 512];
const ROUNDS = 30;
/** A run of many calls lasts a millisecond, which the clock resolves and a busy machine seldom interrupts. */
const PAIRS_A_RUN = 40_000;
const VECTORS = 100;

/**
 * How the cost of scores grows: with the size of a matrix (quadratic, once projecting the embeddings is paid) and with k
 * (linear). Every row is a point of a curve that `plot.ts` draws.
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

/** From embeddings to scores, against the same with all coordinates: what the mask saves. */
function matrixRow(vectors: readonly Float32Array[]): BenchRow {
  const side = vectors.length;
  const runs = Math.ceil(PAIRS_A_RUN / side ** 2);
  const [masked, full] = [maskOf(K), fullModel()];
  const { ours, rival } = measurePair(
    ROUNDS,
    () => repeat(runs, () => scoreMatrix(masked, vectors)),
    () => repeat(runs, () => scoreMatrix(full, vectors)),
  );
  const name = `all ${DIM} coordinates`;
  return onCurve(
    benchRow(
      `score matrix ${side}×${side}, k = ${K} of ${DIM}`,
      scaled(ours, 1 / runs),
      { name, ...scaled(rival, 1 / runs) },
      null,
    ),
    { chart: 'score-matrix', name: `k = ${K} of ${DIM}`, x: side, xUnit: 'embeddings a side' },
  );
}

function rowsOfK(vectors: readonly Float32Array[], k: number): BenchRow[] {
  const mask = maskOf(k);
  const map = mapTo(k);
  const projected = vectors.map((vector) => projectEmbedding(mask, 'image', vector));
  const runs = Math.ceil(PAIRS_A_RUN / vectors.length ** 2);
  const project = (model: UncalibratedModel): number =>
    vectors.reduce((sum, vector) => sum + projectEmbedding(model, 'image', vector)[0], 0);
  const score = measureMs(ROUNDS, () => repeat(runs, () => sumOfScores(mask, projected, projected)));
  const byMask = measureMs(ROUNDS, () => project(mask));
  const byMap = measureMs(ROUNDS, () => project(map));
  return [
    kRow('score of a pair', k, scaled(score, 1e6 / (runs * vectors.length ** 2))),
    kRow('embedding masked', k, scaled(byMask, 1e6 / vectors.length)),
    kRow('embedding mapped', k, scaled(byMap, 1e6 / vectors.length)),
  ];
}

function kRow(name: string, k: number, time: Spread): BenchRow {
  const series: Series = { chart: 'score-k', name, x: k, xUnit: `coordinates kept of ${DIM}` };
  return onCurve(limitRow(`${name}, k = ${k} of ${DIM}`, 'time', 'ns', time, null), series);
}

function scoreMatrix(model: UncalibratedModel, vectors: readonly Float32Array[]): number {
  return sumOfScores(
    model,
    vectors.map((vector) => projectEmbedding(model, 'image', vector)),
    vectors.map((vector) => projectEmbedding(model, 'text', vector)),
  );
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

function repeat(times: number, run: () => number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += run();
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
