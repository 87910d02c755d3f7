import { shorten } from '../../errors.ts';
import { wrongAnswer } from '../remote/failure.ts';
import { isRecord, WHO } from './rows.ts';

/** A JSON pointer (RFC 6901), or the empty text for the whole answer; the step `*`, which RFC 6901 has not, takes every element. */
export const POINTER = /^(\/([^/~]|~[01])*)*$/;

/**
 * What a pointer points at.
 * @param pointer matches POINTER
 * @throws EncoderFailure when the answer has nothing there
 */
export function followPointer(answer: unknown, pointer: string): unknown {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return follow(answer, steps, pointer);
}

function follow(value: unknown, steps: readonly string[], pointer: string): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (Array.isArray(value)) {
    if (step === '*') return value.map((element) => follow(element, rest, pointer));
    if (/^(0|[1-9]\d*)$/.test(step) && Number(step) < value.length)
      return follow(value[Number(step)], rest, pointer);
  } else if (isRecord(value) && Object.hasOwn(value, step)) return follow(value[step], rest, pointer);
  const has = isRecord(value)
    ? Object.keys(value).slice(0, 8).join(', ')
    : Array.isArray(value)
      ? `a list of ${value.length}`
      : typeof value;
  throw wrongAnswer(
    `${WHO} gave no list of vectors`,
    `ENCODER_VECTORS_POINTER is ${pointer}; where it ends there is ${shorten(has)}`,
  );
}
