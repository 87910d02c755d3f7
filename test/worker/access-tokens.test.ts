import { type CryptoKey, SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createAccessDoor } from '../../src/access/access-tokens.ts';
import { readAccessVars } from '../../src/access/access-vars.ts';
import { isolateWith } from './access-setup.ts';
import { fullModel, publish, recordOf } from './setup.ts';

const AUDIENCE = 'a'.repeat(64);

interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

async function makeSigner(kid: string, alg = 'RS256'): Promise<Signer> {
  return { kid, ...(await generateKeyPair(alg, { extractable: true })) };
}
/** Makes these the keys that the team shows. */
async function show(domain: string, ...signers: Signer[]): Promise<void> {
  const keys = await Promise.all(
    signers.map(async ({ kid, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      kid,
      alg: 'RS256',
      use: 'sig',
    })),
  );
  await fetch(`https://${domain}/`, { method: 'PUT', body: JSON.stringify({ keys }) });
}
const fetched = async (domain: string): Promise<number> =>
  Number(await (await fetch(`https://${domain}/fetched`)).text());
const now = (): number => Math.floor(Date.now() / 1000);
const claims = (domain: string, changes: object = {}): Record<string, unknown> => ({
  iss: `https://${domain}`,
  aud: [AUDIENCE],
  email: 'someone@example.com',
  sub: 'f3c5',
  type: 'app',
  iat: now() - 10,
  nbf: now() - 10,
  exp: now() + 3600,
  ...changes,
});
const sign = (
  payload: Record<string, unknown>,
  { kid, privateKey }: Signer,
  alg = 'RS256',
): Promise<string> => new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(privateKey);
const asking = (headers: Record<string, string>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: '{"query":"{ __typename }"}',
});

describe('AUTH = "access"', () => {
  const domain = 'one.cloudflareaccess.com';
  const ask = isolateWith({
    AUTH: 'access',
    ACCESS_TEAM_DOMAIN: domain,
    ACCESS_AUDIENCE: `other, ${AUDIENCE}`,
  });
  let signer: Signer;
  let stranger: Signer;
  beforeAll(async () => {
    [signer, stranger] = await Promise.all([makeSigner('k1'), makeSigner('k1')]);
    await show(domain, signer);
  });
  const status = async (token: string): Promise<number> =>
    (await ask('/graphql', asking({ 'cf-access-jwt-assertion': token }))).status;

  it('answers a valid token, in the header or in the cookie', async () => {
    const token = await sign(claims(domain), signer);
    expect(await status(token)).toBe(200);
    expect((await ask('/graphql', asking({ cookie: `a=b; CF_Authorization=${token}; c=d` }))).status).toBe(
      200,
    );
    // Clocks differ a little.
    expect(await status(await sign(claims(domain, { exp: now() - 5 }), signer))).toBe(200);
    expect(
      await status(await sign(claims(domain, { email: undefined, common_name: 'svc', sub: '' }), signer)),
    ).toBe(200);
  });

  it('refuses every other one with 401', async () => {
    const good = claims(domain);
    const token = await sign(good, signer);
    const [header, body, signature] = token.split('.');
    const secret = new TextEncoder().encode(await exportSPKI(signer.publicKey));
    const cases: Record<string, string> = {
      'another audience': await sign(claims(domain, { aud: ['b'.repeat(64)] }), signer),
      'no audience': await sign(claims(domain, { aud: undefined }), signer),
      'another issuer': await sign(claims(domain, { iss: 'https://two.cloudflareaccess.com' }), signer),
      'an issuer with a slash': await sign(claims(domain, { iss: `https://${domain}/` }), signer),
      expired: await sign(claims(domain, { exp: now() - 3600 }), signer),
      'without an end': await sign(claims(domain, { exp: undefined }), signer),
      'not valid yet': await sign(claims(domain, { nbf: now() + 3600 }), signer),
      'of another key': await sign(good, stranger),
      'of an unknown key': await sign(good, { ...stranger, kid: 'k9' }),
      'not signed': new UnsecuredJWT(good).encode(),
      'signed by the public key as a secret': await new SignJWT(good)
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(secret),
      'of another algorithm': await sign(good, await makeSigner('k1', 'PS256'), 'PS256'),
      'with other claims': `${header}.${btoa(JSON.stringify({ ...good, email: 'boss@example.com' }))}.${signature}`,
      'without a signature': `${header}.${body}.`,
      'of nobody': await sign(claims(domain, { email: undefined, sub: '' }), signer),
      'no token': 'alignql',
      empty: '',
    };
    for (const [what, bad] of Object.entries(cases)) {
      const response = await ask('/graphql', asking({ 'cf-access-jwt-assertion': bad }));
      expect([what, response.status]).toEqual([what, 401]);
      // Another realm than that of keys, at which the page would ask for one.
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="Cloudflare Access"/);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
    // A key's header is not what is asked for here.
    expect((await ask('/graphql', asking({ authorization: `Bearer ${token}` }))).status).toBe(401);
  });

  it('gives the scopes that are configured, and admins theirs', async () => {
    const vars = { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: AUDIENCE };
    const admit = async (changes: object, email: string): Promise<unknown> => {
      const door = createAccessDoor(readAccessVars({ ...vars, ...changes }));
      const token = await sign(claims(domain, { email }), signer);
      return door(new Request('https://a.example', { headers: { 'cf-access-jwt-assertion': token } }));
    };
    expect(await admit({}, 'a@example.com')).toEqual({
      id: 'a@example.com',
      kind: 'access',
      scopes: new Set(['read', 'encode']),
      daily: null,
      sight: { owner: null },
    });
    const changes = {
      ACCESS_SCOPES: 'read',
      ACCESS_ADMINS: 'Boss@example.com, b@example.com',
      ACCESS_DAILY: '100',
    };
    expect(await admit(changes, 'a@example.com')).toMatchObject({ scopes: new Set(['read']), daily: 100 });
    expect(await admit(changes, 'boss@example.com')).toMatchObject({ scopes: new Set(['read', 'admin']) });
  });
});

