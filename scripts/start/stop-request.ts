export interface StopRequest {
  /** Aborts at the first signal. */
  readonly signal: AbortSignal;
  /** Settles at the first signal. */
  readonly requested: Promise<null>;
  /** From now on a signal only sets the two above; before, it also ends this process, with exit code 0. */
  beGraceful(): void;
}

/** Listens for Ctrl-C, SIGTERM and a closed terminal. Call it before others (Miniflare) add listeners that exit. */
export function listenForStop(): StopRequest {
  const controller = new AbortController();
  const { promise: requested, resolve } = Promise.withResolvers<null>();
  let isGraceful = false;
  const onSignal = (): void => {
    controller.abort();
    resolve(null);
    if (!isGraceful) process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    requested,
    beGraceful: () => {
      isGraceful = true;
    },
  };
}
