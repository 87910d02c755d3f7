/** What stands behind the prefix of those keys that have it. */
export function namesUnder(keys: Iterable<string>, prefix: string): Set<string> {
  return new Set([...keys].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)));
}

/** Milliseconds since 1970 in a value's metadata; null when there is no such time. */
export function timeIn(metadata: unknown, field: string): number | null {
  if (typeof metadata !== 'object' || metadata === null) return null;
  const value: unknown = (metadata as Record<string, unknown>)[field];
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isFinite(time) ? time : null;
}
