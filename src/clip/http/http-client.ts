import type { CircuitBreaker } from '../remote/circuit-breaker.ts';
import { createRemoteClient, type RemoteClient } from '../remote/client.ts';
import { EncoderFailure, FAILURES } from '../remote/failure.ts';
import { readText } from '../remote/read-text.ts';
import { type Timing, pause } from '../remote/timing.ts';
import { type HttpRoute, originOf } from './http-route.ts';
import { toBrokenFailure, toHttpFailure, toInputFailure } from './http-failure.ts';
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

/** A POST as it is sent. */
interface PreparedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: FormData | string;
}

/** One call of the peer, and of what it sends on to until the answer is there. */
export interface HttpSender {
  /** What goes over the wire, written once for all tries: pictures as base64 are large. */
  readonly prepare: (call: HttpCall) => PreparedCall;
  /**
   * @returns the answer's parsed JSON
   * @throws EncoderFailure
   */
  readonly post: (call: PreparedCall, givenUp: AbortSignal) => Promise<unknown>;
  /** @throws EncoderFailure */
  readonly get: (path: string, givenUp: AbortSignal) => Promise<unknown>;
}

export function createHttpSender({ route, fetch: fetcher, timing, report }: HttpPeer): HttpSender {
  const secrets = secretsOf(route);

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
      const failure = route.preset.failureIn?.(answer) ?? null;
      if (failure !== null)
        throw toInputFailure(failure, { where: withoutQuery(route.url), secrets, report });
      const next = route.preset.pendingUrl?.(answer) ?? null;
      if (next === null || givenUp.aborted) return answer;
      await pause(timing, POLL_MS);
      answer = await ask(sameOrigin(next, route), givenUp);
    }
  }

  /** A question that fails for want of capacity is asked again: the POST before it was accepted, and would be done and paid twice. */
  async function ask(url: string, givenUp: AbortSignal): Promise<unknown> {
    for (;;) {
      try {
        return await send(url, { method: 'GET', headers: headersOf(route), signal: givenUp });
      } catch (error) {
        const failure = error as EncoderFailure;
        if (failure.again === 'never' || givenUp.aborted) throw error;
        await pause(timing, Math.max(POLL_MS, failure.retryAfterMs));
        if (givenUp.aborted) throw error;
      }
    }
  }

  return {
    prepare({ path, body, headers = {} }) {
      const isForm = body instanceof FormData;
      // A form brings its own type, with its boundary.
      const type = isForm ? {} : { 'content-type': 'application/json' };
      return {
        url: addressOf(route, route.path ?? path),
        headers: { ...headersOf(route), ...type, ...headers },
        body: isForm ? body : JSON.stringify(body),
      };
    },
    async post({ url, headers, body }, givenUp) {
      return poll(await send(url, { method: 'POST', headers, body, signal: givenUp }), givenUp);
    },
    get: (path, givenUp) =>
      send(addressOf(route, path), { method: 'GET', headers: headersOf(route), signal: givenUp }),
  };
}

/** A client for the calls of one request, see `createRemoteClient`. @param endsAt by the peer's clock */
export function createHttpClient({ breaker, timing, route, report }: HttpPeer, endsAt: number): RemoteClient {
  const log = { where: withoutQuery(route.url), secrets: secretsOf(route), report };
  const toFailure = (error: unknown) => toBrokenFailure(error, true, log);
  return createRemoteClient({ who: WHO, breaker, timing, toFailure }, endsAt, route.deadlineMs);
}

/** Never to be written. */
function secretsOf({ key, gatewayToken }: HttpRoute): string[] {
  return [key, gatewayToken].filter((secret) => secret !== null);
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

/** Where a peer sends on to, the key goes too: never to another place. @throws EncoderFailure */
function sameOrigin(next: string, route: HttpRoute): string {
  const address = URL.canParse(next, route.url) ? new URL(next, route.url) : null;
  if (address?.origin === originOf(route)) return address.href;
  const elsewhere = new Error(`it sends on to ${address?.origin ?? 'no address'}, where the key may not go`);
  throw new EncoderFailure(FAILURES.closed, `${WHO} gave no answer; the log has the cause`, {
    cause: elsewhere,
  });
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
