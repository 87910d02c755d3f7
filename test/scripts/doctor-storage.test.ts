import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Namespaces } from '../../scripts/kv/namespaces.ts';
import { inWords } from '../../scripts/doctor/storage-report.ts';
import { sweep } from '../../scripts/doctor/sweep.ts';
import { walkStorage } from '../../scripts/doctor/walk-storage.ts';
import { STORAGE_DAMAGES } from '../../scripts/rehearsal/storage-damages.ts';
import { corpusKey, nameKey, recordKey, segmentKey } from '../../src/format/kv-keys.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { publishSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { makeCorpus } from '../search/made-corpus.ts';
import { type LocalKv, openMemoryKv, withFaults } from '../storage/local-kv.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-29T00:00:00.000Z');
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

async function change(kv: Namespaces['corpora'], key: string, at = -1): Promise<void> {
  const bytes = new Uint8Array((await kv.get(key, { type: 'arrayBuffer' })) ?? []);
  await kv.put(key, bytes.with(at < 0 ? bytes.length + at : at, bytes[bytes.length - 1] ^ 1));
}

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

  it('reads each value once, also those of names with owners, and lists each namespace once', async () => {
    const bytes = encodeSelection({ ...record, strategy: 'of acme' });
    for (const name of ['acme/a', 'acme/b'])
      await publishSelection(kvs.selections, name, bytes, { createdAt: new Date(NOW).toISOString() });
    const watched = { selections: withFaults(kvs.selections), corpora: withFaults(kvs.corpora) };
    const { report } = await walkStorage(watched, NOW);
    const calls = [...watched.selections.calls, ...watched.corpora.calls];
    expect(calls.filter((call) => call.startsWith('list'))).toEqual(['list ', 'list ']);
    const gets = calls.filter((call) => call.startsWith('get'));
    expect([...new Set(gets)].sort()).toEqual(gets.sort());
    // What is stored, and the quota of acme, which is none.
    expect(gets).toHaveLength(report.values + 1);
  });

  it.each(STORAGE_DAMAGES)('finds $state, and says what to do', async ({ damage, found }) => {
    const published = {
      kvs,
      now: NOW,
      name: 'default',
      current: recordId,
      earlier: firstId,
      corpus: 'shop',
      segment: manifest.segments[0].id,
      beside: manifest.segments[1].id,
    };
    await damage(published);
    const { report } = await walkStorage(kvs, NOW);
    expect(report.problems.map(({ kind, key }) => `${kind} ${key}`).toSorted()).toEqual(found(published));
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
