import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { embeddingUrl } from '../../src/format/cached-embedding.ts';
import { corpusKey, nameKey, recordKey, segmentKey, thumbnailKey } from '../../src/format/kv-keys.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { AppError } from '../../src/errors.ts';
import { sealValue } from '../../src/format/stored-value.ts';
import { type CorpusKv, readManifest } from '../../src/storage/corpus-kv.ts';
import { readThumbnail } from '../../src/storage/corpus-thumbnails.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import {
  readFields,
  readFullChunk,
  readItemPage,
  readScannedFull,
  readScannedVectors,
} from '../../src/storage/segment-values.ts';
import { readPointer, readRecord } from '../../src/storage/selection-kv.ts';
import { type ResponseCache, SharedEmbeddings } from '../../src/storage/shared-embeddings.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { storageError } from '../format/storage-error.ts';
import { makeCorpus } from '../search/made-corpus.ts';
import { type LocalKv, openMemoryKv } from './local-kv.ts';

// Whatever lies under a key, in the place of what was written there: readers say that storage failed, and never answer from it.
let local: LocalKv;
const THUMBNAIL = 'ab'.repeat(16);
const record = (seed: number) =>
  buildSelection(seed, { projection: 'mask', fusion: 'identity', dim: 8, k: 3 });

interface Kind {
  readonly kind: string;
  readonly key: string;
  /** Keys of values of the same kind and shape, of another name, corpus or part. */
  readonly alike: readonly string[];
  readonly read: (kv: LocalKv['kv']) => Promise<unknown>;
}
let kinds: Kind[];

beforeAll(async () => {
  local = await openMemoryKv();
  const { kv } = local;
  const at = { createdAt: '2026-11-24T03:00:00.000Z' };
  const first = await publishSelection(kv, 'first', encodeSelection(record(1)), at);
  const second = await publishSelection(kv, 'second', encodeSelection(record(2)), at);
  const make = async (name: string, seed: number) =>
    (await makeCorpus(kv, { name, plan: 'compact', record: record(1), count: 20, seed, segmentSize: 10 }))
      .manifest;
  const shop = await make('shop', 1);
  const other = await make('other', 2);
  const [segment] = shop.segments;
  const part = (name: 'vectors' | 'fields' | 'items:0' | 'full:0') => ({
    kind: name,
    key: segmentKey(segment.id, name),
    alike: [shop.segments[1], ...other.segments].map(({ id }) => segmentKey(id, name)),
  });
  for (const [corpus, byte] of [
    ['shop', 1],
    ['other', 2],
  ] as const) {
    const key = thumbnailKey(corpus, THUMBNAIL);
    await kv.put(key, sealValue(key, Uint8Array.of(byte, byte, byte)));
  }
  kinds = [
    {
      kind: 'pointer',
      key: nameKey('first'),
      alike: [nameKey('second')],
      read: (from) => readPointer(from, 'first'),
    },
    {
      kind: 'record',
      key: recordKey(first.id),
      alike: [recordKey(second.id)],
      read: (from) => readRecord(from, first.id),
    },
    {
      kind: 'manifest',
      key: corpusKey('shop'),
      alike: [corpusKey('other')],
      read: (from) => readManifest(from, 'shop'),
    },
    {
      ...part('vectors'),
      read: async (from) => {
        let bytes = 0;
        await readScannedVectors(from, shop, segment, (payload) => (bytes += payload.length));
        return bytes;
      },
    },
    { ...part('fields'), read: (from) => readFields(from, segment) },
    { ...part('items:0'), read: (from) => readItemPage(from, segment, 0) },
    { ...part('full:0'), read: (from) => readFullChunk(from, 8, segment, 0) },
    {
      kind: 'thumbnail',
      key: thumbnailKey('shop', THUMBNAIL),
      alike: [thumbnailKey('other', THUMBNAIL)],
      read: (from) => readThumbnail(from, 'shop', THUMBNAIL),
    },
  ];
});
afterAll(() => local.dispose());

/** The time beside a record has a test of its own. */
function withoutTime(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'record' in value ? value.record : value;
}