describe('owners of callers of Access', () => {
  const domain = 'owners.cloudflareaccess.com';
  const vars = { ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: AUDIENCE };
  const OWNERS =
    '@Acme.example=acme, robot.access = acme,bob@acme.example=globex, @globex.example=globex, someid=acme';
  let signer: Signer;
  beforeAll(async () => {
    signer = await makeSigner('k1');
    await show(domain, signer);
  });
  const sightWith = async (changes: object, of: object): Promise<unknown> => {
    const door = createAccessDoor(readAccessVars({ ...vars, ...changes }));
    const token = await sign(claims(domain, { email: undefined, sub: 'someid', ...of }), signer);
    const admission = await door(
      new Request('https://a.example', { headers: { 'cf-access-jwt-assertion': token } }),
    );
    return admission.kind === 'refused' ? admission.status : admission.sight;
  };

  it.each([
    ['an address of the domain', { email: 'Ann@acme.EXAMPLE' }, 'acme'],
    ['an address by itself, before its domain', { email: 'BOB@acme.example' }, 'globex'],
    ['a service token', { common_name: 'robot.access', sub: '' }, 'acme'],
    ['a subject', {}, 'acme'],
    ['an address of a domain below', { email: 'ann@x.acme.example' }, null],
    ['an address of a domain that ends alike', { email: 'ann@notacme.example' }, null],
    ['an address with another at sign', { email: 'ann@acme.example@evil.example' }, null],
    ['an address with a space behind', { email: 'ann@acme.example ' }, null],
    ['a service token called like an address', { common_name: 'ann@acme.example' }, null],
    [
      'an address that is the name of a token, of another',
      { email: 'ann@x.example', common_name: 'robot.access' },
      null,
    ],
    ['a domain alone', { email: 'acme.example' }, null],
    ['a list of addresses', { email: ['ann@acme.example'], common_name: 'x' }, null],
  ])('are told for %s by ACCESS_OWNERS', async (_what, of, owner) => {
    expect(await sightWith({ ACCESS_OWNERS: OWNERS }, of)).toEqual({ owner });
    expect(await sightWith({}, of)).toEqual({ owner: null });
  });

  it.each([
    ['its name', { custom: { tenant: 'acme' } }, { owner: 'acme' }],
    ['no such claim', { custom: {} }, { owner: null }],
    ['null', { custom: { tenant: null } }, { owner: null }],
    ['a claim elsewhere', { tenant: 'acme' }, { owner: null }],
    ['an object that is none', { custom: 'tenant' }, { owner: null }],
    [
      'what every object has',
      { custom: JSON.parse('{"__proto__": {"tenant": "acme"}}') as object },
      { owner: null },
    ],
    ['several', { custom: { tenant: ['acme', 'globex'] } }, 401],
    ['a path', { custom: { tenant: 'acme/secret' } }, 401],
    ['nothing', { custom: { tenant: '' } }, 401],
    ['capitals', { custom: { tenant: 'Acme' } }, 401],
    ['a number', { custom: { tenant: 7 } }, 401],
  ])('are told by ACCESS_OWNER_CLAIM with %s in the token', async (_what, of, told) => {
    expect(await sightWith({ ACCESS_OWNER_CLAIM: 'custom.tenant' }, of)).toEqual(told);
  });

  it('are those of ACCESS_OWNERS where both tell one, and an admin has none', async () => {
    const both = { ACCESS_OWNERS: '@acme.example=acme', ACCESS_OWNER_CLAIM: 'custom.tenant' };
    const of = { email: 'ann@acme.example', custom: { tenant: 'globex' } };
    expect(await sightWith(both, of)).toEqual({ owner: 'acme' });
    expect(await sightWith({ ...both, ACCESS_ADMINS: 'ann@acme.example' }, of)).toBe('all');
  });

  it('see the names of their owner, and no others', async () => {
    await publish('acme/of-access', recordOf(fullModel, { seed: 41 }));
    await publish('globex/of-access', recordOf(fullModel, { seed: 42 }));
    const ask = isolateWith({ AUTH: 'access', ...vars, ACCESS_OWNERS: '@acme.example=acme' });
    const told = async (email: string): Promise<unknown> => {
      const token = await sign(claims(domain, { email }), signer);
      const response = await ask('/graphql', {
        ...asking({ 'cf-access-jwt-assertion': token }),
        body: JSON.stringify({
          query: `{ own: selection(name: "acme/of-access") { name } other: selection(name: "globex/of-access") { name }
            acme: selectionPage(prefix: "acme/") { names } globex: selectionPage(prefix: "globex/") { names } }`,
        }),
      });
      return ((await response.json()) as { readonly data: unknown }).data;
    };
    const none = { own: null, other: null, acme: { names: [] }, globex: { names: [] } };
    const name = 'acme/of-access';
    expect(await told('ann@acme.example')).toMatchObject({
      ...none,
      own: { name },
      acme: { names: expect.arrayContaining([name]) as string[] },
    });
    expect(await told('ann@elsewhere.example')).toEqual(none);
  });
});

