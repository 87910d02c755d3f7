import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { probability } from '../../src/core/calibration/calibration.ts';
import { createRandom } from '../../src/core/random.ts';
import { scoreFull } from '../../src/core/scoring/scoring.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { encodeNpy } from '../../src/format/npy.ts';
import { decodeSelection } from '../../src/format/selection-record.ts';

/** What the tests of the precompute command share: a folder of synthetic pairs, the command, a score worked out by hand. */

export const ROOT = resolve(import.meta.dirname, '../..');
export const SCRIPT = join(ROOT, 'scripts/precompute.ts');
export const PAIRS = 160;
export const DIM = 24;
/** The pairs, and few comparisons: each run then takes a second. */
export const NPY = [
  '--image-embeddings',
  'images.npy',
  '--text-embeddings',
  'texts.npy',
  '--encoder-id',
  'some/clip',
  '--strategies',
  'variance',
];

/** Embeddings and arithmetic are float32 at places: 6e-8 relative, times a slope of a few tens. */
const TOLERANCE = 1e-5;

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Workplace {
  readonly folder: string;
  readonly put: (name: string, content: string | Uint8Array) => string;
  readonly run: (...args: string[]) => Ran;
}

/** A temporary folder holding images.npy and texts.npy of `syntheticPairs`, in which the command is run. */
export function createWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'alignql-precompute-'));
  const put = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const { images, texts } = syntheticPairs();
  put('images.npy', encodeNpy(images, [PAIRS, DIM]));
  put('texts.npy', encodeNpy(texts, [PAIRS, DIM]));
  const run = (...args: string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };
  return { folder, put, run };
}

/** Pairs that share their first eight coordinates up to noise; the other sixteen tell nothing. */
export function syntheticPairs(): { images: Float32Array; texts: Float32Array } {
  const random = createRandom(7);
  const images = Float32Array.from({ length: PAIRS * DIM }, () => random.nextGaussian());
  const texts = Float32Array.from(images, (value, i) =>
    i % DIM < 8 ? value + 0.2 * random.nextGaussian() : random.nextGaussian(),
  );
  normalizeRows(images, DIM);
  normalizeRows(texts, DIM);
  return { images, texts };
}

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

export interface SelectionJson {
  readonly id: string;
  readonly strategy: string;
  readonly dim: number;
  readonly k: number;
  readonly indices: readonly number[] | null;
  readonly matrix: readonly (readonly number[])[] | null;
  /** In place of `matrix`, where each modality has its own. */
  readonly imageMatrix?: readonly (readonly number[])[];
  readonly textMatrix?: readonly (readonly number[])[];
  readonly imageMean: readonly number[] | null;
  readonly textMean: readonly number[] | null;
  readonly fusion:
    | { readonly kind: 'identity' }
    | { readonly kind: 'weighted'; readonly weights: readonly number[]; readonly bias: number }
    | {
        readonly kind: 'attention';
        readonly value: readonly (readonly number[])[];
        readonly output: readonly (readonly number[])[];
      };
  readonly calibrator:
    | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number }
    | {
        readonly kind: 'isotonic';
        readonly scores: readonly number[];
        readonly probabilities: readonly number[];
      };
  readonly relevance: { readonly values: readonly number[] };
}

type Vector = readonly number[];
const innerProduct = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
const multiply = (matrix: readonly Vector[], vector: Vector): number[] =>
  matrix.map((row) => innerProduct(row, vector));
const cosine = (a: Vector, b: Vector): number => innerProduct(a, b) / (Math.hypot(...a) * Math.hypot(...b));

/** The steps that selection.json spells out, in plain code that shares nothing with src. */
function scoreByHand(
  selection: SelectionJson,
  image: Vector,
  text: Vector,
): { score: number; probability: number } {
  const prepare = (
    vector: Vector,
    mean: Vector | null,
    matrix: readonly Vector[] | null | undefined,
  ): number[] => {
    const norm = Math.hypot(...vector);
    const centred = vector.map((value, i) => value / norm - (mean?.[i] ?? 0));
    if (matrix !== null && matrix !== undefined) return multiply(matrix, centred);
    return selection.indices?.map((index) => centred[index]) ?? centred;
  };
  const score = fuseByHand(
    selection.fusion,
    prepare(image, selection.imageMean, selection.imageMatrix ?? selection.matrix),
    prepare(text, selection.textMean, selection.textMatrix ?? selection.matrix),
  );
  return { score, probability: probabilityByHand(selection.calibrator, score) };
}

function fuseByHand(fusion: SelectionJson['fusion'], image: Vector, text: Vector): number {
  switch (fusion.kind) {
    case 'identity':
      return cosine(image, text);
    case 'weighted':
      return (
        innerProduct(
          image,
          text.map((value, i) => value * fusion.weights[i]),
        ) + fusion.bias
      );
    case 'attention':
      return cosine(image, multiply(fusion.output, multiply(fusion.value, text)));
  }
}

function probabilityByHand(calibrator: SelectionJson['calibrator'], score: number): number {
  if (calibrator.kind === 'platt') {
    return 1 / (1 + Math.exp(-(calibrator.slope * score + calibrator.intercept)));
  }
  const { scores, probabilities } = calibrator;
  const above = scores.findIndex((knot) => knot >= score);
  if (above === -1) return probabilities[probabilities.length - 1];
  if (above === 0) return probabilities[0];
  const share = (score - scores[above - 1]) / (scores[above] - scores[above - 1]);
  return probabilities[above - 1] + share * (probabilities[above] - probabilities[above - 1]);
}

/** The record in a folder scores fifty matches and as many mismatches as plain code does from its selection.json. */
export function expectRecomputable(
  folder: string,
  embeddings: { images: Float32Array; texts: Float32Array; dim: number },
): void {
  const selection = readJson<SelectionJson>(folder, 'selection.json');
  const { model } = decodeSelection(readFileSync(join(folder, 'selection.bin')));
  const { images, texts, dim } = embeddings;
  const row = (rows: Float32Array, i: number): Float32Array => rows.slice(i * dim, (i + 1) * dim);
  for (let i = 0; i < 50; i++) {
    for (const j of [i, i + 1]) {
      const byHand = scoreByHand(selection, [...row(images, i)], [...row(texts, j)]);
      const score = scoreFull(model, row(images, i), row(texts, j));
      expect(Math.abs(score - byHand.score)).toBeLessThan(TOLERANCE);
      expect(Math.abs(probability(model.calibrator, score) - byHand.probability)).toBeLessThan(TOLERANCE);
    }
  }
}
