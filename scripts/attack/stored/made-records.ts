import { ATTENTION_WIDTH } from '../../../src/core/scoring/attention.ts';
import type { Fusion, Projection, SelectionModel } from '../../../src/core/scoring/selection-model.ts';
import type { CodeBits } from '../../../src/core/search/code-rows.ts';
import type { RecordRows } from '../../../src/format/rows-section.ts';
import type { SelectionRecord } from '../../../src/format/selection-record.ts';
import type { CaseRandom } from '../case-random.ts';

export const RECORD_DIM = 16;
const K = 6;

/** A valid record of any projection, fusion and calibrator, small. */
export function makeRecord(random: CaseRandom): SelectionRecord {
  const floats = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => random.next() - 0.5);
  const projection = random.pick<() => Projection>([
    () => ({ kind: 'full' }),
    () => ({ kind: 'mask', indices: Uint32Array.from({ length: K }, (_, i) => 2 * i + random.nextInt(2)) }),
    () => ({ kind: 'map', matrix: floats(K * RECORD_DIM) }),
  ])();
  const k = projection.kind === 'full' ? RECORD_DIM : K;
  const fusion = random.pick<() => Fusion>([
    () => ({ kind: 'identity' }),
    () => ({ kind: 'weighted', weights: floats(k), bias: random.next() }),
    () => ({
      kind: 'attention',
      query: floats(ATTENTION_WIDTH * k),
      key: floats(ATTENTION_WIDTH * k),
      value: floats(ATTENTION_WIDTH * k),
      output: floats(k * ATTENTION_WIDTH),
    }),
  ])();
  const isCentred = random.chance(0.5);
  const model: SelectionModel = {
    dim: RECORD_DIM,
    k,
    imageMean: isCentred ? floats(RECORD_DIM) : null,
    textMean: isCentred ? floats(RECORD_DIM) : null,
    projection,
    fusion,
    calibrator: {
      ...random.pick([PLATT, ISOTONIC]),
      baseRate: 0.5,
      matchThreshold: 0.8,
      mismatchThreshold: 0.2,
    },
  };
  return {
    encoder: { id: 'attack-encoder', fingerprint: 'a'.repeat(64) },
    strategy: 'mutual-information',
    params: { neighbours: 3 },
    model,
    relevance: random.chance(0.5) ? floats(RECORD_DIM) : null,
    ...(random.chance(0.5) ? { rows: makeRows(random.pick([4, 1]), k, random) } : {}),
    metrics: { auc: 0.9, note: 'größer' },
    seed: random.nextInt(1_000),
  };
}

/** Rows of codes with steps below 1. */
export function makeRows(bits: CodeBits, k: number, random: CaseRandom): RecordRows {
  const steps = (): Float32Array => Float32Array.from({ length: k }, () => random.next());
  return { bits, image: steps(), text: steps() };
}

const PLATT = { kind: 'platt', slope: 10, intercept: -3, covariance: [0.04, -0.01, 0.01] } as const;
const ISOTONIC = {
  kind: 'isotonic',
  scores: Float64Array.of(-1, 0, 1),
  probabilities: Float64Array.of(0.1, 0.5, 0.9),
  low: Float64Array.of(0.05, 0.4, 0.8),
  high: Float64Array.of(0.2, 0.6, 0.95),
} as const;