describe('the keys of Access', () => {
  const asked = (token: string): Request =>
    new Request('https://a.example', { headers: { 'cf-access-jwt-assertion': token } });

  it('are followed when they change, and no made-up key makes them be fetched again and again', async () => {
    const domain = 'rotating.cloudflareaccess.com';
    const [first, second, none] = await Promise.all(['k1', 'k2', 'k3'].map((kid) => makeSigner(kid)));
    await show(domain, first);
    const vars = readAccessVars({ ACCESS_TEAM_DOMAIN: `https://${domain}`, ACCESS_AUDIENCE: AUDIENCE });
    const door = createAccessDoor(vars, { cooldownMs: 0 });
    const [old, fresh, bad] = await Promise.all(
      [first, second, none].map((signer) => sign(claims(domain), signer)),
    );
    expect((await door(asked(old))).kind).toBe('access');
    expect((await door(asked(fresh))).kind).toBe('refused');
    await show(domain, first, second);
    expect((await door(asked(fresh))).kind).toBe('access');
    expect((await door(asked(old))).kind).toBe('access');
    await show(domain, second);
    const later = createAccessDoor(vars);
    expect((await later(asked(old))).kind).toBe('refused');
    const before = await fetched(domain);
    for (let i = 0; i < 10; i++) expect((await later(asked(bad))).kind).toBe('refused');
    expect(await fetched(domain)).toBe(before);
  });

  it('that cannot be had are 503, not 401', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const signer = await makeSigner('k1');
    for (const domain of ['gone.cloudflareaccess.com', 'broken.cloudflareaccess.com']) {
      if (domain.startsWith('broken')) await fetch(`https://${domain}/`, { method: 'PUT', body: '<html>' });
      const door = createAccessDoor(
        readAccessVars({ ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: AUDIENCE }),
      );
      expect(await door(asked(await sign(claims(domain), signer)))).toMatchObject({
        code: 'STORAGE_FAILED',
        status: 503,
        retryable: true,
      });
    }
    log.mockRestore();
  });
});