/** The same KV with other bytes under one key. */
function withBytes(key: string, bytes: Uint8Array): LocalKv['kv'] {
  const { kv } = local;
  const value = Uint8Array.from(bytes).buffer;
  return {
    ...kv,
    get: ((asked: string, options: { readonly type: 'arrayBuffer' | 'stream' }) => {
      if (asked !== key) return kv.get(asked, options as { readonly type: 'arrayBuffer' });
      return Promise.resolve(options.type === 'stream' ? new Blob([value]).stream() : value);
    }) as CorpusKv['get'] as LocalKv['kv']['get'],
    getWithMetadata: (asked, options) =>
      asked === key ? Promise.resolve({ value, metadata: null }) : kv.getWithMetadata(asked, options),
  };
}

async function bytesAt(key: string): Promise<Uint8Array> {
  const value = await local.kv.get(key, { type: 'arrayBuffer' });
  if (value === null) throw new Error(`nothing at ${key}`);
  return new Uint8Array(value);
}

async function expectRefused({ kind, key, read }: Kind, bytes: Uint8Array, what: string): Promise<void> {
  const outcome = await read(withBytes(key, bytes)).then(
    () => 'an answer',
    (error: unknown) => (error instanceof AppError ? `${error.code} ${error.message}` : String(error)),
  );
  // Thousands of these: a matcher each would take most of the time.
  if (!outcome.startsWith('STORAGE_FAILED Corrupt ')) throw new Error(`${kind}: ${what}: ${outcome}`);
}

describe('what is stored under a key', () => {
  it('is read when it is what was written there', async () => {
    for (const { key, read } of kinds) {
      const value = await read(withBytes(key, await bytesAt(key)));
      expect(withoutTime(value)).toEqual(withoutTime(await read(local.kv)));
    }
  });

  it('is refused with any one byte changed', async () => {
    for (const kind of kinds) {
      const bytes = await bytesAt(kind.key);
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        // Of a digit another digit, of a letter another letter: what parsers do not mind.
        damaged[at] ^= 1;
        await expectRefused(kind, damaged, `byte ${at}`);
      }
    }
  });

  it('is refused cut at any length, and longer', async () => {
    for (const kind of kinds) {
      const bytes = await bytesAt(kind.key);
      for (let length = 0; length < bytes.length; length++) {
        await expectRefused(kind, bytes.subarray(0, length), `cut to ${length}`);
      }
      await expectRefused(kind, Uint8Array.of(...bytes, 32), 'longer');
    }
  });

  it('is refused when it is that of another name, corpus, segment or part, or of another kind', async () => {
    for (const kind of kinds) {
      const others = [...kind.alike, ...kinds.map(({ key }) => key)].filter((key) => key !== kind.key);
      expect(kind.alike).not.toEqual([]);
      for (const key of others) await expectRefused(kind, await bytesAt(key), `value of ${key}`);
    }
  });

  it('is refused as an earlier version stored it', async () => {
    for (const kind of kinds) {
      for (const old of ['{"id":"x","previous":[]}', 'ALQC\u0001\u0000\u0002\u0000']) {
        await expectRefused(kind, new TextEncoder().encode(old), old);
      }
    }
  });
});

describe('a name that only an earlier version stored', () => {
  it('is refused by name, with what to do', async () => {
    await local.kv.put('selection:v1:name:yesterday', '{}');
    await local.kv.put('corpus:v1:name:yesterday', '{}');
    await expect(readPointer(local.kv, 'yesterday')).rejects.toThrow(
      storageError(/^Selection "yesterday" is stored as an earlier version did.*--storage --migrate/),
    );
    await expect(readManifest(local.kv, 'yesterday')).rejects.toThrow(
      storageError(
        /^Corpus "yesterday" is stored as an earlier version did.*--corpus yesterday --replace DATA/,
      ),
    );
  });
});

