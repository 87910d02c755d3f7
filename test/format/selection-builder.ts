import type {
  Calibrator,
  DecisionEvidence,
  Fusion,
  LogOddsInterval,
  PlattFit,
  Projection,
  SelectionModel,
} from '../../src/core/scoring/selection-model.ts';
import type { AnyMatchFit } from '../../src/core/calibration/any-match.ts';
import type { ModalityDomain } from '../../src/core/calibration/domain.ts';
import type { CodeBits } from '../../src/core/search/code-rows.ts';
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
  readonly calibrator: Calibrator['kind'];
  readonly means: boolean;
  readonly relevance: boolean;
  /** Bits of the codes of its rows; 0 stores int8. */
  readonly bits: 0 | CodeBits;
  /** Of which modalities the record tells what they looked like; undefined as in records from before. */
  readonly domain: 'both' | 'image' | undefined;
  /** With what decisions rest on, and Platt's interval; records of before have neither. */
  readonly evidence: boolean;
}

/** A valid record of the given shape with numbers from the seed. `k` is ignored (dim) for a full projection. */
export function buildSelection(seed: number, shape: Partial<Shape> = {}): SelectionRecord {
  const { dim = 12, projection = 'mask', fusion = 'weighted', means = true, relevance = true } = shape;
  const { calibrator = 'platt', bits = 0, evidence = false } = shape;
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
    fusion: buildFusion(fusion, k, random, floats),
    calibrator: buildCalibrator(calibrator, evidence, random),
  };
  return {
    encoder: { id: 'test-encoder', fingerprint: 'a'.repeat(64) },
    strategy: 'mutual-information',
    params: { neighbours: 3, centred: means },
    model,
    relevance: relevance ? floats(dim) : null,
    metrics: { auc: { mean: random(), sd: 0.01 }, note: 'größer – 图像', rows: [1, null, true] },
    seed,
    ...(bits === 0 ? {} : { rows: { bits, image: floats(k).map(Math.abs), text: floats(k).map(Math.abs) } }),
    ...(shape.domain === undefined
      ? {}
      : {
          domain: {
            image: buildDomain(dim, random, floats),
            text: shape.domain === 'both' ? buildDomain(dim, random, floats) : null,
          },
          anyMatch: {
            image: shape.domain === 'both' ? buildAnyMatch(random) : null,
            text: buildAnyMatch(random),
          },
        }),
  };
}

function buildAnyMatch(random: () => number): AnyMatchFit {
  const weights = (length: number): Float64Array => Float64Array.from({ length }, () => random() - 0.5);
  return { any: weights(6), result: weights(5) };
}

function buildDomain(
  dim: number,
  random: () => number,
  floats: (count: number) => Float32Array,
): ModalityDomain {
  const axes = Math.min(3, dim);
  const positive = (): Float32Array => floats(axes).map((value) => 0.1 + Math.abs(value));
  return {
    mean: floats(dim),
    axes: Int8Array.from({ length: axes * dim }, () => Math.round(254 * random() - 127)),
    scales: positive(),
    deviations: positive(),
    residual: axes === dim ? 0 : random(),
    distance: { mean: random(), deviation: 0.1 + random() },
    mahalanobis: { mean: -random(), deviation: 0.1 + random() },
    distances: Float64Array.from({ length: 5 }, (_, i) => i - 2 + random()),
    shares: Float64Array.from({ length: 5 }, (_, i) => (5 - i) / 6),
  };
}

/** A record whose images are told from outliers by 2 centres. */
export function withContrast(record: SelectionRecord, seed: number): SelectionRecord {
  const { domain, model } = record;
  if (domain?.image == null) throw new RangeError('expected a record with a domain of images');
  const random = seededRandom(seed);
  const { dim } = model;
  const floats = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * random() - 1);
  const contrast = {
    weights: floats(dim),
    unlikeness: random() - 0.5,
    nearest: random() - 0.5,
    centres: Int8Array.from({ length: 2 * dim }, () => Math.round(254 * random() - 127)),
    scales: floats(2).map((value) => 0.1 + Math.abs(value)),
  };
  return { ...record, domain: { ...domain, image: { ...domain.image, contrast } } };
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
  if (kind === 'maps') return { kind, image: floats(k * dim), text: floats(k * dim) };
  const shuffled = Array.from({ length: dim }, (_, index) => ({ index, key: random() })).sort(
    (a, b) => a.key - b.key,
  );
  return { kind, indices: Uint32Array.from(shuffled.slice(0, k), ({ index }) => index).sort() };
}

function buildFusion(
  kind: Fusion['kind'],
  k: number,
  random: () => number,
  floats: (count: number) => Float32Array,
): Fusion {
  switch (kind) {
    case 'identity':
      return { kind };
    case 'weighted':
      return { kind, weights: floats(k), bias: random() - 0.5 };
    case 'attention': {
      const matrix = (): Float32Array => floats(64 * k);
      return { kind, query: matrix(), key: matrix(), value: matrix(), output: matrix() };
    }
  }
}

function buildCalibrator(kind: Calibrator['kind'], hasEvidence: boolean, random: () => number): Calibrator {
  const platt = {
    kind: 'platt',
    slope: 4 + random(),
    intercept: -random(),
    covariance: [random(), random() - 0.5, random()],
    baseRate: 0.5,
    matchThreshold: 0.75 + random() / 4,
    mismatchThreshold: random() / 4,
  } as const;
  if (kind === 'platt') {
    if (!hasEvidence) return platt;
    return { ...platt, interval: buildInterval(platt, random), evidence: buildEvidence(random) };
  }
  const { baseRate, matchThreshold, mismatchThreshold } = platt;
  const scores = Float64Array.from({ length: 7 }, (_, i) => i + random() / 2);
  const probabilities = scores.map((_, i) => (1 + i + random()) / 10);
  return {
    kind,
    scores,
    probabilities,
    low: probabilities.map((p) => p / 2),
    high: probabilities.map((p) => (1 + p) / 2),
    baseRate,
    matchThreshold,
    mismatchThreshold,
    ...(hasEvidence ? { evidence: buildEvidence(random) } : {}),
  };
}

function buildInterval(
  { slope, intercept }: Pick<PlattFit, 'slope' | 'intercept'>,
  random: () => number,
): LogOddsInterval {
  const scores = Float64Array.from({ length: 5 }, (_, i) => i + random() / 2);
  return {
    scores,
    low: scores.map((score) => slope * score + intercept - 0.1 - random()),
    high: scores.map((score) => slope * score + intercept + 0.1 + random()),
    slopes: [slope - random(), slope + random()],
  };
}

function buildEvidence(random: () => number): DecisionEvidence {
  const rising = (count: number, from: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => from + (i + random() / 2) / 10);
  return {
    precision: 0.9 + random() / 20,
    match: { thresholds: rising(4, 0.5), logRatios: rising(4, 2) },
    mismatch: { thresholds: rising(3, 0.1).reverse(), logRatios: rising(3, 2) },
  };
}
