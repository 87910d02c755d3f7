const PARENT_CHECK_MS = 300;

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
  if (process.env.npm_lifecycle_event !== undefined) onLostParent(onSignal);
  return {
    signal: controller.signal,
    requested,
    beGraceful: () => {
      isGraceful = true;
    },
  };
}

/** npm passes SIGTERM to its shell only, which ends without telling this process: seen by its new parent. */
function onLostParent(stop: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_CHECK_MS);
  timer.unref();
}
