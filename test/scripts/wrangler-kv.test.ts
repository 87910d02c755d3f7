import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openWranglerKv } from '../../scripts/kv/wrangler-kv.ts';
import { nameKey, oldNameKey, recordKey } from '../../src/format/kv-keys.ts';
import { encodeSelection, selectionId } from '../../src/format/selection-record.ts';
import { publishSelection, rollbackSelection } from '../../src/storage/publish-selection.ts';
import { readPointer, recordMetadata } from '../../src/storage/selection-kv.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { type AccountApi, openAccountApi } from './account-api.ts';

// Every call is a wrangler process of a second or more.
const LONG_MS = 240_000;
const CREATED = '2026-11-24T03:00:00.000Z';

describe("an account's KV, through wrangler's remote commands", () => {
  let api: AccountApi;
  const kv = openWranglerKv('SELECTIONS', ['--remote']);

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

  it(
    'takes a publish in the order record, read back, name',
    async () => {
      const bytes = encodeSelection(buildSelection(1));
      const id = await selectionId(bytes);
      const published = await publishSelection(kv, 'default', bytes, { createdAt: CREATED });
      expect(published).toEqual({ name: 'default', id, previous: null, changed: true, earlier: 0 });
      expect(api.requests).toEqual([
        `GET values/${nameKey('default')}`,
        `GET values/${oldNameKey('default')}`,
        'GET keys',
        `PUT values/${recordKey(id)}`,
        `GET values/${recordKey(id)}`,
        `PUT values/${nameKey('default')}`,
      ]);
      expect(await readPointer(kv, 'default')).toMatchObject({ id, publishedAt: CREATED, previous: [] });
      expect(await api.stored(recordKey(id))).toEqual({
        value: bytes,
        metadata: recordMetadata(id, CREATED),
      });
    },
    LONG_MS,
  );

  it(
    'gives many values that are text in one call, and leaves what is none or cannot be had so to a call of its own',
    async () => {
      const bytes = encodeSelection(buildSelection(1));
      const keys = [nameKey('default'), recordKey(await selectionId(bytes)), nameKey('gone')];
      const texts = await kv.getTexts?.(keys);
      expect(api.requests).toEqual(['POST bulk/get']);
      expect(texts).toEqual(
        new Map([
          [keys[0], (await api.stored(keys[0])).value],
          [keys[2], null],
        ]),
      );
      api.fault = { status: 413, code: 10000, message: 'too large' };
      expect(await kv.getTexts?.(keys)).toEqual(new Map());
    },
    LONG_MS,
  );

  it.each([
    [
      { status: 403, code: 10000, message: 'Authentication error' },
      /refused the credentials.*Workers KV Storage: Edit/,
    ],
    [
      { status: 404, code: 10013, message: 'namespace not found' },
      /no such namespace.*kv namespace create SELECTIONS/,
    ],
    [
      { status: 500, code: 19999, message: 'something new' },
      /cannot list x in .*something new \[code: 19999\]/,
    ],
    [
      { status: 400, code: 19998, message: 'refused by the network policy of the account' },
      /cannot list x in .*network policy of the account \[code: 19998\]/,
    ],
  ])(
    'says what to do about %j',
    async (fault, message) => {
      api.fault = fault;
      await expect(kv.list({ prefix: 'x' })).rejects.toThrow(
        expect.objectContaining({
          name: 'AppError',
          code: 'STORAGE_FAILED',
          message: expect.stringMatching(message) as string,
        }) as Error,
      );
    },
    LONG_MS,
  );

  it(
    'carries many values at once, whatever their bytes, and deletes many',
    async () => {
      const bytes = Uint8Array.from({ length: 256 * 3 }, (_, i) => i);
      const entries = Array.from({ length: 300 }, (_, i) => ({
        key: `corpus:v2:segment:x:full:${i}`,
        value: bytes.subarray(i, i + 2 * i),
      }));
      await kv.putMany(entries);
      expect(api.requests).toEqual(['PUT bulk']);
      for (const { key, value } of entries) expect((await api.stored(key)).value).toEqual(value.slice());
      const [, , third] = entries;
      expect(new Uint8Array((await kv.get(third.key, { type: 'arrayBuffer' })) ?? [])).toEqual(
        third.value.slice(),
      );
      await kv.deleteMany(entries.slice(1).map(({ key }) => key));
      expect((await api.stored(entries[0].key)).value).toEqual(new Uint8Array(0));
      expect((await api.stored(entries[299].key)).value).toBeNull();
      expect(api.requests.slice(2)).toEqual(['DELETE bulk']);
    },
    LONG_MS,
  );

  it(
    'says which namespace to make when it has none for corpora',
    async () => {
      api.fault = { status: 404, code: 10013, message: 'namespace not found' };
      const corpora = openWranglerKv('CORPORA', ['--remote']);
      const entry = { key: 'x', value: Uint8Array.of(1) };
      await expect(corpora.putMany([entry])).rejects.toThrow(
        /^cannot write 1 key in the account's KV: .*kv namespace create CORPORA/,
      );
      await expect(corpora.deleteMany(['x'])).rejects.toThrow(/kv namespace create CORPORA/);
    },
    LONG_MS,
  );

  it(
    'says what to do without a login',
    async () => {
      vi.stubEnv('CLOUDFLARE_API_TOKEN', '');
      // An empty home: no login of the user's own.
      vi.stubEnv('HOME', '/nonexistent');
      vi.stubEnv('XDG_CONFIG_HOME', '/nonexistent');
      await expect(rollbackSelection(kv, 'x', { createdAt: CREATED })).rejects.toThrow(
        /^cannot read selection:v2:name:x in the account's KV: wrangler is not logged in\. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again\.$/,
      );
    },
    LONG_MS,
  );

  it(
    'says so when the API cannot be reached',
    async () => {
      vi.stubEnv('CLOUDFLARE_API_BASE_URL', 'http://127.0.0.1:1');
      await expect(kv.get('x', { type: 'arrayBuffer' })).rejects.toThrow(
        /^cannot read x in the account's KV: Cloudflare's API is out of reach/,
      );
    },
    LONG_MS,
  );
});
