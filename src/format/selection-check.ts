import { ATTENTION_WIDTH } from '../core/scoring/attention.ts';
import {
  type Calibrator,
  type DecisionEvidence,
  type Evidence,
  type Fusion,
  type IsotonicFit,
  type LogOddsInterval,
  MAX_EVIDENCE,
  MAX_KNOTS,
  type PlattFit,
  type Projection,
  type SelectionModel,
} from '../core/scoring/selection-model.ts';
import type { JsonObject } from './canonical-json.ts';
import { anyMatchProblem } from './any-match-section.ts';
import { domainProblem } from './domain-section.ts';
import type { RecordSections } from './record-sections.ts';
import { rowsProblem } from './rows-section.ts';

/**
 * A published selection: which encoder's vectors it is for, how it was found, what it does (`model`), and how well.
 * `relevance`: one finite number a coordinate (length dim) for the report and the page, null when the strategy gives none.
 * `domain`: what its inputs looked like, `anyMatch`: whether a best score means anything; records from before know nothing of it.
 */
export interface SelectionRecord extends Pick<RecordSections, 'domain' | 'rows' | 'anyMatch'> {
  readonly encoder: { readonly id: string; readonly fingerprint: string };
  readonly strategy: string;
  readonly params: JsonObject;
  readonly model: SelectionModel;
  readonly relevance: Float32Array | null;
  readonly metrics: JsonObject;
  readonly seed: number;
}

/** Above any CLIP in use (768 to 1536), small enough that a forged header cannot ask for much memory. */
export const MAX_DIM = 16_384;
export const MAX_TEXT_LENGTH = 256;
/**
 * Of bias, slope, intercept and covariance: far above any fit, low enough that variance x score², the largest product in an
 * interval, stays finite; infinities would meet as NaN.
 */
const MAX_FITTED = 1e100;

/**
 * Of means and maps, either way: far above any fit, low enough that a vector that is centred and mapped by such numbers stays within
 * float32.
 */
const MAX_MAPPED = 1e15;

/**
 * What is wrong with a record, in words that name the expected and the actual, or null when nothing is.
 * One rule book for writing and reading. O(size of the record).
 */
export function findSelectionProblem(record: SelectionRecord): string | null {
  const { model } = record;
  return (
    countProblem('dim', model.dim, MAX_DIM) ??
    countProblem('k', model.k, model.dim) ??
    meansProblem(record) ??
    projectionProblem(model.projection, model.k, model.dim) ??
    fusionProblem(model.fusion, model.k) ??
    calibratorProblem(model.calibrator) ??
    (record.relevance ? floatsProblem('relevance', record.relevance, model.dim) : null) ??
    (record.domain ? domainProblem(record.domain, model.dim) : null) ??
    (record.rows ? rowsProblem(record.rows, model.k) : null) ??
    (record.anyMatch ? anyMatchProblem(record.anyMatch) : null) ??
    textProblem('encoder id', record.encoder.id) ??
    textProblem('encoder fingerprint', record.encoder.fingerprint) ??
    textProblem('strategy', record.strategy) ??
    (Number.isSafeInteger(record.seed) ? null : `seed ${record.seed}, expected an integer`)
  );
}

function countProblem(name: string, value: number, max: number): string | null {
  return Number.isInteger(value) && value >= 1 && value <= max
    ? null
    : `${name} ${value}, expected an integer from 1 to ${max}`;
}

function meansProblem({ model }: SelectionRecord): string | null {
  const { imageMean, textMean, dim } = model;
  if (imageMean === null && textMean === null) return null;
  if (imageMean === null || textMean === null) return 'one mean without the other, expected both or neither';
  return (
    floatsProblem('imageMean', imageMean, dim, MAX_MAPPED) ??
    floatsProblem('textMean', textMean, dim, MAX_MAPPED)
  );
}

function projectionProblem(projection: Projection, k: number, dim: number): string | null {
  switch (projection.kind) {
    case 'full':
      return k === dim ? null : `k ${k} without a projection, expected dim (${dim})`;
    case 'mask':
      return indicesProblem(projection.indices, k, dim);
    case 'map':
      return floatsProblem('matrix', projection.matrix, k * dim, MAX_MAPPED);
    case 'maps':
      return (
        floatsProblem('image map', projection.image, k * dim, MAX_MAPPED) ??
        floatsProblem('text map', projection.text, k * dim, MAX_MAPPED)
      );
  }
}

