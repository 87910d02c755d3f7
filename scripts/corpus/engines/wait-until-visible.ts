import { AppError } from '../../../src/errors.ts';
import type { VectorEngine } from '../../../src/search/engine.ts';

/** Vectorize shows half of its changes within 30 s and 99 in 100 within two minutes, by its own account. */
const VISIBLE_WITHIN_MS = 900_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5000;

/**
 * Asks again and again, more and more slowly.
 * @param otherwise how things stand where it takes too long, and what to do
 * @throws AppError STORAGE_FAILED then
 */
export async function waitUntilVisible(
  engine: Pick<VectorEngine, 'isVisible'>,
  mutation: string,
  otherwise: string,
): Promise<void> {
  const until = Date.now() + VISIBLE_WITHIN_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (await engine.isVisible(mutation)) return;
    if (Date.now() > until) {
      throw new AppError(
        'STORAGE_FAILED',
        `what was written is not seen after ${VISIBLE_WITHIN_MS / 60_000} minutes; ${otherwise}`,
      );
    }
  }
}
