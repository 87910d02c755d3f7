import { type AppError, shorten } from '../../errors.ts';
import { wrongAnswer } from '../remote/failure.ts';
import { readVector } from '../remote/read-vector.ts';

const ADVICE = 'check AI_VECTORS_PATH';

/**
 * Find, check and normalise the vectors of an answer.
 * @param path steps to the list of vectors; `*` takes every element (`data.*.embedding`)
 * @param count vectors expected; with 1 a bare vector in place of the list is taken too
 * @returns one slot an input: its vector, or the error of a vector that is not one of `dim` finite numbers
 * @throws EncoderFailure ENCODER_FAILED naming what was expected and what came, when there are not `count` of them
 */
export function readVectors(
  answer: unknown,
  path: readonly string[],
  count: number,
  dim: number,
): (Float32Array | AppError)[] {
  const found = follow(answer, path, []);
  if (!Array.isArray(found)) {
    throw wrongAnswer(`The AI model's answer holds no list at ${path.join('.')}`, ADVICE);
  }
  const rows: readonly unknown[] = count === 1 && typeof found[0] === 'number' ? [found] : found;
  if (rows.length !== count) {
    throw wrongAnswer(`The AI model gave ${rows.length} vectors, expected ${count}`);
  }
  return rows.map((row) => readVector(row, dim, 'The AI model'));
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
  throw wrongAnswer(`The AI model's answer${at} has ${found}, expected ${step}`, ADVICE);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return shorten(Object.keys(value).slice(0, 8).join(', ')) || 'nothing in it';
  return value === null ? 'null' : typeof value;
}
