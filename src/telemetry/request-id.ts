/** Of a request that has none: what a log, a header and a JSON text can hold as it is, and no longer than two UUIDs. */
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._-]{0,71}$/;

export const REQUEST_ID_HEADER = 'x-request-id';

/**
 * What names a request in its answer, in the log and in its errors: the caller's own `x-request-id` where that is well formed
 * (1 to 72 letters, digits, dots, hyphens and underscores, the first a letter or a digit), else a fresh UUID.
 */
export function requestIdOf(headers: Headers): string {
  const given = headers.get(REQUEST_ID_HEADER);
  return given !== null && WELL_FORMED.test(given) ? given : crypto.randomUUID();
}
