import { describe, expect, it } from 'vitest';
import { AppError, againAs, whatThereIs } from '../../src/errors.ts';

describe('what there is', () => {
  it('is told in words: none, one, some, and ten of many', () => {
    expect(whatThereIs([])).toBe('There is none.');
    expect(whatThereIs(['default'])).toBe('There is "default".');
    expect(whatThereIs(['a', 'b'])).toBe('There are "a", "b".');
    const many = Array.from({ length: 12 }, (_, i) => `n${i}`);
    expect(whatThereIs(many)).toBe(
      'There are "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9" and 2 more.',
    );
  });

  it('repeats no name in full that is without end', () => {
    expect(whatThereIs(['x'.repeat(1e6)]).length).toBeLessThan(120);
  });
});

describe('an error that tells another one', () => {
  it('may be asked about again when that one may', () => {
    const gone = new AppError('ENCODER_FAILED', 'gone', { retryable: true });
    const told = new AppError(gone.code, 'Item 0: gone', { cause: gone, ...againAs(gone) });
    expect([told.retryable, told.retryAfterSeconds]).toEqual([true, null]);
    const busy = new AppError('ENCODER_BUSY', 'busy', { retryAfterSeconds: 3 });
    expect(againAs(busy)).toEqual({ retryable: true, retryAfterSeconds: 3 });
    expect(new AppError('ENCODER_FAILED', 'broken').retryable).toBe(false);
  });
});
