import type { Fusion, Projection, SelectionModel } from '../../src/core/selection-model.ts';
import type { SelectionRecord } from '../../src/format/selection-record.ts';

/** mulberry32: a seeded generator of numbers in [0, 1), so that a failing case can be built again from its seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Shape {
  readonly dim: number;
  readonly k: number;
  readonly projection: Projection['kind'];
  readonly fusion: Fusion['kind'];
  readonly means: boolean;
  readonly relevance: boolean;
}

/** A valid record of the given shape with numbers from the seed. `k` is ignored (dim) for a full projection. */
export function buildSelection(seed: number, shape: Partial<Shape> = {}): SelectionRecord {
  const { dim = 12, projection = 'mask', fusion = 'weighted', means = true, relevance = true } = shape;
  const k = projection === 'full' ? dim : (shape.k ?? 5);
  const random = seededRandom(seed);
  const floats = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => random() * 2 - 1);
  const model: SelectionModel = {
    dim,
    k,
    imageMean: means ? floats(dim) : null,
    textMean: means ? floats(dim) : null,
    projection: buildProjection(projection, k, dim, random, floats),
    fusion:
      fusion === 'weighted'
        ? { kind: 'weighted', weights: floats(k), bias: random() - 0.5 }
        : { kind: 'identity' },
    calibrator: {
      kind: 'platt',
      slope: 4 + random(),
      intercept: -random(),
      covariance: [random(), random() - 0.5, random()],
      baseRate: 0.5,
      matchThreshold: 0.75 + random() / 4,
      mismatchThreshold: random() / 4,
    },
  };
  return {
    encoder: { id: 'test-encoder', fingerprint: 'a'.repeat(64) },
    strategy: 'mutual-information',
    params: { neighbours: 3, centred: means },
    model,
    relevance: relevance ? floats(dim) : null,
    metrics: { auc: { mean: random(), sd: 0.01 }, note: 'größer – 图像', rows: [1, null, true] },
    seed,
  };
}

function buildProjection(
  kind: Projection['kind'],
  k: number,
  dim: number,
  random: () => number,
  floats: (count: number) => Float32Array,
): Projection {
  if (kind === 'full') return { kind };
  if (kind === 'map') return { kind, matrix: floats(k * dim) };
  const shuffled = Array.from({ length: dim }, (_, index) => ({ index, key: random() })).sort(
    (a, b) => a.key - b.key,
  );
  return { kind, indices: Uint32Array.from(shuffled.slice(0, k), ({ index }) => index).sort() };
}
