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

interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly path?: string;
}

/**
 * Send these requests in turn over each of so many connections, as fast as they are answered.
 * @throws Error when a connection fails, an answer is no 2xx, comes late (10 s), or fails its check
 */
export async function runLoad(
  url: string,
  requests: readonly LoadRequest[],
  { connections, seconds, path = '/graphql' }: LoadOptions,
): Promise<LoadRun> {
  const latencies: number[] = [];
  let refused: unknown = null;
  const run = autocannon({
    url: url + path,
    connections,
    duration: seconds,
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
  run.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  const { errors, timeouts, non2xx, duration } = await run;
  if (refused !== null) throw refused;
  if (errors + timeouts + non2xx > 0 || latencies.length === 0) {
    throw new Error(
      `expected 2xx answers only, got ${latencies.length} answers, ${non2xx} of them no 2xx, ${errors} errors and ${timeouts} timeouts`,
    );
  }
  return { requestsPerSecond: latencies.length / duration, latencies: latencies.sort((a, b) => a - b) };
}

/** @param share in [0, 1], of ascending values */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
