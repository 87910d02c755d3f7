import {
  ANY_WEIGHTS,
  type AnyMatch,
  type AnyMatchFit,
  RESULT_WEIGHTS,
} from '../core/calibration/any-match.ts';
import { corrupt } from './corrupt-record.ts';

// The byte table is in docs/kv-layout.md.
const MODALITY_BYTES = 8 * (1 + ANY_WEIGHTS + RESULT_WEIGHTS);
/** Images, then texts; whichever is not there is all zeros. */
export const ANY_MATCH_BYTES = 2 * MODALITY_BYTES;
/** Far above any fit, low enough that sums stay finite. */
const MAX_WEIGHT = 1e15;

/** @param view of ANY_MATCH_BYTES */
export function writeAnyMatch(view: DataView, { image, text }: AnyMatch): void {
  [image, text].forEach((fit, i) => {
    if (fit === null) return;
    const numbers = [1, ...fit.any, ...fit.result];
    numbers.forEach((value, j) => view.setFloat64(i * MODALITY_BYTES + 8 * j, value, true));
  });
}

/** @throws AppError STORAGE_FAILED for another length, or zeros without being all zeros */
export function readAnyMatch(view: DataView): AnyMatch {
  if (view.byteLength !== ANY_MATCH_BYTES) {
    throw corrupt(`any-match section of ${view.byteLength} bytes, expected ${ANY_MATCH_BYTES}`);
  }
  return { image: readFit(view, 0), text: readFit(view, MODALITY_BYTES) };
}

function readFit(view: DataView, start: number): AnyMatchFit | null {
  const numbers = Float64Array.from({ length: MODALITY_BYTES / 8 }, (_, i) =>
    view.getFloat64(start + 8 * i, true),
  );
  const isThere = numbers[0] === 1;
  if (!isThere && !numbers.every((value) => Object.is(value, 0))) {
    throw corrupt(`any-match flag ${numbers[0]}, expected 1, or zeros alone`);
  }
  return isThere ? { any: numbers.slice(1, 1 + ANY_WEIGHTS), result: numbers.slice(1 + ANY_WEIGHTS) } : null;
}

/** What is wrong with it, in words that name the expected and the actual, or null when nothing is. */
export function anyMatchProblem({ image, text }: AnyMatch): string | null {
  return fitProblem('image', image) ?? fitProblem('text', text);
}

function fitProblem(name: string, fit: AnyMatchFit | null): string | null {
  if (fit === null) return null;
  const { any, result } = fit;
  if (any.length !== ANY_WEIGHTS || result.length !== RESULT_WEIGHTS) {
    return `any match by ${name}: ${any.length} and ${result.length} weights, expected ${ANY_WEIGHTS} and ${RESULT_WEIGHTS}`;
  }
  const bad = [...any, ...result].find((value) => !(Math.abs(value) <= MAX_WEIGHT));
  return bad === undefined
    ? null
    : `any match by ${name}: weight ${bad}, expected at most ${MAX_WEIGHT} either way`;
}
