/**
 * Load once, when first asked: concurrent callers share the one attempt, and a failed attempt is forgotten, so that the next
 * caller tries again.
 */
export function lazy<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let pending: Promise<Value> | null = null;
  return () => {
    pending ??= load().catch((error: unknown) => {
      pending = null;
      throw error;
    });
    return pending;
  };
}
