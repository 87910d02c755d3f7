import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { putSealed } from './corpora.ts';
import { thumbnailKey } from '../../src/format/kv-keys.ts';
import worker from '../../src/index.ts';
import { writeCorpus } from './corpora.ts';
import { ask, embedding, fullModel, publish, recordOf } from './setup.ts';

const ID = '0123456789abcdef0123456789abcdef';
const BYTES = new Uint8Array([0x52, 0x49, 0x46, 0x46, 4, 0, 0, 0, 0x57, 0x45, 0x42, 0x50]);
const QUERY = `query ($text: TextInput!) {
  search(corpus: "shown", text: $text) { edges { id thumbnail } corpus { thumbnails } }
}`;

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  exports.default.fetch(new Request(`https://alignql.test${path}`, init));

beforeAll(async () => {
  const selection = await publish('shown', recordOf(fullModel));
  await putSealed(thumbnailKey('shown', ID), BYTES);
  await writeCorpus(
    'shown',
    selection,
    [
      { id: 'pictured', vector: [127, 0, 0, 0], thumbnail: ID },
      { id: 'bare', vector: [0, 127, 0, 0] },
    ],
    { thumbnails: 1 },
  );
});

describe('thumbnails', () => {
  it('are told with each result that has one, and served there, to be kept for ever', async () => {
    const { data } = await ask(QUERY, { text: embedding([1, 0, 0, 0]) });
    const path = `/corpora/shown/thumbnails/${ID}`;
    expect(data.search).toEqual({
      edges: [
        { id: 'pictured', thumbnail: path },
        { id: 'bare', thumbnail: null },
      ],
      corpus: { thumbnails: 1 },
    });
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(BYTES.length),
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'access-control-allow-origin': '*',
      etag: `"${ID}"`,
    });
    const head = await get(path, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([
      200,
      '',
      String(BYTES.length),
    ]);
    const known = await get(path, { headers: { 'if-none-match': `"${ID}"` } });
    expect([known.status, await known.text()]).toEqual([304, '']);
  });

  it.each([
    ['another id', `/corpora/shown/thumbnails/${'f'.repeat(32)}`],
    ['another corpus', `/corpora/other/thumbnails/${ID}`],
    ['no id', '/corpora/shown/thumbnails/'],
    ['upper case', `/corpora/shown/thumbnails/${ID.toUpperCase()}`],
    ['a longer id', `/corpora/shown/thumbnails/${ID}0`],
    ['a path upwards', `/corpora/shown/thumbnails/..%2f..%2fname%2fshown`],
    ['a key in the name', `/corpora/shown:${ID}/thumbnails/${ID}`],
    ['bytes that are no UTF-8', '/corpora/%ff/thumbnails/%00'],
    ['a name longer than a key', `/corpora/${'a'.repeat(5000)}/thumbnails/${ID}`],
  ])('are 404 for %s, and not kept', async (_what, path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control') ?? '').not.toContain('immutable');
    await response.text();
  });

  it('refuse other methods, and say when storage fails', async () => {
    const path = `/corpora/shown/thumbnails/${ID}`;
    const posted = await get(path, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    await posted.text();
    const broken = { get: () => Promise.reject(new Error('internal: KV is down')) };
    const request = new Request(`https://alignql.test${path}`) as Request<
      unknown,
      IncomingRequestCfProperties
    >;
    const context = {
      waitUntil: vi.fn(),
      passThroughOnException: vi.fn(),
      props: {},
    } as unknown as ExecutionContext;
    const failed = await worker.fetch(
      request,
      { ...env, CORPORA: broken as unknown as KVNamespace },
      context,
    );
    expect([failed.status, failed.headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect(await failed.text()).toBe('Storage did not read; try again\n');
  });
});
