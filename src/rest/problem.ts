import type { Refusal } from '../access/caller.ts';
import type { ProblemBody } from './problem-schema.ts';

/** What RFC 9457 calls the title: the same at every occurrence. */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

interface Problem extends Pick<Refusal, 'code' | 'status' | 'message' | 'retryable' | 'headers'> {
  readonly retryAfterSeconds?: number | null;
  /** Of the request; left out where its header alone tells it. */
  readonly requestId?: string;
}

/** A failure as application/problem+json with the API's `code` (RFC 9457). */
export function problemResponse({
  code,
  status,
  message,
  retryable,
  headers,
  retryAfterSeconds,
  requestId,
}: Problem): Response {
  const title = TITLES[status] ?? 'Error';
  const problem: ProblemBody = {
    type: 'about:blank',
    title,
    status,
    detail: message,
    code,
    retryable,
    ...(retryAfterSeconds == null ? {} : { retryAfterSeconds }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      ...headers,
      'content-type': 'application/problem+json',
    },
  });
}
