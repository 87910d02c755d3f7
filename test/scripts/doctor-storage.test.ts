import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Namespaces } from '../../scripts/doctor/namespaces.ts';
import { inWords } from '../../scripts/doctor/storage-report.ts';
import { sweep } from '../../scripts/doctor/sweep.ts';
import { walkStorage } from '../../scripts/doctor/walk-storage.ts';
import { corpusKey, nameKey, recordKey, segmentKey, thumbnailKey } from '../../src/format/kv-keys.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { openValue, sealValue } from '../../src/format/stored-value.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { makeCorpus } from '../search/made-corpus.ts';
import { type LocalKv, openMemoryKv } from '../storage/local-kv.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-29T00:00:00.000Z');
const THUMBNAIL = 'ab'.repeat(16);
const record = buildSelection(1, { projection: 'mask', fusion: 'identity', dim: 8, k: 3 });

let locals: readonly [LocalKv, LocalKv];
let kvs: Namespaces;
let manifest: CorpusManifest;
let recordId: string;
let firstId: string;
beforeAll(async () => {
  locals = [await openMemoryKv(), await openMemoryKv()];
  kvs = { selections: locals[0].kv, corpora: locals[1].kv };
});
afterAll(() => Promise.all(locals.map((local) => local.dispose())));

/** A name of two records, one of them in its history alone, and a corpus of two segments. */
beforeEach(async () => {
  await Promise.all(locals.map((local) => local.clear()));
  const bytes = encodeSelection(record);
  const first = encodeSelection({ ...record, strategy: 'first' });
  const at = { createdAt: new Date(NOW - 10 * DAY_MS).toISOString() };
  firstId = (await publishSelection(kvs.selections, 'default', first, at)).id;
  recordId = (await publishSelection(kvs.selections, 'default', bytes, at)).id;
  const options = {
    name: 'shop',
    plan: 'compact',
    record,
    count: 20,
    segmentSize: 10,
    selection: recordId,
  } as const;
  manifest = (await makeCorpus(kvs.corpora, options)).manifest;
});

const problems = async (now = NOW): Promise<string[]> =>
  (await walkStorage(kvs, now)).report.problems.map(({ kind, key }) => `${kind} ${key}`);
const part = (name: 'vectors' | 'fields' | 'items:0' | 'full:0', segment = 0): string =>
  segmentKey(manifest.segments[segment].id, name);

async function change(kv: Namespaces['corpora'], key: string, at = -1): Promise<void> {
  const bytes = new Uint8Array((await kv.get(key, { type: 'arrayBuffer' })) ?? []);
  await kv.put(key, bytes.with(at < 0 ? bytes.length + at : at, bytes[bytes.length - 1] ^ 1));
}

/** A state with what the doctor is to find in it. */
const damaged: readonly [string, () => Promise<unknown>, () => string[]][] = [
  [
    'a name with a byte changed',
    () => change(kvs.selections, nameKey('default')),
    () => [`damaged ${nameKey('default')}`],
  ],
  [
    'a record that is gone',
    () => kvs.selections.deleteMany([recordKey(recordId)]),
    () => [`missing ${recordKey(recordId)}`],
  ],
  [
    'a record of the history alone with a byte changed',
    () => change(kvs.selections, recordKey(firstId)),
    () => [`damaged ${recordKey(firstId)}`],
  ],
  [
    'a manifest with a digit changed',
    () => change(kvs.corpora, corpusKey('shop'), -3),
    () => [`damaged ${corpusKey('shop')}`],
  ],
  [
    'vectors with a byte changed',
    () => change(kvs.corpora, part('vectors')),
    () => [`damaged ${part('vectors')}`],
  ],
  [
    'fields that are gone',
    () => kvs.corpora.deleteMany([part('fields')]),
    () => [`missing ${part('fields')}`],
  ],
  [
    'items of the segment beside',
    async () => {
      const other = new Uint8Array(
        (await kvs.corpora.get(part('items:0', 1), { type: 'arrayBuffer' })) ?? [],
      );
      await kvs.corpora.put(part('items:0'), other);
    },
    () => [`damaged ${part('items:0')}`],
  ],
  [
    'items of the segment beside, sealed for this place',
    async () => {
      const key = part('items:0', 1);
      const other = new Uint8Array((await kvs.corpora.get(key, { type: 'arrayBuffer' })) ?? []);
      await kvs.corpora.put(part('items:0'), sealValue(part('items:0'), openValue(other, key)));
    },
    () => [`damaged ${part('vectors')}`],
  ],
  [
    'full vectors that are cut',
    () => kvs.corpora.put(part('full:0'), 'alignql/1 '),
    () => [`damaged ${part('full:0')}`],
  ],
  [
    'a name and a corpus of an earlier version',
    async () => {
      const pointer = { id: recordId, publishedAt: new Date(NOW).toISOString(), previous: [] };
      await kvs.selections.put('selection:v1:name:old', JSON.stringify(pointer));
      await kvs.corpora.put('corpus:v1:name:old', '{}');
    },
    () => ['old corpus:v1:name:old', 'old selection:v1:name:old'],
  ],
  [
    'a segment and a thumbnail that nothing names, of two days ago',
    async () => {
      const metadata = { writtenAt: new Date(NOW - 2 * DAY_MS).toISOString() };
      for (const key of [segmentKey('9'.repeat(64), 'vectors'), thumbnailKey('shop', THUMBNAIL)]) {
        await kvs.corpora.put(key, sealValue(key, new Uint8Array(4)), { metadata });
      }
    },
    () => [
      `orphaned ${segmentKey('9'.repeat(64), 'vectors')}`,
      `orphaned ${thumbnailKey('shop', THUMBNAIL)}`,
    ],
  ],
];