function indicesProblem(indices: Uint32Array, k: number, dim: number): string | null {
  if (indices.length !== k) return `${indices.length} indices, expected k (${k})`;
  for (let i = 0; i < k; i++) {
    if (indices[i] >= dim) return `index ${indices[i]} at ${i}, expected below dim (${dim})`;
    if (i > 0 && indices[i] <= indices[i - 1]) {
      return `index ${indices[i]} at ${i} after ${indices[i - 1]}, expected ascending`;
    }
  }
  return null;
}

function fusionProblem(fusion: Fusion, k: number): string | null {
  switch (fusion.kind) {
    case 'identity':
      return null;
    case 'weighted':
      return fittedNumbersProblem('bias', [fusion.bias]) ?? floatsProblem('weights', fusion.weights, k);
    case 'attention':
      return (
        floatsProblem('query', fusion.query, ATTENTION_WIDTH * k) ??
        floatsProblem('key', fusion.key, ATTENTION_WIDTH * k) ??
        floatsProblem('value', fusion.value, ATTENTION_WIDTH * k) ??
        floatsProblem('output', fusion.output, ATTENTION_WIDTH * k)
      );
  }
}

function calibratorProblem(calibrator: Calibrator): string | null {
  const { baseRate, matchThreshold, mismatchThreshold } = calibrator;
  const numbers = { baseRate, matchThreshold, mismatchThreshold };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value)) return `${name} ${value}, expected a finite number`;
  }
  const fitProblem = calibrator.kind === 'isotonic' ? isotonicProblem(calibrator) : plattProblem(calibrator);
  if (fitProblem !== null) return fitProblem;
  if (baseRate <= 0 || baseRate >= 1) return `baseRate ${baseRate}, expected between 0 and 1`;
  if (mismatchThreshold < 0 || matchThreshold > 1 || mismatchThreshold > matchThreshold) {
    return `thresholds ${mismatchThreshold} and ${matchThreshold}, expected 0 <= mismatch <= match <= 1`;
  }
  return calibrator.evidence === undefined ? null : evidenceProblem(calibrator.evidence);
}

function evidenceProblem({ precision, match, mismatch }: DecisionEvidence): string | null {
  if (!(precision > 0 && precision <= 1)) return `precision ${precision}, expected above 0 and at most 1`;
  return (
    evidenceOrderProblem('match evidence', match, 1) ??
    evidenceOrderProblem('mismatch evidence', mismatch, -1)
  );
}

/** @param direction in which thresholds run: 1 ascending, -1 descending */
function evidenceOrderProblem(
  name: string,
  { thresholds, logRatios }: Evidence,
  direction: 1 | -1,
): string | null {
  const count = thresholds.length;
  if (count > MAX_EVIDENCE) return `${name} of ${count} thresholds, expected at most ${MAX_EVIDENCE}`;
  if (logRatios.length !== count) return `${name} of ${logRatios.length} ratios, expected ${count}`;
  for (let i = 0; i < count; i++) {
    const [threshold, logRatio] = [thresholds[i], logRatios[i]];
    if (!(threshold > 0 && threshold < 1)) {
      return `${name} threshold ${threshold} at ${i}, expected between 0 and 1`;
    }
    if (!Number.isFinite(logRatio)) return `${name} ratio ${logRatio} at ${i}, expected a finite number`;
    if (i > 0 && !(direction * (threshold - thresholds[i - 1]) > 0 && logRatio > logRatios[i - 1])) {
      return `${name} ${logRatio} from ${threshold} on at ${i}, expected surer and larger than before`;
    }
  }
  return null;
}

function plattProblem({ slope, intercept, covariance, interval }: PlattFit): string | null {
  const problem =
    fittedNumbersProblem('slope', [slope]) ??
    fittedNumbersProblem('intercept', [intercept]) ??
    fittedNumbersProblem('covariance', covariance);
  if (problem !== null) return problem;
  if (covariance[0] < 0 || covariance[2] < 0) {
    return `variances ${covariance[0]} and ${covariance[2]}, expected none below 0`;
  }
  return interval === undefined ? null : intervalProblem(interval);
}

