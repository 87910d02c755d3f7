import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { freshInMemory, toCorpusRows } from '../../scripts/corpus/fresh-vectors.ts';
import { type IndexRequest, indexCorpus } from '../../scripts/corpus/index-corpus.ts';
import { readStoredRows } from '../../scripts/corpus/stored-rows.ts';
import { openWranglerKv } from '../../scripts/kv/wrangler-kv.ts';
import { corpusKey, oldCorpusKey } from '../../src/format/kv-keys.ts';
import { readThumbnail } from '../../src/storage/corpus-thumbnails.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { dropCorpus } from '../../src/storage/publish-corpus.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { storageError } from '../format/storage-error.ts';
import { unitRows } from '../search/made-corpus.ts';
import { type AccountApi, openAccountApi } from './account-api.ts';

// Every call is a wrangler process of a second or more.
const LONG_MS = 240_000;
const DIM = 16;
const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: DIM, k: 6 });
const kv = openWranglerKv('CORPORA', ['--remote']);

let api: AccountApi;
beforeAll(async () => {
  api = await openAccountApi();
});
afterAll(() => api.close());
beforeEach(() => {
  vi.stubEnv('CLOUDFLARE_API_BASE_URL', api.url);
  vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', '0'.repeat(32));
  vi.stubEnv('CLOUDFLARE_API_TOKEN', 'a-token');
  api.requests.length = 0;
  api.fault = null;
});
afterEach(() => vi.unstubAllEnvs());

const rows = (seed: number, ...ids: string[]) =>
  freshInMemory(
    ids.map((id) => ({ id, metadata: JSON.stringify({ seed }) })),
    DIM,
    unitRows(ids.length, DIM, seed),
  );

function index(changes: Partial<IndexRequest>) {
  const request: IndexRequest = {
    corpus: 'far',
    selection: { id: 'a'.repeat(64), record },
    modality: 'image',
    fresh: null,
    thumbnails: new Map(),
    dropThumbnails: false,
    deletions: new Set(),
    replace: false,
    plan: 'compact',
    rerank: null,
    fields: null,
    budgetBytes: 4 * 2 ** 20,
    now: '2026-11-25T00:00:00.000Z',
    ...changes,
  };
  const startProgress = () => ({ add: () => undefined, stop: () => undefined });
  return indexCorpus(kv, request, { startProgress, tell: () => undefined });
}

it(
  'indexes, adds, deletes and drops in an account, the manifest last, and every byte survives',
  async () => {
    await index({ fresh: rows(1, 'a', 'b', 'ü\n"c') });
    const key = corpusKey('far');
    expect(api.requests).toEqual([
      `GET values/${key}`,
      `GET values/${oldCorpusKey('far')}`,
      'PUT bulk',
      `PUT values/${key}`,
    ]);
    expect(
      await index({ fresh: rows(2, 'b', 'd'), deletions: new Set(['a']), now: '2026-11-25T01:00:00.000Z' }),
    ).toMatchObject({ count: 3, added: 1, replaced: 1, deleted: 1 });
    const manifest = await readManifest(kv, 'far');
    if (manifest === null) throw new Error('no manifest after indexing');
    const stored = await readStoredRows(kv, manifest, () => undefined);
    expect(stored.items.map(({ id, metadata }) => [id, metadata]).toSorted()).toEqual([
      ['b', '{"seed":2}'],
      ['d', '{"seed":2}'],
      ['ü\n"c', '{"seed":1}'],
    ]);
    const expected = toCorpusRows(rows(2, 'b', 'd').items, stored.coding, unitRows(2, DIM, 2));
    const at = stored.items.findIndex(({ id }) => id === 'd');
    expect(stored.rows.subarray(at * DIM, (at + 1) * DIM)).toEqual(expected.rows.subarray(DIM));

    await dropCorpus(kv, 'far', manifest);
    expect(await readManifest(kv, 'far')).toBeNull();
    expect((await kv.list({ prefix: 'corpus:' })).keys).toEqual([]);
  },
  LONG_MS,
);

it(
  'stores thumbnails in an account beside their items, and drops them with the corpus',
  async () => {
    const webp = new TextEncoder().encode('RIFF....WEBP');
    const id = 'a'.repeat(32);
    const [first, second] = rows(1, 'a', 'b').items;
    const fresh = freshInMemory([{ ...first, thumbnail: id }, second], DIM, unitRows(2, DIM, 1));
    const summary = await index({ corpus: 'shown', fresh, thumbnails: new Map([[id, webp]]) });
    expect(summary).toMatchObject({ thumbnails: 1 });
    expect(api.requests.filter((request) => request.startsWith('PUT'))).toEqual([
      'PUT bulk',
      `PUT values/${corpusKey('shown')}`,
    ]);
    expect(await readThumbnail(kv, 'shown', id)).toEqual(webp);
    const manifest = await readManifest(kv, 'shown');
    if (manifest === null) throw new Error('no manifest after indexing');
    await dropCorpus(kv, 'shown', manifest);
    expect((await kv.list({ prefix: 'corpus:' })).keys).toEqual([]);
  },
  LONG_MS,
);

it(
  'writes no manifest when the account refuses the vectors',
  async () => {
    // The first read answers "no such corpus", what is written is refused.
    const refusing = index({ corpus: 'refused', fresh: rows(3, 'a') });
    await vi.waitFor(() => expect(api.requests.length).toBe(1), { timeout: 300_000 });
    api.fault = { status: 403, code: 10000, message: 'Authentication error' };
    await expect(refusing).rejects.toThrow(storageError(/refused the credentials/));
    expect(api.requests.filter((request) => request.startsWith('PUT values'))).toEqual([]);
    api.fault = null;
    expect(await readManifest(kv, 'refused')).toBeNull();
  },
  LONG_MS,
);
