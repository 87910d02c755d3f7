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

/**
 * Ask once, for what takes I/O of the request that asks first: only its answer is kept. Callers before it is there each ask themselves: in
 * workerd the I/O of a request whose client has left never ends, and whoever waited for it would wait for good.
 */
export function keepAnswer<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let kept: { readonly answer: Value } | null = null;
  return async () => {
    if (kept !== null) return kept.answer;
    const answer = await ask();
    kept = { answer };
    return answer;
  };
}