function intervalProblem({ scores, low, high, slopes }: LogOddsInterval): string | null {
  const count = scores.length;
  if (count < 1 || count > MAX_KNOTS) return `interval of ${count} knots, expected 1 to ${MAX_KNOTS}`;
  for (const [name, values] of Object.entries({ scores, low, high, slopes })) {
    const expected = name === 'slopes' ? 2 : count;
    if (values.length !== expected) {
      return `interval ${name} of ${values.length} numbers, expected ${expected}`;
    }
    const problem = fittedNumbersProblem(`interval ${name}`, values);
    if (problem !== null) return problem;
  }
  if (slopes[0] > slopes[1]) return `interval slopes ${slopes[0]} and ${slopes[1]}, expected ascending`;
  for (let i = 0; i < count; i++) {
    if (i > 0 && scores[i] <= scores[i - 1]) {
      return `interval score ${scores[i]} at ${i} after ${scores[i - 1]}, expected ascending`;
    }
    if (low[i] > high[i]) return `interval ${low[i]} to ${high[i]} at ${i}, expected low to high`;
  }
  return null;
}

function isotonicProblem({ scores, probabilities, low, high }: IsotonicFit): string | null {
  const count = scores.length;
  if (count < 1 || count > MAX_KNOTS) return `${count} knots, expected 1 to ${MAX_KNOTS}`;
  for (const [name, values] of Object.entries({ probabilities, low, high })) {
    const problem = knotsProblem(name, values, count);
    if (problem !== null) return problem;
  }
  // Linear interpolation subtracts neighbours: within these bounds it stays finite.
  const scoresProblem = fittedNumbersProblem('scores', scores);
  if (scoresProblem !== null) return scoresProblem;
  for (let i = 0; i < count; i++) {
    if (i > 0 && scores[i] <= scores[i - 1]) {
      return `score ${scores[i]} at ${i} after ${scores[i - 1]}, expected ascending`;
    }
    if (low[i] > probabilities[i] || high[i] < probabilities[i]) {
      return `interval ${low[i]} to ${high[i]} at ${i}, expected around the probability ${probabilities[i]}`;
    }
  }
  return null;
}

function knotsProblem(name: string, values: Float64Array, count: number): string | null {
  if (values.length !== count) return `${name} of ${values.length} knots, expected ${count}`;
  for (let i = 0; i < count; i++) {
    if (!(values[i] > 0 && values[i] < 1)) return `${name} ${values[i]} at ${i}, expected between 0 and 1`;
    if (i > 0 && values[i] < values[i - 1]) {
      return `${name} ${values[i]} at ${i} after ${values[i - 1]}, expected none that falls`;
    }
  }
  return null;
}

function fittedNumbersProblem(name: string, values: readonly number[] | Float64Array): string | null {
  const bad = values.findIndex((value) => !(Math.abs(value) <= MAX_FITTED));
  if (bad < 0) return null;
  const expected = Number.isFinite(values[bad]) ? `at most ${MAX_FITTED} either way` : 'a finite number';
  return `${name} ${values[bad]}${values.length > 1 ? ` at ${bad}` : ''}, expected ${expected}`;
}

function floatsProblem(name: string, values: Float32Array, length: number, most = Infinity): string | null {
  if (values.length !== length) return `${name} of ${values.length} numbers, expected ${length}`;
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(values[i])) return `${name} ${values[i]} at ${i}, expected a finite number`;
    if (Math.abs(values[i]) > most)
      return `${name} ${values[i]} at ${i}, expected at most ${most} either way`;
  }
  return null;
}

function textProblem(name: string, text: unknown): string | null {
  if (typeof text !== 'string') return `${name} of type ${typeof text}, expected a string`;
  return text.length >= 1 && text.length <= MAX_TEXT_LENGTH
    ? null
    : `${name} of ${text.length} characters, expected 1 to ${MAX_TEXT_LENGTH}`;
}
