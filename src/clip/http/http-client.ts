import type { CircuitBreaker } from '../remote/circuit-breaker.ts';
import { createRemoteClient, type RemoteClient } from '../remote/client.ts';
import { readText } from '../remote/read-text.ts';
import type { Timing } from '../remote/timing.ts';
import type { HttpRoute } from './http-route.ts';
import { toBrokenFailure, toHttpFailure } from './http-failure.ts';
import type { HttpCall } from './preset.ts';
import { readRetryAfter } from './retry-after.ts';
import { WHO } from './rows.ts';

/** `fetch`, or what stands for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What all requests of an isolate share of one peer. */
export interface HttpPeer {
  readonly route: HttpRoute;
  readonly fetch: Fetch;
  readonly breaker: CircuitBreaker;
  readonly timing: Timing;
  /** A line for the operator: what callers may not know. */
  readonly report: (line: string) => void;
}

const POLL_MS = 250;

/** One call of the peer, and of what it sends on to until the answer is there. */
export interface HttpSender {
  /**
   * @returns the answer's parsed JSON
   * @throws EncoderFailure
   */
  readonly post: (call: HttpCall, givenUp: AbortSignal) => Promise<unknown>;
  /** @throws EncoderFailure */
  readonly get: (path: string, givenUp: AbortSignal) => Promise<unknown>;
}

export function createHttpSender({ route, fetch: fetcher, timing, report }: HttpPeer): HttpSender {
  const secrets = [route.key, route.gatewayToken].filter((secret) => secret !== null);

  async function send(url: string, init: RequestInit): Promise<unknown> {
    const log = { where: `${init.method} ${withoutQuery(url)}`, secrets, report };
    let response: Response | undefined;
    try {
      response = await fetcher(url, { ...init, redirect: 'manual' });
      const text =
        response.body === null
          ? ''
          : await readText(response.body, init.signal ?? new AbortController().signal);
      if (response.ok) return JSON.parse(text);
      const retryAfterSeconds = readRetryAfter(response.headers, timing.now());
      throw toHttpFailure({ status: response.status, body: text, retryAfterSeconds }, log);
    } catch (error) {
      throw toBrokenFailure(error, response !== undefined, log);
    }
  }

  async function poll(answer: unknown, givenUp: AbortSignal): Promise<unknown> {
    for (;;) {
      const next = route.preset.pendingUrl?.(answer) ?? null;
      if (next === null || givenUp.aborted) return answer;
      await new Promise<void>((resolve) => timing.startTimer(resolve, POLL_MS));
      answer = await send(sameOrigin(next, route.url), {
        method: 'GET',
        headers: headersOf(route),
        signal: givenUp,
      });
    }
  }

  return {
    async post({ path, body, headers = {} }, givenUp) {
      const isForm = body instanceof FormData;
      const answer = await send(addressOf(route, route.path ?? path), {
        method: 'POST',
        // A form brings its own type, with its boundary.
        headers: {
          ...headersOf(route),
          ...(isForm ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: isForm ? body : JSON.stringify(body),
        signal: givenUp,
      });
      return poll(answer, givenUp);
    },
    get: (path, givenUp) =>
      send(addressOf(route, path), { method: 'GET', headers: headersOf(route), signal: givenUp }),
  };
}

/** A client for the calls of one request, see `createRemoteClient`. @param endsAt by the peer's clock */
export function createHttpClient({ breaker, timing, route, report }: HttpPeer, endsAt: number): RemoteClient {
  const log = { where: withoutQuery(route.url), secrets: [], report };
  const toFailure = (error: unknown) => toBrokenFailure(error, true, log);
  return createRemoteClient({ who: WHO, breaker, timing, toFailure }, endsAt, route.deadlineMs);
}

function headersOf({ key, gatewayToken }: HttpRoute): Record<string, string> {
  return {
    accept: 'application/json',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    ...(gatewayToken === null ? {} : { 'cf-aig-authorization': `Bearer ${gatewayToken}` }),
  };
}

/** The base URL, the preset's base path unless it is there, and the path; a query of the base URL stays. */
function addressOf({ url, preset: { basePath } }: HttpRoute, path: string): string {
  const address = new URL(url);
  const base = address.pathname.replace(/\/+$/, '');
  address.pathname = `${base.endsWith(basePath) ? base : base + basePath}${path}`;
  return address.href;
}

/** Where a peer sends on to, the key goes too: never to another place. */
function sameOrigin(next: string, url: string): string {
  const address = new URL(next, url);
  if (address.origin !== new URL(url).origin) throw new TypeError(`sends on to ${address.origin}`);
  return address.href;
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
