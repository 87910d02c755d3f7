import { AlignqlError, type AlignqlErrorCode } from './errors.ts';
import type { RequestBody } from './request-body.ts';

/** Where requests go, and with what. */
export interface Transport {
  readonly endpoint: string;
  readonly key: string | undefined;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export interface GraphqlAnswer<Data> {
  readonly data: Data;
  readonly requestId: string | null;
}

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Extensions }[];
  /** Of a problem (RFC 9457), which is what the API answers outside GraphQL. */
  readonly title?: string;
  readonly code?: AlignqlErrorCode;
}

interface Extensions {
  readonly code?: AlignqlErrorCode;
  readonly retryable?: boolean;
  readonly retryAfterSeconds?: number;
  /** A page of another origin may read no header that is not exposed to it. */
  readonly requestId?: string;
}

/** The first tells errors by the HTTP status too. */
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
const RETRYABLE_STATUSES = [429, 502, 503, 504];

/**
 * Send one request, once.
 * @throws AlignqlError; the signal's reason when it is aborted
 */
export async function post<Data>(
  { endpoint, key, fetch }: Transport,
  request: Promise<RequestBody>,
  signal: AbortSignal | undefined,
): Promise<GraphqlAnswer<Data>> {
  const { body, headers } = await request;
  const init: RequestInit = {
    method: 'POST',
    body,
    // Not every runtime takes the key off a request that it sends on to another origin.
    redirect: 'manual',
    headers: { accept: ACCEPT, ...headers, ...(key && { authorization: `Bearer ${key}` }) },
    signal: signal ?? null,
  };
  let response: Response;
  let text: string;
  try {
    response = await fetch(endpoint, init);
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    const message = `No answer from ${endpoint}: ${String(cause)}`;
    throw new AlignqlError({ code: 'NETWORK_FAILED', message, retryable: true, cause });
  }
  const requestId = response.headers.get('x-request-id');
  return { data: readData(response, text, requestId) as Data, requestId };
}

function readData({ status, headers }: Response, text: string, header: string | null): unknown {
  // Of status 0 in a browser, which hides where to.
  const isRedirect = status === 0 || (status >= 300 && status < 400);
  const body = isRedirect ? null : parseBody(text);
  const shown = isRedirect ? `redirect to ${headers.get('location') ?? 'elsewhere'}` : text.slice(0, 100);
  // Another service may call something else so.
  const error = body?.errors?.[0];
  if (!error && body?.data) return body.data;
  const { code, retryable, retryAfterSeconds, requestId }: Extensions = error?.extensions ?? body ?? {};
  throw new AlignqlError({
    code: code ?? 'UNEXPECTED_ANSWER',
    message: error?.message ?? body?.title ?? `HTTP ${status}, not an answer of the API: ${shown}`,
    retryable: retryable ?? RETRYABLE_STATUSES.includes(status),
    status: status || null,
    requestId: requestId ?? header,
    retryAfter: retryAfterSeconds ?? secondsOf(headers.get('retry-after')),
  });
}

function parseBody(text: string): Body | null {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return null;
  }
}

/** @param header `Retry-After`: seconds or a date (RFC 9110, 10.2.3) */
function secondsOf(header: string | null): number | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? null : Math.max(0, Math.ceil(seconds));
}
