import type { KVNamespace, R2Bucket } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashAccessKey, hashToHex, makeAccessKey } from '../../src/format/access-key.ts';
import { type Scope, encodeKeyRecord } from '../../src/format/key-record.ts';
import { accessKeyKey } from '../../src/format/kv-keys.ts';
import { runKeys } from '../../src/pipeline/keys.ts';
import type { RunDescription } from '../../src/pipeline/run-description.ts';
import { parseRunRequest } from '../../src/pipeline/run-request.ts';
import type { RunStatus } from '../../src/pipeline/run-status.ts';
import { bundleWorker } from '../worker/encoder-worker.ts';

const ID = '0123456789abcdef0123456789abcdef';
const COMPATIBILITY = { compatibilityDate: '2026-07-01' } as const;
const DROPPED = 'd'.repeat(32);
/** Answers what has reached it, but drops one. */
const ECHO = `export default {
  fetch(request) {
    if (request.url.endsWith('${DROPPED}')) throw new Error('the pipeline is down');
    return Response.json({ url: request.url, method: request.method, headers: [...request.headers] });
  },
};`;

let miniflare: Miniflare;
let admin: string;
let reader: string;

/** The API bound to the pipeline Worker as wrangler bundles both, to one that tells what has reached it, and to none. */
beforeAll(async () => {
  const api = bundleWorker('wrangler.toml', '.wrangler/test-api-of-runs');
  const pipeline = bundleWorker('wrangler.pipeline.toml', '.wrangler/test-pipeline');
  const apiWorker = (name: string, serviceBindings: Record<string, string>) => ({
    ...api,
    ...COMPATIBILITY,
    name,
    kvNamespaces: ['SELECTIONS', 'CORPORA'],
    bindings: { AUTH: 'keys', REQUEST_LOG: 'off', CORPUS_MEMORY_MIB: '4' },
    ratelimits: { RATE: { namespace_id: '1', simple: { limit: 1000, period: 60 as const } } },
    serviceBindings,
  });
  miniflare = new Miniflare({
    // What is dropped on purpose is logged.
    handleRuntimeStdio: (out, err) => {
      for (const stream of [out, err]) stream.resume();
    },
    workers: [
      apiWorker('api', { PIPELINE: 'pipeline' }),
      apiWorker('api-echo', { PIPELINE: 'echo' }),
      apiWorker('api-alone', {}),
      {
        ...pipeline,
        ...COMPATIBILITY,
        name: 'pipeline',
        kvNamespaces: ['SELECTIONS', 'CORPORA'],
        r2Buckets: ['DATASETS', 'RUNS'],
        bindings: { AUTH: 'keys' },
      },
      { ...COMPATIBILITY, name: 'echo', modules: true, script: ECHO },
    ],
  });
  admin = await putKey(['admin']);
  reader = await putKey(['read', 'encode']);
  await putRun();
});
afterAll(() => miniflare.dispose());

/** A key in KV as `npm run keys` writes it. */
async function putKey(scopes: readonly Scope[]): Promise<string> {
  const { id, text } = makeAccessKey((count) => crypto.getRandomValues(new Uint8Array(count)));
  const kv = (await miniflare.getKVNamespace('SELECTIONS', 'api')) as unknown as KVNamespace;
  const key = {
    id,
    name: 'test',
    hash: hashToHex(hashAccessKey(text)),
    scopes,
    createdAt: '2026-11-24T03:00:00.000Z',
    expires: null,
    daily: null,
    revokedAt: null,
  };
  await kv.put(accessKeyKey(id), encodeKeyRecord(key));
  return text;
}

