import { env, exports } from 'cloudflare:workers';
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { bundledEncoder } from '../../src/clip/towers/bundled-encoder.ts';
import worker from '../../src/index.ts';
import { putKey } from './access-setup.ts';
import { ENDPOINT, fullModel, publish, recordOf } from './setup.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ORIGIN = 'https://alignql.test';

interface Health {
  readonly status: string;
  readonly version: string;
  readonly commit: string | null;
  readonly checks: readonly { name: string; ok: boolean; message?: string; hint?: string }[];
}

/** One request to the Worker as a new isolate with some bindings or variables replaced; the rest is real. */
async function fetchWith(overrides: object, url: string, init: RequestInit = {}): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(url, init) as Request<unknown, IncomingRequestCfProperties>;
  const response = await worker.fetch(request, { ...env, ...overrides }, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

async function ready(overrides: object): Promise<{ status: number; text: string; health: Health }> {
  const response = await fetchWith(overrides, `${ORIGIN}/ready`);
  const text = await response.text();
  return { status: response.status, text, health: JSON.parse(text) as Health };
}

const failed = ({ checks }: Health): string[] => checks.filter(({ ok }) => !ok).map(({ name }) => name);

describe('the request id', () => {
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    exports.default.fetch(ENDPOINT, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  it.each([
    `${ENDPOINT}?query={__typename}`,
    `${ENDPOINT}/nothing`,
    `${ORIGIN}/health`,
    `${ORIGIN}/ready`,
    `${ORIGIN}/corpora/none/thumbnails/${'0'.repeat(32)}`,
    `${ORIGIN}/nothing`,
  ])('is in the header of %s, with what no cache and no browser may guess', async (url) => {
    const { headers } = await exports.default.fetch(url);
    expect(headers.get('x-request-id')).toMatch(UUID);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each(['a', 'req_01J-9.z', 'A'.repeat(72)])('is the caller’s where it is well formed: %s', async (id) => {
    const { headers } = await post('{"query":"{ __typename }"}', { 'x-request-id': id });
    expect(headers.get('x-request-id')).toBe(id);
  });

  it.each(['', 'A'.repeat(73), '-a', 'a b', 'a"b', '{"a":1}', 'a,b', '<script>', 'a/b'])(
    'is a fresh one where it is not: %s',
    async (id) => {
      const { headers } = await post('{"query":"{ __typename }"}', { 'x-request-id': id });
      expect(headers.get('x-request-id')).toMatch(UUID);
    },
  );

  it.each([
    ['a body that is no JSON', '{'],
    ['a query that does not parse', '{"query":"{"}'],
    ['a query that is not valid', '{"query":"{ nothing }"}'],
    ['a variable that does not fit', '{"query":"query ($a: Int!) { __typename }","variables":{"a":"x"}}'],
    ['a selection that is not there', '{"query":"{ selection(name: \\"x\\") { id } }"}'],
    [
      'a field that fails',
      '{"query":"{ alignMatrix(images: [], texts: [], selection: \\"none\\") { selection } }"}',
    ],
  ])('stands in every error of %s', async (_what, body) => {
    const response = await post(body, { 'x-request-id': 'mine' });
    const { errors = [] } = await response.json<{ errors?: { extensions: { requestId: string } }[] }>();
    expect(errors.map(({ extensions }) => extensions.requestId)).toEqual(errors.map(() => 'mine'));
    if (_what !== 'a selection that is not there') expect(errors).not.toEqual([]);
  });
});

describe('/health', () => {
  it('says what runs, and answers HEAD', async () => {
    const response = await fetchWith({ COMMIT: 'abc123' }, `${ORIGIN}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      version,
      commit: 'abc123',
      checks: [{ name: 'worker', ok: true }],
    });
    const head = await fetchWith({}, `${ORIGIN}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('takes no other method', async () => {
    expect((await fetchWith({}, `${ORIGIN}/ready`, { method: 'POST' })).status).toBe(405);
  });

  it('is no answer to a query that only ends like its path', async () => {
    const response = await exports.default.fetch(`${ENDPOINT}?query={__typename}&x=/health`);
    expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
  });
});

describe('/ready', () => {
  beforeAll(async () => {
    const { id, fingerprint, dim } = bundledEncoder;
    await publish('default', recordOf({ ...fullModel, dim, k: dim }, { encoder: { id, fingerprint } }));
  });

  it('holds where everything is there', async () => {
    const { status, health } = await ready({});
    expect(failed(health)).toEqual([]);
    expect(status).toBe(200);
    expect(health.checks.map(({ name }) => name)).toEqual([
      'configuration',
      'storage',
      'selection',
      'encoder',
    ]);
  });

  it.each([
    ['a route that there is none of', { TEXT_ROUTE: 'banana' }],
    ['a text tower of another encoder', { ENCODER_ID: 'other', ENCODER_DIM: '4', TEXT_ROUTE: 'worker' }],
    ['no dimension', { ENCODER_ID: 'other', TEXT_ROUTE: 'ai' }],
    ['a dimension that the encoder has not', { ENCODER_DIM: '7' }],
    ['a scale that is no number', { ENCODER_LOGIT_SCALE: 'x' }],
    ['a bias that is no number', { ENCODER_LOGIT_BIAS: 'x' }],
    ['no encoder', { AI: undefined }],
  ])('fails for %s in configuration and encoder', async (_what, overrides) => {
    const { status, health } = await ready(overrides);
    expect(failed(health)).toEqual(['configuration', 'encoder']);
    expect(status).toBe(503);
  });

  it.each([
    ['pixels', { MAX_IMAGE_PIXELS: 'many' }],
    ['memory', { CORPUS_MEMORY_MIB: '1' }],
    ['a cache', { EMBEDDING_CACHE: 'sometimes' }],
    ['no storage', { CORPORA: undefined }],
  ])('fails for a configuration of %s', async (_what, overrides) => {
    expect(failed((await ready(overrides)).health)).toContain('configuration');
  });

  it.each([
    ['a model that is not there', { AI_MODEL: 'no-such-model' }],
    ['an answer of another form', { AI_VECTORS_PATH: 'result.vectors' }],
    ['another field', { AI_IMAGE_FIELD: 'picture' }],
    [
      'a binding that throws',
      { AI: { run: () => Promise.reject(new Error('3040: busy')) }, AI_TIMEOUT_MS: '100' },
    ],
    ['vectors of another length', { AI: { run: () => Promise.resolve({ data: [[1, 2]] }) } }],
    ['another encoder than that of default', { ENCODER_ID: 'other', ENCODER_DIM: '4', TEXT_ROUTE: 'ai' }],
    ['another revision', { ENCODER_FINGERPRINT: 'a'.repeat(64) }],
  ])('fails for %s in encoder alone', async (_what, overrides) => {
    const { status, health } = await ready(overrides);
    expect(failed(health)).toEqual(['encoder']);
    expect(status).toBe(503);
  });

  it('fails where storage does not answer', async () => {
    const broken = { get: () => Promise.reject(new Error('gone')) };
    expect(failed((await ready({ CORPORA: broken })).health)).toEqual(['storage']);
    expect(failed((await ready({ SELECTIONS: broken })).health)).toContain('storage');
  });

  it('names the operator’s variables to who may administer, and to nobody else', async () => {
    const wrong = { AUTH: 'keys', TEXT_ROUTE: 'banana', MAX_IMAGE_PIXELS: 'many', AI_MODEL: 'secret-model' };
    expect((await ready(wrong)).text).not.toMatch(/[A-Z]{2,}_[A-Z]|banana|secret/);
    const admin = await putKey({ scopes: ['admin'] });
    const headers = { authorization: `Bearer ${admin.text}` };
    const { checks } = await (await fetchWith(wrong, `${ORIGIN}/ready`, { headers })).json<Health>();
    const hint = checks.find(({ name }) => name === 'configuration')?.hint;
    expect(hint).toMatch(/TEXT_ROUTE is .*; MAX_IMAGE_PIXELS is/);
  });

  it('says how to open the door, to everyone, where nobody has said who may ask', async () => {
    const { status, text, health } = await ready({ AUTH: undefined });
    expect([status, failed(health)]).toEqual([503, ['configuration']]);
    expect(text).toContain('AUTH is not set');
  });

  it('finds out once, however many ask', async () => {
    let calls = 0;
    const AI = {
      run(): Promise<unknown> {
        calls++;
        return Promise.resolve({ data: [new Array(bundledEncoder.dim).fill(1)] });
      },
    };
    const changes: object = { AI };
    const isolate = { ...env, ...changes };
    const ctx = createExecutionContext();
    for (let i = 0; i < 20; i++) {
      const request = new Request(`${ORIGIN}/ready`) as Request<unknown, IncomingRequestCfProperties>;
      expect((await worker.fetch(request, isolate, ctx)).status).toBe(200);
    }
    expect(calls).toBe(1);
  });
});
