import { AppError } from '../errors.ts';

/** What lies under a key, for whoever may put something else there. */
export interface StoredOrDamaged<T> {
  /** Null where there is nothing, or nothing that can be read. */
  readonly value: T | null;
  /** Why it cannot be read; null otherwise. Storage that does not answer is no damage, and thrown. */
  readonly damage: AppError | null;
}

/** What decoding gives, or the AppError that it throws. @param decode of bytes that were read already */
export function decodedOrDamaged<T>(decode: () => T): StoredOrDamaged<T> {
  try {
    return { value: decode(), damage: null };
  } catch (error) {
    if (error instanceof AppError) return { value: null, damage: error };
    throw error;
  }
}
