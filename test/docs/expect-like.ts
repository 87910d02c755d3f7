import { expect } from 'vitest';

/** Answers are shown with the digits of one machine; wasm and native kernels of another differ below this. */
const ANSWER_TOLERANCE = 0.02;

/** Same shape and words; numbers as near as another machine's kernels come. */
export function expectLike(actual: unknown, shown: unknown, path = 'answer'): void {
  if (typeof shown === 'number') {
    expect(typeof actual, path).toBe('number');
    expect(
      Math.abs(Number(actual) - shown),
      `${path}: got ${String(actual)}, shown ${shown}`,
    ).toBeLessThanOrEqual(ANSWER_TOLERANCE * Math.max(1, Math.abs(shown)));
  } else if (Array.isArray(shown)) {
    expect(actual, path).toHaveLength(shown.length);
    shown.forEach((item, i) => expectLike((actual as unknown[])[i], item, `${path}[${i}]`));
  } else if (typeof shown === 'object' && shown !== null) {
    expect(Object.keys(actual as object).sort(), path).toEqual(Object.keys(shown).sort());
    for (const [key, value] of Object.entries(shown)) {
      expectLike((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  } else {
    expect(actual, path).toEqual(shown);
  }
}
