import { type JWTPayload, type JWTVerifyGetKey, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { AppError } from '../errors.ts';
import type { AccessVars } from './access-vars.ts';
import { isOwner } from '../format/kv-keys.ts';
import { accessTokenOf } from './credentials.ts';
import { type Admission, sightOf } from './caller.ts';
import { ACCESS_REALM, unauthenticated, unavailable } from './refusal.ts';

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
  return (request) => admitToken(accessTokenOf(request), keys, vars);
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
    return callerOf(payload, vars);
  } catch (error) {
    return refuse(error);
  }
}

function callerOf(payload: JWTPayload, vars: AccessVars): Admission {
  const { email, common_name: service, sub } = payload;
  const id = [email, service, sub].find((name) => typeof name === 'string' && name !== '');
  if (typeof id !== 'string') return refuseToken('The token names nobody.', 'invalid_token');
  const isAdmin = vars.admins.has(id.toLowerCase());
  const scopes = isAdmin ? new Set([...vars.scopes, 'admin' as const]) : vars.scopes;
  const owner = isAdmin ? null : ownerOf(id, payload, vars);
  if (owner === undefined) {
    return refuseToken('The token names an owner that none can be: ask the operator.', 'invalid_token');
  }
  return { id, kind: 'access', scopes, daily: vars.daily, sight: sightOf(scopes, owner) };
}

/** Whose names the caller sees beside the shared ones; null: nobody's; undefined: its claim is not the name of an owner. */
function ownerOf(
  id: string,
  payload: JWTPayload,
  { owners, ownerClaim }: AccessVars,
): string | null | undefined {
  const own = owners.get(id.toLowerCase());
  if (own !== undefined) return own;
  // Of an address alone, which the identity provider has verified: a service token is called as its maker likes.
  const ofDomain = payload.email === id ? owners.get(id.slice(id.lastIndexOf('@')).toLowerCase()) : undefined;
  if (ofDomain !== undefined || ownerClaim === null) return ofDomain ?? null;
  const claimed = claimIn(payload, ownerClaim);
  if (claimed === undefined || claimed === null) return null;
  return typeof claimed === 'string' && isOwner(claimed) ? claimed : undefined;
}

function claimIn(payload: JWTPayload, path: readonly string[]): unknown {
  let value: unknown = payload;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
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