describe('doctor --storage', () => {
  it('finds nothing wrong where all is well', async () => {
    const { report, orphans } = await walkStorage(kvs, NOW);
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ names: 1, corpora: 1, young: 0, removed: [] });
    expect(report.values).toBe(3 + 1 + 2 * 4);
    expect(orphans).toEqual([]);
    expect(inWords(report, { plan: false })).toEqual([
      '12 values, 1 selection names, 1 corpora: all is well',
    ]);
  });

  it.each(damaged)('finds %s, and says what to do', async (_what, damage, expected) => {
    await damage();
    const { report } = await walkStorage(kvs, NOW);
    expect(report.problems.map(({ kind, key }) => `${kind} ${key}`).toSorted()).toEqual(expected());
    for (const problem of report.problems) {
      expect(problem.what).not.toBe('');
      expect(problem.do).toMatch(/npm run -s|Publish it again/);
    }
  });
});

describe('doctor --storage --sweep', () => {
  const options = { isPlan: false, now: NOW };
  const swept = async (changes: object = {}) => {
    const all = { ...options, ...changes };
    return sweep(kvs, await walkStorage(kvs, all.now), all);
  };
  const orphan = segmentKey('9'.repeat(64), 'vectors');
  const put = (age: number): Promise<void> =>
    kvs.corpora.put(orphan, 'x', { metadata: { writtenAt: new Date(NOW - age).toISOString() } });

  it('removes what nothing reaches once it is older than a day, and nothing else', async () => {
    await put(DAY_MS - 1);
    expect(await swept()).toMatchObject({ removed: [], young: 1, problems: [] });
    await put(DAY_MS);
    expect((await swept({ isPlan: true })).removed).toEqual([orphan]);
    expect(await kvs.corpora.get(orphan, { type: 'arrayBuffer' })).not.toBeNull();
    expect(await swept()).toMatchObject({ removed: [orphan], problems: [] });
    expect(await kvs.corpora.get(orphan, { type: 'arrayBuffer' })).toBeNull();
    expect(await problems()).toEqual([]);
  });

  it('removes a record that no history and no corpus reaches, and keeps one that a history does', async () => {
    const bytes = encodeSelection({ ...record, strategy: 'elsewhere' });
    const { id } = await publishSelection(kvs.selections, 'gone', bytes, {
      createdAt: new Date(NOW - 3 * DAY_MS).toISOString(),
    });
    await kvs.selections.deleteMany([nameKey('gone')]);
    expect(await swept()).toMatchObject({ removed: [recordKey(id)], problems: [] });
  });

  it('removes one whose age nothing tells a day after it was first seen', async () => {
    await kvs.corpora.put(orphan, 'x');
    expect((await swept()).removed).toEqual([]);
    expect((await swept({ now: NOW + DAY_MS - 1 })).removed).toEqual([]);
    expect((await swept({ now: NOW + DAY_MS })).removed).toEqual([orphan]);
  });

  it('removes nothing that a name or manifest which cannot be read might reach', async () => {
    await put(2 * DAY_MS);
    const bytes = encodeSelection({ ...record, strategy: 'elsewhere' });
    const at = { createdAt: new Date(NOW - 3 * DAY_MS).toISOString() };
    await publishSelection(kvs.selections, 'damaged', bytes, at);
    await change(kvs.selections, nameKey('damaged'));
    await change(kvs.corpora, corpusKey('shop'));
    expect((await swept()).removed).toEqual([]);
  });

  it('removes what an earlier version stored a day after its successor was written', async () => {
    await kvs.corpora.put('corpus:v1:name:shop', '{}');
    await kvs.corpora.put('corpus:v1:segment:x:vectors', 'x');
    const created = Date.parse(manifest.createdAt);
    expect((await swept({ now: created + DAY_MS - 1 })).removed).toEqual([]);
    expect((await swept({ now: created + DAY_MS })).removed).toEqual([
      'corpus:v1:name:shop',
      'corpus:v1:segment:x:vectors',
    ]);
  });
});
