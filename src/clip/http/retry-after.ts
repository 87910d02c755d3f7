/** Longer than any request waits; a peer that says more says no. */
const MAX_SECONDS = 3600;

/**
 * Seconds until a peer may be asked again: `retry-after-ms` (OpenAI), or `Retry-After` as seconds or a date (RFC 9110, 10.2.3).
 * @param now milliseconds since 1970
 * @returns at least 0 and at most an hour, or undefined where nothing that can be read is said
 */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const milliseconds = headers.get('retry-after-ms');
  if (milliseconds !== null && /^\d+(\.\d+)?$/.test(milliseconds)) return within(Number(milliseconds) / 1000);
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return within(Number(value));
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : within((at - now) / 1000);
}

function within(seconds: number): number {
  return Math.min(Math.max(seconds, 0), MAX_SECONDS);
}
