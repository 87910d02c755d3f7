import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { inject } from 'vitest';
import { type KeyRequest, createKey, revokeKey } from '../../scripts/access/manage-keys.ts';
import { openLocalKv } from '../../scripts/kv/local-kv.ts';
import { PROJECT_ROOT, persistFolder } from '../../scripts/kv/project.ts';
import { readLocalAuth } from '../../scripts/start/auth.ts';
import { workerConfigs } from '../../scripts/start/worker-config.ts';
import { localWorkers } from '../../scripts/start/workers.ts';

/** Of models/sample; their corpus has thumbnails, which that of the samples has not. */
const SHOP = ['a-rooster.png', 'a-pear.png', 'a-rocket.png'];
const ACCESS_WORKER = 'alignql-access';

/** A deployment with AUTH = "keys", and one with "access" of the same Worker and KV. */
export interface LockedServer {
  readonly origin: string;
  /** Of the API alone. */
  readonly accessOrigin: string;
  /** What opens: one of every kind that a person may hold. */
  readonly keys: Readonly<Record<'good' | 'onlyReads' | 'poor' | 'expired' | 'revoked', string>>;
  close(): Promise<void>;
}

/** In one workerd on free ports, with the bundles and the page that the running server has, and a copy of its KV. */
export async function openLockedServer(): Promise<LockedServer> {
  const state = await mkdtemp(join(tmpdir(), 'alignql-locked-'));
  const kv = join('v3', 'kv');
  await cp(join(persistFolder(inject('state')), kv), join(persistFolder(state), kv), { recursive: true });
  await indexShop(state);
  const keys = await makeKeys(state);
  const configs = await workerConfigs(null, state);
  const { vars } = readLocalAuth({ AUTH: 'keys' });
  const [api, ...others] = await localWorkers(
    { configs, fingerprint: null },
    { ...vars, REQUEST_LOG: 'off' },
    () => undefined,
  );
  const server = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    kvPersist: join(persistFolder(state), kv),
    workers: [api, ...others, behindAccess(api)],
  });
  const { origin } = await server.ready;
  return {
    origin,
    accessOrigin: (await server.unsafeGetDirectURL(ACCESS_WORKER)).origin,
    keys,
    async close() {
      await server.dispose();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** Nobody has a token of it here: every request is refused before its keys would be fetched. */
function behindAccess(api: WorkerOptions): WorkerOptions {
  const { vars } = readLocalAuth({
    AUTH: 'access',
    ACCESS_TEAM_DOMAIN: 'team.cloudflareaccess.com',
    ACCESS_AUDIENCE: 'a',
  });
  const { bindings, ...rest } = api as WorkerOptions & { assets?: unknown; bindings?: object };
  delete rest.assets;
  return {
    ...rest,
    name: ACCESS_WORKER,
    bindings: { ...bindings, ...vars },
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  } as WorkerOptions;
}

/** By the command itself. */
async function indexShop(state: string): Promise<void> {
  const images = fileURLToPath(new URL('../../models/sample/images', import.meta.url));
  const dataset = join(state, 'shop.jsonl');
  const lines = SHOP.map((name) =>
    JSON.stringify({ image: join(images, name), caption: name.replace(/\.png$/, '') }),
  );
  await writeFile(dataset, `${lines.join('\n')}\n`);
  const script = join(PROJECT_ROOT, 'scripts/index-corpus.ts');
  const args = ['--corpus', 'shop', '--selection', 'default', '--thumbnails', dataset];
  await promisify(execFile)(process.execPath, [script, ...args], {
    env: { ...process.env, ALIGNQL_STATE: state },
  });
}

async function makeKeys(state: string): Promise<LockedServer['keys']> {
  const { kv, close } = await openLocalKv(state, 'local-selections');
  const make = async (request: Partial<KeyRequest>): Promise<{ key: string; id: string }> =>
    createKey(
      kv,
      { name: 'of a test', scopes: ['read', 'encode'], lifeMs: null, daily: null, owner: null, ...request },
      new Date(),
    );
  try {
    const revoked = await make({});
    await revokeKey(kv, revoked.id, new Date());
    return {
      good: (await make({})).key,
      onlyReads: (await make({ scopes: ['read'] })).key,
      poor: (await make({ daily: 1 })).key,
      expired: (await make({ lifeMs: 1 })).key,
      revoked: revoked.key,
    };
  } finally {
    await close();
  }
}
