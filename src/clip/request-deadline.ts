/**
 * Until when everything that one request has encoded must be done. The first call to an encoder sets it; later ones, of the other
 * modality too, share it.
 * @param now milliseconds, of any clock that all calls use
 * @param timeoutMs from the first call on
 * @returns the moment, by the same clock
 */
export type RequestDeadline = (now: number, timeoutMs: number) => number;

export function createRequestDeadline(): RequestDeadline {
  let endsAt: number | undefined;
  return (now, timeoutMs) => (endsAt ??= now + timeoutMs);
}

/** Of encoders elsewhere, where AI_TIMEOUT_MS and ENCODER_DEADLINE_MS do not say otherwise. */
export const DEFAULT_DEADLINE_MS = 20_000;
