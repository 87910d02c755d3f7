import { createRandom } from '../src/core/random.ts';
import { loadProductKernels } from '../scripts/scoring/product-kernels.ts';
import type { ProductKernels } from '../src/core/scoring/kernels/product-kernels.ts';
import { scoreMatrix } from '../src/core/scoring/score-matrix.ts';
import { projectEmbeddings } from '../src/core/scoring/scoring.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import type { BenchRow } from './measure.ts';
import { benchRow, measurePair } from './measure.ts';

const ROUNDS = 6;
const DIM = 512;
const K = 50;
const IMAGES = 100;
const TEXTS = 1_000;

/** A matrix of scores as the API computes it, against arrays of numbers and reduce: what one writes first. */
export function benchScoring(): BenchRow[] {
  const random = createRandom(1);
  const vectors = (count: number) =>
    Array.from({ length: count }, () => Float32Array.from({ length: DIM }, () => random.nextGaussian()));
  const images = vectors(IMAGES);
  const texts = vectors(TEXTS);
  const mean = vectors(1)[0].map((x) => x / 10);
  const model: UncalibratedModel = {
    dim: DIM,
    k: K,
    imageMean: mean,
    textMean: mean,
    projection: { kind: 'mask', indices: Uint32Array.from({ length: K }, (_, i) => i * 10) },
    fusion: { kind: 'identity' },
  };
  const kernels = loadProductKernels();
  const sides = [
    () => sumOfScores(model, images, texts, kernels),
    () => sumOfNaive(model, images, texts),
  ] as const;
  assertAgreement(sides[0](), sides[1]());
  const { ours, rival } = measurePair(ROUNDS, ...sides);
  return [
    benchRow(
      `score matrix ${IMAGES}×${TEXTS}, k = ${K} of ${DIM}`,
      ours,
      { name: 'arrays and reduce', ...rival },
      5,
    ),
  ];
}

function sumOfScores(
  model: UncalibratedModel,
  images: readonly Float32Array[],
  texts: readonly Float32Array[],
  kernels: ProductKernels,
): number {
  const scores = scoreMatrix(
    model,
    projectEmbeddings(model, 'image', images),
    projectEmbeddings(model, 'text', texts),
    kernels,
  );
  return scores.reduce((sum, score) => sum + score, 0);
}

function sumOfNaive(
  model: UncalibratedModel,
  images: readonly Float32Array[],
  texts: readonly Float32Array[],
): number {
  const { imageMean, textMean, projection } = model;
  const indices = projection.kind === 'mask' ? [...projection.indices] : [];
  const keep = (vector: Float32Array, mean: Float32Array | null) =>
    indices.map((i) => vector[i] - (mean?.[i] ?? 0));
  const norm = (vector: readonly number[]) => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  let sum = 0;
  for (const image of images) {
    for (const text of texts) {
      const a = keep(image, imageMean);
      const b = keep(text, textMean);
      sum += a.reduce((total, x, i) => total + x * b[i], 0) / (norm(a) * norm(b));
    }
  }
  return sum;
}

/** Ours keeps projections as float32, which rounds each score by less than 1e-7; signs differ, so the sum is no measure. */
function assertAgreement(ours: number, theirs: number): void {
  const most = 1e-7 * IMAGES * TEXTS;
  if (!(Math.abs(ours - theirs) <= most))
    throw new Error(`expected scores that sum up to ${theirs} within ${most}, got ${ours}`);
}
