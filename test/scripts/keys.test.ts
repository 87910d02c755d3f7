import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyIdOption, keyNameOption, lifeOption } from '../../scripts/access/key-options.ts';
import { listKeys, revokeKey } from '../../scripts/access/manage-keys.ts';
import { persistFolder } from '../../scripts/kv/project.ts';
import { openLocalKv } from '../../scripts/kv/local-kv.ts';
import { readLocalAuth } from '../../scripts/start/auth.ts';
import { workerConfigs } from '../../scripts/start/worker-config.ts';
import { localWorkers } from '../../scripts/start/workers.ts';
import { UserError } from '../../scripts/cli/user-error.ts';
import { accessKeyKey } from '../../src/format/kv-keys.ts';
import { withFaults } from '../storage/local-kv.ts';
import { run, until } from './start-setup.ts';

/** Longer than a revoked key is answered, on a machine that others use. */
const REVOKED_WITHIN_MS = 120_000;
const state = mkdtempSync(join(tmpdir(), 'alignql-keys-'));
let server: Miniflare;
let origin: URL;

interface Made {
  readonly id: string;
  readonly key: string;
}

const command = (...args: string[]): ReturnType<typeof run> =>
  run('scripts/keys.ts', args, { ALIGNQL_STATE: state });
async function printed<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await command(...args);
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout) as T;
}
async function ask(authorization: string | null, query = '{ __typename }'): Promise<Response> {
  return fetch(new URL('/graphql', origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
    body: JSON.stringify({ query }),
  });
}
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0].extensions.code;

beforeAll(async () => {
  const configs = await workerConfigs(null, state);
  const { vars } = readLocalAuth({ AUTH: 'keys' });
  const workers = await localWorkers({ configs, fingerprint: null }, vars, () => undefined);
  const kvPersist = join(persistFolder(state), 'v3', 'kv');
  server = new Miniflare({ host: '127.0.0.1', port: 0, cf: false, kvPersist, workers });
  origin = await server.ready;
});
afterAll(async () => {
  await server.dispose();
  rmSync(state, { recursive: true, force: true });
});

describe('the life of a key', () => {
  it('begins with one line of JSON, which alone has the key, and ends with its revocation', async () => {
    const refused = await ask(null);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="alignql"',
    ]);

    const made = await printed<Made>(
      ...['create', '--name', 'A life', '--scopes', 'read,encode', '--expires', '90d', '--daily', '10000'],
    );
    expect(made).toMatchObject({ name: 'A life', scopes: ['read', 'encode'], daily: 10_000, state: 'valid' });
    expect(made.key).toMatch(new RegExp(`^alignql_${made.id}_[0-9a-f]{72}$`));
    const { expires, createdAt } = made as unknown as Record<string, string>;
    expect(Date.parse(expires) - Date.parse(createdAt)).toBe(90 * 86_400_000);
    expect(await (await ask(`Bearer ${made.key}`)).json()).toMatchObject({ data: { __typename: 'Query' } });

    const other = await printed<Made>('create', '--name', 'Another', '--scopes', 'read');
    const listed = await command('list');
    const { key, ...shown } = made;
    expect(JSON.parse(listed.stdout)).toContainEqual(shown);
    expect(JSON.parse(listed.stdout)).toHaveLength(2);
    const { kv, close } = await openLocalKv(state, 'local-selections');
    const value = await kv.get(accessKeyKey(made.id), { type: 'arrayBuffer' });
    const stored = new TextDecoder().decode(value ?? new ArrayBuffer());
    await close();
    const secret = key.slice(-72);
    for (const text of [listed.stdout, listed.stderr, stored]) expect(text).not.toContain(secret);
    expect(stored).toContain('"hash":"');

    const revoked = await printed<{ state: string; revokedAt: string }>('revoke', made.id);
    expect(revoked).toMatchObject({ id: made.id, state: 'revoked', revokedAt: expect.any(String) as string });
    await until(async () => (await ask(`Bearer ${key}`)).status === 401, REVOKED_WITHIN_MS);
    const late = await ask(`Bearer ${key}`);
    expect([late.status, await codeOf(late)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(await printed('revoke', key)).toEqual(revoked);
    expect((await ask(`Bearer ${other.key}`)).status).toBe(200);
  });

  it('lists a record that is damaged with its error, and removes it when it is revoked', async () => {
    const { kv, close } = await openLocalKv(state, 'local-selections');
    await kv.put(accessKeyKey('0'.repeat(16)), '{"kind":"access-key"');
    const [first, ...others] = await listKeys(kv, new Date());
    const away = withFaults(kv);
    away.fault = () => Promise.reject(new Error('away'));
    await expect(revokeKey(away, '0'.repeat(16), new Date())).rejects.toThrow('Storage did not read');
    expect(await revokeKey(kv, '0'.repeat(16), new Date())).toEqual({ ...first, removed: true });
    expect(await listKeys(kv, new Date())).toEqual(others);
    await close();
    expect(first).toEqual({
      id: '0'.repeat(16),
      error: expect.stringContaining('Corrupt stored value') as string,
    });
    expect(others).toHaveLength(2);
  });
});

