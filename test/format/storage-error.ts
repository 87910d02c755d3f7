import { expect } from 'vitest';

/** What `toThrow` takes for a STORAGE_FAILED of this message. */
export function storageError(message: RegExp): object {
  return expect.objectContaining({
    name: 'AppError',
    code: 'STORAGE_FAILED',
    message: expect.stringMatching(message) as string,
  }) as object;
}