describe('the time beside a record', () => {
  it('is refused when it is changed, and taken as it is from an earlier version', async () => {
    const { key } = kinds[1];
    const bytes = await bytesAt(key);
    const id = key.slice(-64);
    const { metadata } = await local.kv.getWithMetadata(key, { type: 'arrayBuffer' });
    const read = (value: unknown) =>
      readRecord(
        {
          ...local.kv,
          getWithMetadata: () => Promise.resolve({ value: bytes.buffer as ArrayBuffer, metadata: value }),
        },
        id,
      );
    expect((await read(metadata))?.createdAt).toBe('2026-11-24T03:00:00.000Z');
    const text = JSON.stringify(metadata);
    for (let at = 0; at < text.length; at++) {
      const digit = /\d/.test(text[at]) ? String((Number(text[at]) + 1) % 10) : 'z';
      let changed: unknown;
      try {
        changed = JSON.parse(`${text.slice(0, at)}${digit}${text.slice(at + 1)}`);
      } catch {
        continue; // KV holds metadata as JSON: it could not be there
      }
      await expect(read(changed), `character ${at}`).rejects.toThrow(storageError(/^Corrupt metadata/));
    }
    expect((await read({ createdAt: '2026-11-01T00:00:00.000Z' }))?.createdAt).toBe(
      '2026-11-01T00:00:00.000Z',
    );
    await expect(read({ createdAt: 'once' })).rejects.toThrow(storageError(/^Corrupt metadata/));
  });
});

describe('a stale manifest', () => {
  it('reads its own segments while they stay, and then says that they are gone', async () => {
    const { kv } = local;
    const options = { name: 'stale', plan: 'full', record: record(1), count: 4 } as const;
    const { manifest: old } = await makeCorpus(kv, { ...options, seed: 1, now: '2026-11-25T00:00:00.000Z' });
    const { manifest: fresh } = await makeCorpus(kv, {
      ...options,
      seed: 2,
      previous: old,
      now: '2026-11-25T00:10:00.000Z',
    });
    const rowsOf = async (manifest: typeof old) =>
      (await readScannedFull(kv, manifest, manifest.segments[0])).rows;
    expect(await rowsOf(old)).not.toEqual(await rowsOf(fresh));
    // What an old manifest and a new segment would be together: a segment is named by its content, so it is never looked for.
    const key = segmentKey(old.segments[0].id, 'vectors');
    const mixed = withBytes(key, await bytesAt(segmentKey(fresh.segments[0].id, 'vectors')));
    await expect(readScannedFull(mixed, old, old.segments[0])).rejects.toThrow(
      storageError(/it says that it is/),
    );
    await makeCorpus(kv, { ...options, seed: 3, previous: fresh, now: '2026-11-25T02:00:00.000Z' });
    await expect(rowsOf(old)).rejects.toThrow(storageError(/has no vectors here yet; try again/));
  });
});

describe('an embedding in the cache between isolates', () => {
  const dim = 4;
  const encoder = { fingerprint: 'f'.repeat(64), dim };
  const urlOf = (digit: string) => embeddingUrl('host', encoder, 'text', digit.repeat(64));
  const stored = new Map<string, Uint8Array>();
  const cache: ResponseCache = {
    match: (url) => Promise.resolve(stored.has(url) ? new Response(stored.get(url)?.slice()) : undefined),
    put: async (url, response) => void stored.set(url, new Uint8Array(await response.arrayBuffer())),
  };
  const embeddings = new SharedEmbeddings({ open: () => Promise.resolve(cache), dim, waitMs: 10_000 });

  it('is a miss with any byte changed, cut, or at the address of another', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await embeddings.write([
      [urlOf('a'), { embedding: Float32Array.of(1, 0, 0, 0), encodedAt: 1 }],
      [urlOf('b'), { embedding: Float32Array.of(0, 1, 0, 0), encodedAt: 1 }],
    ]);
    const url = urlOf('a');
    const bytes = stored.get(url) ?? new Uint8Array(0);
    const readA = async (value: Uint8Array) => {
      stored.set(url, value);
      return (await embeddings.read([url]))[0];
    };
    expect((await readA(bytes))?.embedding[0]).toBe(1);
    for (let at = 0; at < bytes.length; at++) {
      expect(await readA(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))), `byte ${at}`).toBeNull();
      expect(await readA(bytes.slice(0, at)), `cut to ${at}`).toBeNull();
    }
    expect(await readA(stored.get(urlOf('b')) ?? new Uint8Array(0))).toBeNull();
    warn.mockRestore();
  });
});