describe('keys', () => {
  it.each([
    ['no scopes', ['create', '--name', 'x']],
    ['an unknown scope', ['create', '--name', 'x', '--scopes', 'read,write']],
    ['a budget of nothing', ['create', '--name', 'x', '--scopes', 'read', '--daily', '0']],
    ['an id that no key has', ['revoke', 'f'.repeat(16)]],
  ])('refuses %s in one line, with exit 1', async (_what, args) => {
    const { status, stdout, stderr } = await command(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^(error|keys): .*\n$/);
  });

  it('take spans of hours, days and weeks up to ten years', () => {
    expect(['12h', '90d', '4w'].map(lifeOption)).toEqual([43_200_000, 7_776_000_000, 2_419_200_000]);
    for (const span of ['90', '0d', '36500d', '1.5d', '-1d', 'd', '', '90D', '1y']) {
      expect(() => lifeOption(span)).toThrow('Expected');
    }
  });

  it('take names of one line, and ids or whole keys', () => {
    expect(keyNameOption(' A name ')).toBe('A name');
    for (const name of ['', ' ', 'a\nb', 'a\u001b[31m', 'a'.repeat(101)]) {
      expect(() => keyNameOption(name)).toThrow('Expected');
    }
    const mistyped = `alignql_${'0'.repeat(16)}_${'0'.repeat(72)}`;
    for (const id of ['', 'x', 'F'.repeat(16), mistyped]) expect(() => keyIdOption(id)).toThrow('Expected');
  });
});

describe('AUTH of npm start', () => {
  it('is open where it is not set, and says so', () => {
    for (const environment of [{}, { AUTH: '' }, { AUTH: 'open' }]) {
      expect(readLocalAuth(environment)).toMatchObject({ vars: { AUTH: 'open' } });
    }
    expect(readLocalAuth({}).line).toContain('open');
    expect(readLocalAuth({ AUTH: 'keys' }).line).toContain('locked');
  });

  it('hands the variables of Access on, and asks for those that it needs', () => {
    const access = { AUTH: 'access', ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com', ACCESS_AUDIENCE: 'a' };
    expect(readLocalAuth({ ...access, HOME: '/' }).vars).toEqual(access);
    expect(() => readLocalAuth({ AUTH: 'access' })).toThrow(UserError);
  });

  it('is one of three words', () => {
    expect(() => readLocalAuth({ AUTH: 'locked' })).toThrow(
      new UserError('AUTH is "locked", expected "keys", "access" or "open"'),
    );
  });

  it('knows the modes that the Worker knows', async () => {
    const source = await readFile(new URL('../../src/access/mode.ts', import.meta.url), 'utf8');
    expect(source).toContain("['keys', 'access', 'open'] as const");
  });
});
