import { AppError, shorten } from '../../errors.ts';
import { toUnitVectors } from '../unit-vectors.ts';

/**
 * Find, check and normalise the vectors of an answer.
 * @param path steps to the list of vectors; `*` takes every element (`data.*.embedding`)
 * @param count vectors expected; with 1 a bare vector in place of the list is taken too
 * @throws AppError ENCODER_FAILED naming what was expected and what came
 */
export function readVectors(
  answer: unknown,
  path: readonly string[],
  count: number,
  dim: number,
): Float32Array[] {
  const found = follow(answer, path, []);
  if (!Array.isArray(found)) {
    throw new AppError(
      'ENCODER_FAILED',
      `The AI model's answer holds no list at ${path.join('.')}: check AI_VECTORS_PATH`,
    );
  }
  const rows: readonly unknown[] = count === 1 && typeof found[0] === 'number' ? [found] : found;
  if (rows.length !== count) {
    throw new AppError('ENCODER_FAILED', `The AI model gave ${rows.length} vectors, expected ${count}`);
  }
  return rows.map((row) => readVector(row, dim));
}

function follow(value: unknown, path: readonly string[], walked: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === '*') {
    if (Array.isArray(value))
      return value.map((element: unknown) => follow(element, rest, [...walked, step]));
  } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, step)) {
    return follow((value as Record<string, unknown>)[step], rest, [...walked, step]);
  }
  const found = describe(value);
  const at = walked.length === 0 ? '' : ` at ${walked.join('.')}`;
  throw new AppError(
    'ENCODER_FAILED',
    `The AI model's answer${at} has ${found}, expected ${step}: check AI_VECTORS_PATH`,
  );
}

function readVector(row: unknown, dim: number): Float32Array {
  if (!Array.isArray(row))
    throw new AppError('ENCODER_FAILED', `The AI model gave ${typeof row}, expected a vector of numbers`);
  if (row.length !== dim)
    throw new AppError(
      'ENCODER_FAILED',
      `The AI model gave a vector of ${row.length} numbers, expected ${dim}`,
    );
  if (!row.every((value) => typeof value === 'number')) {
    throw new AppError(
      'ENCODER_FAILED',
      'The AI model gave a vector with something other than numbers in it',
    );
  }
  return toUnitVectors(row as number[], 1, dim)[0];
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return shorten(Object.keys(value).slice(0, 8).join(', ')) || 'nothing in it';
  return value === null ? 'null' : typeof value;
}
