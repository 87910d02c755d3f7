import * as v from 'valibot';
import { AppError } from '../errors.ts';
import { MAX_DAILY, SCOPES, type Scope } from '../format/key-record.ts';
import { isOwner } from '../format/kv-keys.ts';

/** How callers of Cloudflare Access are told, and what they may do. */
export interface AccessVars {
  /** `https://<team>.cloudflareaccess.com`, without a slash at the end: who has issued the tokens. */
  readonly issuer: string;
  /** Of the Access applications in front of this Worker: their AUD tags. */
  readonly audiences: readonly string[];
  /** Of everybody. */
  readonly scopes: ReadonlySet<Scope>;
  /** E-mail addresses and names of service tokens that have `admin` besides; lower case. */
  readonly admins: ReadonlySet<string>;
  /** Owners by e-mail address, name of a service token, or `@` and the domain of addresses; lower case. */
  readonly owners: ReadonlyMap<string, string>;
  /** Where in a token the owner stands of whom `owners` does not name: names of claims, each in the one before; null: nowhere. */
  readonly ownerClaim: readonly string[] | null;
  /** Units of cost a day of UTC for each caller; null: no budget. */
  readonly daily: number | null;
}

const list = (what: string) =>
  v.pipe(
    v.string(`expected ${what} separated by commas`),
    v.transform((text) => text.split(',').map((item) => item.trim())),
    v.check((items) => items.every((item) => item !== ''), `expected ${what} separated by single commas`),
  );

const schema = v.object({
  ACCESS_TEAM_DOMAIN: v.pipe(
    v.string('expected <team>.cloudflareaccess.com'),
    v.transform((text) => (text.includes('://') ? text : `https://${text}`)),
    v.check(isOrigin, 'expected <team>.cloudflareaccess.com'),
    v.transform((text) => new URL(text).origin),
  ),
  ACCESS_AUDIENCE: list('AUD tags'),
  ACCESS_SCOPES: v.optional(
    v.pipe(
      list('scopes'),
      v.array(v.picklist(SCOPES, `expected some of ${SCOPES.join(', ')}, separated by commas`)),
    ),
    'read,encode',
  ),
  ACCESS_ADMINS: v.optional(v.union([v.literal(''), list('names')]), ''),
  ACCESS_OWNERS: v.optional(v.union([v.literal(''), list('who=owner')]), ''),
  ACCESS_OWNER_CLAIM: v.optional(
    v.union([
      v.literal(''),
      v.pipe(v.string(), v.regex(/^[^.\s]+(\.[^.\s]+)*$/, 'expected a claim, such as custom.tenant')),
    ]),
    '',
  ),
  ACCESS_DAILY: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,13}$/, 'expected a whole number'),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(MAX_DAILY),
    ),
  ),
});

/**
 * ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE, without which nobody can be told; ACCESS_SCOPES (default `read,encode`), ACCESS_ADMINS,
 * ACCESS_OWNERS, ACCESS_OWNER_CLAIM and ACCESS_DAILY.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readAccessVars(env: object): AccessVars {
  const result = v.safeParse(schema, env);
  if (!result.success) {
    const [issue] = result.issues;
    throw wrongVariable(env, String(issue.path?.[0]?.key ?? 'ACCESS_TEAM_DOMAIN'), issue.message);
  }
  const { ACCESS_TEAM_DOMAIN, ACCESS_AUDIENCE, ACCESS_SCOPES, ACCESS_ADMINS, ACCESS_DAILY } = result.output;
  const { ACCESS_OWNERS, ACCESS_OWNER_CLAIM } = result.output;
  const admins = new Set((ACCESS_ADMINS || []).map((name) => name.toLowerCase()));
  const owners = new Map<string, string>();
  for (const pair of ACCESS_OWNERS || []) {
    const problem = addOwner(pair, owners, admins);
    if (problem !== null) throw wrongVariable(env, 'ACCESS_OWNERS', problem);
  }
  return {
    issuer: ACCESS_TEAM_DOMAIN,
    audiences: ACCESS_AUDIENCE,
    scopes: new Set(ACCESS_SCOPES),
    admins,
    owners,
    ownerClaim: ACCESS_OWNER_CLAIM === '' ? null : ACCESS_OWNER_CLAIM.split('.'),
    daily: ACCESS_DAILY ?? null,
  };
}

/** @returns what is wrong with it; null where it was added */
function addOwner(pair: string, owners: Map<string, string>, admins: ReadonlySet<string>): string | null {
  const [, who = '', owner = ''] = /^([^=]*[^=\s])\s*=\s*([^=]*)$/.exec(pair) ?? [];
  const name = who.toLowerCase();
  if (name === '' || name === '@') return `expected who=owner, got "${pair}"`;
  if (!isOwner(owner)) return `expected an owner, 1 to 32 of a-z 0-9 . _ -, got "${owner}"`;
  if (admins.has(name)) return `${who} is one of ACCESS_ADMINS, who see the names of all owners`;
  if (owners.has(name)) return `${who} stands there twice`;
  owners.set(name, owner);
  return null;
}

function wrongVariable(env: object, name: string, problem: string): AppError {
  const written = JSON.stringify((env as Readonly<Record<string, unknown>>)[name]) ?? 'not set';
  return new AppError('INTERNAL', `${name} is ${written}: ${problem} (docs/access.md)`);
}

/** @param hostname as `URL` writes it */
export function isOfThisMachine(hostname: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** An https origin; http on this machine alone, for tests. */
function isOrigin(text: string): boolean {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return false;
  }
  return (
    (url.protocol === 'https:' || (url.protocol === 'http:' && isOfThisMachine(url.hostname))) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  );
}
