import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { revokeKey } from '../../scripts/access/manage-keys.ts';
import { migrateNames } from '../../scripts/doctor/migrate-names.ts';
import { setQuota } from '../../scripts/owners/quotas.ts';
import { withdrawMeanings } from '../../scripts/selection/withdraw-meanings.ts';
import type { Namespaces } from '../../scripts/kv/namespaces.ts';
import { inWords } from '../../scripts/doctor/storage-report.ts';
import { sweep } from '../../scripts/doctor/sweep.ts';
import { walkStorage } from '../../scripts/doctor/walk-storage.ts';
import { STORAGE_DAMAGES } from '../../scripts/rehearsal/storage-damages.ts';
import { OPERATIONS_KEY, corpusKey, nameKey, recordKey, segmentKey } from '../../src/format/kv-keys.ts';
import type { CorpusManifest } from '../../src/format/corpus-manifest.ts';
import { encodeSelection } from '../../src/format/selection-record.ts';
import { startCanary } from '../../src/storage/canary.ts';
import { publishSelection, rollbackSelection } from '../../src/storage/publish-selection.ts';
import { buildSelection } from '../format/selection-builder.ts';
import { makeCorpus } from '../search/made-corpus.ts';
import { type LocalKv, openMemoryKv, withFaults } from '../storage/local-kv.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-29T00:00:00.000Z');
const createdAt = new Date(NOW).toISOString();
const record = buildSelection(1, { projection: 'mask', fusion: 'identity', dim: 8, k: 3 });
const SHOP = { name: 'shop', plan: 'compact', record, count: 20, segmentSize: 10 } as const;

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
  manifest = (await makeCorpus(kvs.corpora, { ...SHOP, selection: recordId })).manifest;
});

const problems = async (now = NOW): Promise<string[]> =>
  (await walkStorage(kvs, now)).report.problems.map(({ kind, key }) => `${kind} ${key}`);

async function change(kv: Namespaces['corpora'], key: string, at = -1): Promise<void> {
  const bytes = new Uint8Array((await kv.get(key, { type: 'arrayBuffer' })) ?? []);
  await kv.put(key, bytes.with(at < 0 ? bytes.length + at : at, bytes[bytes.length - 1] ^ 1));
}

const swept = async (changes: object = {}) => {
  const all = { isPlan: false, now: NOW, ...changes };
  return sweep(kvs, await walkStorage(kvs, all.now), all);
};

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
      await follow(problem.do);
    }
    // What a repair leaves behind is gone two days later.
    await swept({ now: NOW + DAY_MS });
    await swept({ now: NOW + 2 * DAY_MS });
    expect((await walkStorage(kvs, NOW + 2 * DAY_MS)).report.problems).toEqual([]);
  });

  it('says so of a name that was damaged before names said what they are', async () => {
    await kvs.selections.put('selection:v1:name:old', '{"id": "');
    const { report } = await walkStorage(kvs, NOW);
    expect(report.problems).toMatchObject([{ kind: 'damaged', key: 'selection:v1:name:old' }]);
    await follow(report.problems[0].do);
    expect(await problems()).toEqual([]);
  });

  it('takes what lies under a key that is none for an orphan, and sweeps it', async () => {
    const nobodys = [
      'selection:v2:name:No Name',
      'selection:v2:owned:nobody',
      'access:v1:key:x',
      'access:v1:owner:A',
    ];
    for (const key of nobodys) await kvs.selections.put(key, 'x');
    await kvs.corpora.put('corpus:v2:name:No Name', 'x');
    const keys = [...nobodys, 'corpus:v2:name:No Name'].sort();
    expect((await problems()).toSorted()).toEqual(keys.map((key) => `orphaned ${key}`).toSorted());
    // Its own note of when it saw them is damaged: they are seen for the first time once more.
    await swept();
    await change(kvs.selections, 'doctor:v1:orphans');
    await swept();
    expect((await swept({ now: NOW + DAY_MS })).removed.toSorted()).toEqual(keys);
    expect(await problems(NOW + DAY_MS)).toEqual([]);
  });

  it('names the command that repairs a canary, and one whose name is of an owner', async () => {
    const other = encodeSelection({ ...record, strategy: 'canary' });
    await publishSelection(kvs.selections, 'acme/a', encodeSelection(record), { createdAt });
    const { canary } = await startCanary(kvs.selections, 'default', other, { createdAt, share: 10 });
    for (const key of [recordKey(canary.id), nameKey('acme/a')]) await change(kvs.selections, key);
    const { report } = await walkStorage(kvs, NOW);
    expect(report.problems.map((problem) => problem.do)).toEqual([
      'Publish it again, its history is lost: npm run -s publish -- DIR --name acme/a',
      'Publish it again: npm run -s publish -- DIR --share 10 --name default',
    ]);
    await startCanary(kvs.selections, 'default', other, { createdAt, share: 10 });
    // The current record may be written anew while a canary runs.
    await change(kvs.selections, recordKey(recordId));
    await publishSelection(kvs.selections, 'default', encodeSelection(record), { createdAt });
    await publishSelection(kvs.selections, 'acme/a', encodeSelection(record), { createdAt });
    expect(await problems()).toEqual([]);
  });
});

/** Does what an advice says, as its command does. */
async function follow(advice: string): Promise<void> {
  const [, command = '', args = ''] = /npm run -s (\w+) -- (.*)$/.exec(advice) ?? [];
  const [, name = ''] = /--(?:name|corpus) (\S+)/.exec(args) ?? [];
  const { selections, corpora } = kvs;
  if (command === 'keys') await revokeKey(selections, args.replace('revoke ', ''), new Date(NOW));
  else if (command === 'owners') await setQuota(kvs, 'somebody', { bytes: 1 });
  else if (command === 'index') {
    if (name === 'shop')
      manifest = (
        await makeCorpus(corpora, { ...SHOP, selection: recordId, previous: manifest, rewrites: true })
      ).manifest;
    else await makeCorpus(corpora, { ...SHOP, name, selection: recordId });
  } else if (args.includes('--withdraw-meanings')) await withdrawMeanings(selections, name);
  else if (command === 'publish') {
    const isEarlier = advice.includes('go back');
    const bytes = encodeSelection(isEarlier ? { ...record, strategy: 'first' } : record);
    await publishSelection(selections, name, bytes, { createdAt });
    if (isEarlier)
      expect(await rollbackSelection(selections, name, { createdAt })).toMatchObject({ id: recordId });
  } else if (args.includes('--migrate')) await migrateNames(selections);
  else if (args.includes('--sweep')) await swept();
  else {
    expect(advice).toMatch(/^Put the list of your clients there again/);
    await selections.put(OPERATIONS_KEY, '{"ping": "{ __typename }"}');
  }
}

describe('doctor --storage --sweep', () => {
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