describe('the variables of Access', () => {
  it.each([
    [{ ACCESS_OWNERS: 'x@y.example=acme, X@Y.example=globex' }, /X@Y\.example stands there twice/],
    [{ ACCESS_OWNERS: 'x@y.example=acme', ACCESS_ADMINS: 'X@y.example' }, /is one of ACCESS_ADMINS/],
  ])('contradict no other: %j', (changes, message) => {
    expect(() =>
      readAccessVars({ ACCESS_TEAM_DOMAIN: 'a.cloudflareaccess.com', ACCESS_AUDIENCE: 'x', ...changes }),
    ).toThrow(message);
  });

  const good = { ACCESS_TEAM_DOMAIN: 'a.cloudflareaccess.com', ACCESS_AUDIENCE: 'x' };
  it.each([
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: undefined }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: 'http://a.cloudflareaccess.com' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: 'a.cloudflareaccess.com/path' }],
    ['ACCESS_TEAM_DOMAIN', { ACCESS_TEAM_DOMAIN: '' }],
    ['ACCESS_AUDIENCE', { ACCESS_AUDIENCE: undefined }],
    ['ACCESS_AUDIENCE', { ACCESS_AUDIENCE: '' }],
    ['ACCESS_AUDIENCE', { ACCESS_AUDIENCE: 'x,,y' }],
    ['ACCESS_SCOPES', { ACCESS_SCOPES: 'read,write' }],
    ['ACCESS_DAILY', { ACCESS_DAILY: '-1' }],
    ['ACCESS_DAILY', { ACCESS_DAILY: '0' }],
    ['ACCESS_OWNERS', { ACCESS_OWNERS: 'acme' }],
    ['ACCESS_OWNERS', { ACCESS_OWNERS: '=acme' }],
    ['ACCESS_OWNERS', { ACCESS_OWNERS: '@=acme' }],
    ['ACCESS_OWNERS', { ACCESS_OWNERS: '@acme.example=Acme' }],
    ['ACCESS_OWNERS', { ACCESS_OWNERS: '@acme.example=acme/x' }],
    ['ACCESS_OWNERS', { ACCESS_OWNERS: '@acme.example=acme,' }],
    ['ACCESS_OWNER_CLAIM', { ACCESS_OWNER_CLAIM: 'custom..tenant' }],
    ['ACCESS_OWNER_CLAIM', { ACCESS_OWNER_CLAIM: '.' }],
  ])('name %s when it is wrong: %j', async (name, changes) => {
    expect(() => readAccessVars({ ...good, ...changes })).toThrow(new RegExp(`^${name} is .*expected`, 'i'));
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ask = isolateWith({ AUTH: 'access', ...good, ...changes });
    expect((await ask('/graphql', asking({}))).status).toBe(503);
    log.mockRestore();
  });
});