/** A run in R2 as the Workflow leaves it. */
async function putRun(): Promise<void> {
  const runs = (await miniflare.getR2Bucket('RUNS', 'pipeline')) as unknown as R2Bucket;
  const run: RunDescription = {
    version: 1,
    id: ID,
    request: parseRunRequest({ dataset: 'r2://alignql-datasets/photos' }),
    prefix: 'photos/',
    encoder: { id: 'tiny-clip', fingerprint: 'f'.repeat(64), dim: 64 },
    createdAt: '2026-11-24T03:00:00.000Z',
    attempts: 1,
  };
  const state = {
    phase: 'cancelled',
    updatedAt: '2026-11-24T04:00:00.000Z',
    inputs: 3,
    plan: null,
    encoding: null,
    error: null,
    result: null,
  };
  await runs.put(runKeys.run(ID), JSON.stringify(run));
  await runs.put(runKeys.state(ID), JSON.stringify(state));
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(
  worker: string,
  path: string,
  { key, method = 'GET', headers = {} }: { key?: string; method?: string; headers?: Record<string, string> },
): Promise<Answered> {
  const api = await miniflare.getWorker(worker);
  const response = await api.fetch(`https://api.test${path}`, {
    method,
    headers: { ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
  });
  return {
    status: response.status,
    headers: response.headers as unknown as Headers,
    text: await response.text(),
  };
}

it('gives runs as the pipeline Worker tells them, to who has the scope admin', async () => {
  const list = await ask('api', '/pipeline/runs', { key: admin });
  expect([list.status, list.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { runs } = JSON.parse(list.text) as { runs: RunStatus[] };
  expect(runs.map(({ id, phase }) => [id, phase])).toEqual([[ID, 'cancelled']]);
  const one = JSON.parse((await ask('api', `/pipeline/runs/${ID}`, { key: admin })).text) as RunStatus;
  expect(one).toMatchObject({
    id: ID,
    dataset: 'r2://alignql-datasets/photos',
    inputs: { done: 0, total: 3 },
    dead: [],
  });
  const none = await ask('api', `/pipeline/runs/${'a'.repeat(32)}`, { key: admin });
  expect(none.status).toBe(404);
  expect(none.headers.get('content-type')).toBe('application/problem+json');
  expect(JSON.parse(none.text)).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: `There is no run ${'a'.repeat(32)}.`,
    code: 'BAD_INPUT',
    retryable: false,
  });
});

it('refuses all others, and all but GET', async () => {
  for (const path of ['/pipeline/runs', `/pipeline/runs/${ID}`]) {
    const statuses = [
      await ask('api-echo', path, {}),
      await ask('api-echo', path, { key: `${admin}x` }),
      await ask('api-echo', path, { key: reader }),
      await ask('api-echo', path, { key: admin, method: 'POST' }),
      await ask('api-echo', path, { key: admin, method: 'DELETE' }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 403, 405, 405]);
  }
});

it('passes on the id and the credentials, and nothing else', async () => {
  const headers = { cookie: 'a=b', 'x-forwarded-for': '10.0.0.1', 'cf-access-jwt-assertion': 'a.b.c' };
  const { text } = await ask('api-echo', `/pipeline/runs/${ID}?to=/cancel#x`, { key: admin, headers });
  const echo = JSON.parse(text) as { url: string; method: string; headers: [string, string][] };
  expect(echo).toEqual({
    url: `https://pipeline/runs/${ID}`,
    method: 'GET',
    headers: [
      ['authorization', `Bearer ${admin}`],
      ['cf-access-jwt-assertion', 'a.b.c'],
    ],
  });
});

it('reaches nothing else of the pipeline, however a path is written', async () => {
  for (const path of [
    '/pipeline',
    '/pipeline/',
    '/pipeline/health',
    '/pipeline/runs/',
    `/pipeline/runs/${ID}/`,
    `/pipeline/runs/${ID}/cancel`,
    `/pipeline/runs/${ID}/selection`,
    `/pipeline/runs/${ID}%2Fcancel`,
    `/pipeline/runs/${ID}/../../health`,
    `/pipeline/runs/%2e%2e/health`,
    `/pipeline/runs/..%2Fhealth`,
    `/pipeline/runs//${ID}`,
    `/pipeline//runs/${ID}`,
    `/pipeline/runs/${ID}%0A`,
    `/pipeline/runs/${ID};x`,
    `/pipeline/runs/${ID.toUpperCase()}`,
    `/pipeline/runs/${ID}0`,
    '/pipelines/runs',
  ]) {
    expect([path, (await ask('api-echo', path, { key: admin })).status]).toEqual([path, 404]);
  }
});

it('says that nothing is bound, and that what is bound does not answer', async () => {
  expect((await ask('api-alone', '/pipeline/runs', {})).status).toBe(204);
  expect((await ask('api-alone', `/pipeline/runs/${ID}`, { key: admin })).status).toBe(404);
  const down = await ask('api-echo', `/pipeline/runs/${DROPPED}`, { key: admin });
  expect([down.status, down.headers.get('retry-after')]).toEqual([503, '1']);
  expect(JSON.parse(down.text)).toMatchObject({ code: 'STORAGE_FAILED', retryable: true });
  expect(down.text).not.toContain('is down');
});
