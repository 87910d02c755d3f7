import { isBlank } from '../../clip/blank-text.ts';
import { AppError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';

/**
 * The one rule on texts, wherever they stand: something to see in them, and not too much.
 * @throws AppError BAD_INPUT for a blank one, LIMIT_EXCEEDED
 */
export function assertText(text: string): void {
  if (text.length > LIMITS.textCharacters) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `Expected a text of at most ${LIMITS.textCharacters} characters, got ${text.length}.`,
    );
  }
  if (!isBlank(text)) return;
  const got = text === '' ? 'an empty one' : `a blank one of ${text.length} characters`;
  throw new AppError('BAD_INPUT', `Expected a text with something to read in it, got ${got}.`);
}
