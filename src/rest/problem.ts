import type { Refusal } from '../access/caller.ts';

/** A refusal as application/problem+json with the API's `code` (RFC 9457). */
export function problemResponse({ code, status, message, retryable, headers }: Refusal): Response {
  const problem = { type: 'about:blank', title: message, status, code, retryable };
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
