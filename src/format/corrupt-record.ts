import { AppError } from '../errors.ts';

/** The error of every unreadable record; `detail` names the actual and the expected. */
export function corrupt(detail: string, options?: ErrorOptions): AppError {
  return new AppError('STORAGE_FAILED', `Corrupt selection record: ${detail}`, options);
}
