import { type JWTPayload, type JWTVerifyGetKey, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { AppError } from '../errors.ts';
import type { AccessVars } from './access-vars.ts';
import { type Admission, type Caller, sightOf } from './caller.ts';
import { ACCESS_REALM, unauthenticated, unavailable } from './refusal.ts';

/** Where Access puts the token of every request that it lets pass. */
const HEADER = 'cf-access-jwt-assertion';
/** The same in a browser's cookie. */
const COOKIE = /(?:^|; ?)CF_Authorization=([^;]+)/;
/** Of the clocks of Access and of this place. */
const CLOCK_TOLERANCE_SECONDS = 30;
const FETCH_TIMEOUT_MS = 3_000;
/** How long keys are used before they are fetched anew. */
const KEYS_KEPT_MS = 10 * 60_000;
/** How soon after a fetch a token of an unknown key makes another: made-up keys must not. */
const COOLDOWN_MS = 30_000;

/** Tells who asks by a request's token, by keys that are fetched when they are needed and followed when they change. */
export function createAccessDoor(
  vars: AccessVars,
  { cooldownMs = COOLDOWN_MS }: { readonly cooldownMs?: number } = {},
): (request: Request) => Promise<Admission> {
  const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', vars.issuer), {
    cooldownDuration: cooldownMs,
    cacheMaxAge: KEYS_KEPT_MS,
    timeoutDuration: FETCH_TIMEOUT_MS,
  });
  return (request) => admitToken(tokenOf(request), keys, vars);
}

function tokenOf({ headers }: Request): string | null {
  return headers.get(HEADER) ?? COOKIE.exec(headers.get('cookie') ?? '')?.[1] ?? null;
}

async function admitToken(token: string | null, keys: JWTVerifyGetKey, vars: AccessVars): Promise<Admission> {
  if (token === null) return refuseToken('Credentials are needed: sign in with Cloudflare Access.');
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: vars.issuer,
      audience: [...vars.audiences],
      // What Access signs with. A token never chooses: not "none", and no secret made of a public key.
      algorithms: ['RS256'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iat'],
    });
    return callerOf(payload, vars) ?? refuseToken('The token names nobody.', 'invalid_token');
  } catch (error) {
    return refuse(error);
  }
}

function callerOf({ email, common_name: service, sub }: JWTPayload, vars: AccessVars): Caller | null {
  const id = [email, service, sub].find((name) => typeof name === 'string' && name !== '');
  if (typeof id !== 'string') return null;
  const scopes = vars.admins.has(id.toLowerCase())
    ? new Set([...vars.scopes, 'admin' as const])
    : vars.scopes;
  return { id, kind: 'access', scopes, daily: vars.daily, sight: sightOf(scopes, null) };
}

function refuseToken(message: string, error?: 'invalid_token'): Admission {
  return unauthenticated(message, error, ACCESS_REALM);
}

function refuse(error: unknown): Admission {
  if (error instanceof errors.JWTExpired) return refuseToken('The token has expired.', 'invalid_token');
  // The keys could not be had: the plain class of jose, or what fetch throws.
  const isOfToken =
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.constructor !== errors.JOSEError;
  if (isOfToken) return refuseToken('The token is not valid.', 'invalid_token');
  console.error('The keys of Cloudflare Access could not be read:', error);
  return unavailable(new AppError('STORAGE_FAILED', 'Tokens cannot be checked at the moment; try again.'));
}
