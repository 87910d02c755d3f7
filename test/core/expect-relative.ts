import { expect } from 'vitest';

/** Every number within `tolerance` of the expected one relative to it; null stands for NaN. */
export function expectRelative(
  actual: ArrayLike<number>,
  expected: ArrayLike<number | null>,
  tolerance: number,
): void {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i] ?? NaN;
    if (Number.isFinite(value)) {
      expect(Math.abs(actual[i] - value), `number ${i}`).toBeLessThanOrEqual(tolerance * Math.abs(value));
    } else {
      expect(actual[i], `number ${i}`).toBe(value);
    }
  }
}
