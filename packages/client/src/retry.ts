import { AlignqlError } from './errors.ts';

export interface RetryRules {
  /** How often a call is repeated at most. */
  readonly retries: number;
  /** Seconds of waiting that a caller is kept for: where the API asks for more, its error is thrown at once. */
  readonly maxRetryAfter: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** @returns milliseconds to wait before the call is repeated; null: repeating cannot help, or was tried enough */
export function pauseBefore(error: unknown, tried: number, rules: RetryRules): number | null {
  if (!(error instanceof AlignqlError) || !error.retryable || tried >= rules.retries) return null;
  const asked = error.retryAfter ?? 0;
  if (asked > rules.maxRetryAfter) return null;
  const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried);
  // Clients that failed together shall not come back together.
  return asked * 1_000 + grown * (0.5 + Math.random() / 2);
}

/** A promise that the signal ends at once, with its reason. */
export function endedBy<Result>(
  signal: AbortSignal | undefined,
  begin: (resolve: (result: Result) => void, reject: (error: unknown) => void) => void,
): Promise<Result> {
  let abort = (): void => undefined;
  return new Promise<Result>((resolve, reject) => {
    signal?.throwIfAborted();
    abort = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    begin(resolve, reject);
  }).finally(() => signal?.removeEventListener('abort', abort));
}

export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return endedBy<void>(signal, (resolve) => {
    timer = setTimeout(resolve, milliseconds);
  }).finally(() => clearTimeout(timer));
}

/** Runs `attempt` until it succeeds, or fails in a way that another attempt does not mend. */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  rules: RetryRules,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const wait = pauseBefore(error, tried, rules);
      if (wait === null) throw error;
      await pause(wait, signal);
    }
  }
}
