import autocannon from 'autocannon';

/** What a load of some seconds gave. */
export interface LoadRun {
  readonly requestsPerSecond: number;
  /** From the request's last byte to the answer's, in milliseconds, ascending. */
  readonly latencies: readonly number[];
}

interface LoadRequest {
  readonly body: string;
  /** @throws Error unless the answer is the one expected */
  readonly check: (status: number, text: string) => void;
}

/** For one answer, where a number of requests is measured whatever it takes. */
const AMOUNT_TIMEOUT_SECONDS = 120;

interface LoadOptions {
  readonly connections: number;
  readonly seconds?: number;
  /** So many requests instead: all are answered, and none is left behind for whoever is measured next. */
  readonly amount?: number;
  readonly path?: string;
}

/**
 * Send these requests in turn over each of so many connections, as fast as they are answered.
 * @throws Error when a connection fails, an answer is no 2xx, comes late (10 s, or 2 minutes with an amount), or fails its check
 */
export async function runLoad(
  url: string,
  requests: readonly LoadRequest[],
  { connections, seconds, amount, path = '/graphql' }: LoadOptions,
): Promise<LoadRun> {
  const latencies: number[] = [];
  const started = performance.now();
  let lastAnswer = started;
  let refused: unknown = null;
  const run = autocannon({
    url: url + path,
    connections,
    ...(amount === undefined ? {} : { amount, timeout: AMOUNT_TIMEOUT_SECONDS }),
    ...(seconds === undefined ? {} : { duration: seconds }),
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    requests: requests.map(({ body, check }) => ({
      body,
      onResponse(status, text) {
        try {
          check(status, text);
        } catch (error) {
          refused ??= error;
        }
      },
    })),
  });
  run.on('response', (_client, _status, _bytes, milliseconds) => {
    latencies.push(milliseconds);
    lastAnswer = performance.now();
  });
  const { errors, timeouts, non2xx, duration } = await run;
  if (refused !== null) throw refused;
  if (errors + timeouts + non2xx > 0 || latencies.length === 0) {
    throw new Error(
      `expected 2xx answers only, got ${latencies.length} answers, ${non2xx} of them no 2xx, ${errors} errors and ${timeouts} timeouts`,
    );
  }
  // With an amount the library goes on to the next whole second.
  const tookSeconds = amount === undefined ? duration : (lastAnswer - started) / 1000;
  return { requestsPerSecond: latencies.length / tookSeconds, latencies: latencies.sort((a, b) => a - b) };
}

/** @param share in [0, 1], of ascending values */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
