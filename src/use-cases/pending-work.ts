/**
 * Counts what a request still waits for before it knows everything it has to encode: selections being read, images being
 * downloaded. A batch goes out when nothing is pending, so that all fields and aliases of a request share it.
 */
export interface PendingWork {
  /** Count the work until it settles; gives the same promise back. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
  /** Resolves once nothing is pending and nobody has added anything in answer to what settled last. Never rejects. */
  readonly settled: () => Promise<void>;
}

export function createPendingWork(): PendingWork {
  const active = new Set<Promise<unknown>>();
  return {
    track(work) {
      active.add(work);
      const remove = (): void => void active.delete(work);
      work.then(remove, remove);
      return work;
    },
    async settled() {
      do {
        await Promise.allSettled(active);
        // A turn of the event loop: every continuation of the settled work has run, and has tracked what it started. It takes 4
        // microseconds of CPU in workerd, and inputs that need no batch do not wait for it.
        await new Promise((resolve) => setTimeout(resolve, 0));
      } while (active.size > 0);
    },
  };
}
