import type { AppError } from '../errors.ts';
import type { Caller, Refusal, Scope } from './caller.ts';

/** RFC 6750, section 3. */
const challengeOf = (realm: string): string => `Bearer realm="${realm}"`;
/** Where the deployment's own keys count. */
const CHALLENGE = challengeOf('alignql');
/** Where they do not: the page asks for a key at a 401 of the other realm only. */
export const ACCESS_REALM = 'Cloudflare Access';

/** No credentials (then `error` is left out), or such as are not valid. 401, with a challenge. */
export function unauthenticated(
  message: string,
  error?: 'invalid_token',
  realm: 'alignql' | typeof ACCESS_REALM = 'alignql',
): Refusal {
  const challenge = error === undefined ? challengeOf(realm) : `${challengeOf(realm)}, error="${error}"`;
  return {
    kind: 'refused',
    code: 'UNAUTHENTICATED',
    status: 401,
    message,
    retryable: false,
    headers: { 'www-authenticate': challenge, 'cache-control': 'no-store' },
  };
}

/** @returns null when the caller has every scope, else a refusal that tells what they have and what is needed */
export function lacksScopes({ scopes }: Caller, needed: ReadonlySet<Scope>): Refusal | null {
  const missing = [...needed].filter((scope) => !scopes.has(scope));
  if (missing.length === 0) return null;
  const has = scopes.size === 0 ? 'no scope' : `the scopes ${[...scopes].join(', ')}`;
  return {
    kind: 'refused',
    code: 'FORBIDDEN',
    status: 403,
    message: `This needs the ${missing.length === 1 ? 'scope' : 'scopes'} ${missing.join(', ')}; the credentials have ${has}.`,
    retryable: false,
    headers: {
      'www-authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${[...needed].join(' ')}"`,
      'cache-control': 'no-store',
    },
  };
}

/** The operator has something to mend first, which the log and /ready say. */
export function notServing(): Refusal {
  return {
    kind: 'refused',
    code: 'INTERNAL',
    status: 503,
    message: 'This service is not set up to answer yet. Its operator finds the reason in its log.',
    retryable: false,
    headers: { 'cache-control': 'no-store' },
  };
}

/** What is needed to tell who asks, or how much they have asked, did not answer. */
export function unavailable({ code, message, retryable }: AppError): Refusal {
  return {
    kind: 'refused',
    code,
    status: 503,
    message,
    retryable,
    headers: { 'retry-after': '1', 'cache-control': 'no-store' },
  };
}

/** Too many requests without valid credentials came from an address. @param seconds until it may try again */
export function tooManyFailures(seconds: number): Refusal {
  return {
    kind: 'refused',
    code: 'RATE_LIMITED',
    status: 429,
    message: `Too many requests without valid credentials came from this address; try again in ${seconds} s.`,
    retryable: true,
    headers: { 'retry-after': String(seconds), 'cache-control': 'no-store' },
  };
}

/** More was asked than the caller may. @param seconds until there is more */
export function overLimit(what: 'rate' | 'daily budget', seconds: number): Refusal {
  return {
    kind: 'refused',
    code: 'RATE_LIMITED',
    status: 429,
    message: `The ${what} of these credentials is used up; there is more in ${seconds} s.`,
    retryable: true,
    headers: { 'retry-after': String(seconds), 'cache-control': 'no-store' },
  };
}
