import {
  type DecisionEvidence,
  type Evidence,
  type LogOddsInterval,
  MAX_EVIDENCE,
  MAX_KNOTS,
} from '../core/scoring/selection-model.ts';
import { corrupt } from './corrupt-record.ts';

// The byte tables are in docs/kv-layout.md.
const COUNT_BYTES = 8;
/** Score and both ends, in log-odds. */
const NUMBERS_A_KNOT = 3;
const SLOPES = 2;

export function intervalBytes({ scores }: LogOddsInterval): number {
  return COUNT_BYTES + 8 * (SLOPES + NUMBERS_A_KNOT * scores.length);
}

/** @param view of `intervalBytes` */
export function writeInterval(view: DataView, { scores, low, high, slopes }: LogOddsInterval): void {
  view.setUint32(0, scores.length, true);
  writeDoubles(view, COUNT_BYTES, [...slopes, ...scores, ...low, ...high]);
}

/** @throws AppError STORAGE_FAILED unless the bytes are whole; what they hold is for `findSelectionProblem` */
export function readInterval(view: DataView): LogOddsInterval {
  const [count, unused] = readCounts(view, 'interval', MAX_KNOTS);
  if (unused !== 0) throw corrupt(`interval with ${unused} beside its knots, expected 0`);
  const doubles = doublesOf(view, 'interval', SLOPES + NUMBERS_A_KNOT * count);
  const [lowest, highest] = doubles(SLOPES);
  return { slopes: [lowest, highest], scores: doubles(count), low: doubles(count), high: doubles(count) };
}

export function evidenceBytes({ match, mismatch }: DecisionEvidence): number {
  return COUNT_BYTES + 8 * (1 + 2 * (match.thresholds.length + mismatch.thresholds.length));
}

/** @param view of `evidenceBytes` */
export function writeEvidence(view: DataView, { precision, match, mismatch }: DecisionEvidence): void {
  view.setUint32(0, match.thresholds.length, true);
  view.setUint32(4, mismatch.thresholds.length, true);
  const sides = [match, mismatch].flatMap(({ thresholds, logRatios }) => [...thresholds, ...logRatios]);
  writeDoubles(view, COUNT_BYTES, [precision, ...sides]);
}

/** @throws AppError STORAGE_FAILED unless the bytes are whole; what they hold is for `findSelectionProblem` */
export function readEvidence(view: DataView): DecisionEvidence {
  const [match, mismatch] = readCounts(view, 'evidence', MAX_EVIDENCE);
  const doubles = doublesOf(view, 'evidence', 1 + 2 * (match + mismatch));
  const [precision] = doubles(1);
  const side = (count: number): Evidence => ({ thresholds: doubles(count), logRatios: doubles(count) });
  return { precision, match: side(match), mismatch: side(mismatch) };
}

function readCounts(view: DataView, name: string, most: number): [number, number] {
  if (view.byteLength < COUNT_BYTES) {
    throw corrupt(`${name} of ${view.byteLength} bytes, expected at least ${COUNT_BYTES}`);
  }
  const [first, second] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (first > most || second > most) {
    throw corrupt(`${name} of ${first} and ${second} numbers, expected at most ${most}`);
  }
  return [first, second];
}

/** Reads on from the counts. @param total of all numbers there are to be */
function doublesOf(view: DataView, name: string, total: number): (count: number) => Float64Array {
  const expected = COUNT_BYTES + 8 * total;
  if (view.byteLength !== expected) {
    throw corrupt(`${name} of ${view.byteLength} bytes, expected ${expected}`);
  }
  let offset = COUNT_BYTES;
  return (count) =>
    Float64Array.from({ length: count }, () => {
      offset += 8;
      return view.getFloat64(offset - 8, true);
    });
}

function writeDoubles(view: DataView, start: number, values: readonly number[]): void {
  values.forEach((value, i) => view.setFloat64(start + 8 * i, value, true));
}
