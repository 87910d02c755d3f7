import { openJson, sealJson } from '../../src/format/stored-value.ts';
import { decodedOrDamaged } from '../../src/storage/stored-or-damaged.ts';
import type { ProjectKv } from '../kv/local-kv.ts';
import { EVERYTHING, withPublishLock } from '../kv/publish-lock.ts';
import type { Namespaces } from '../kv/namespaces.ts';
import type { Orphan, Problem, StorageReport } from './storage-report.ts';
import { DAY_MS, type StorageWalk, walkStorage } from './walk-storage.ts';

/** When a value of unknown age was first seen as an orphan, by key. */
const SEEN_KEY = 'doctor:v1:orphans';

interface Options {
  readonly isPlan: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Removes orphans older than a day. While it works nobody publishes: what is found is walked once more under the lock. One whose age nothing
 * tells is noted, and removed by a sweep a day later.
 */
export async function sweep(kvs: Namespaces, walk: StorageWalk, options: Options): Promise<StorageReport> {
  if (walk.orphans.length === 0) return walk.report;
  if (options.isPlan) {
    const due = await dueAmong(kvs, walk.orphans, options.now);
    return { ...walk.report, removed: due.map(({ key }) => key) };
  }
  return withPublishLock(kvs.selections, EVERYTHING, () =>
    withPublishLock(kvs.corpora, EVERYTHING, () => removeOrphans(kvs, options.now)),
  );
}

async function removeOrphans(kvs: Namespaces, now: number): Promise<StorageReport> {
  const { report, orphans } = await walkStorage(kvs, now);
  const due = await dueAmong(kvs, orphans, now);
  const dueKeys = new Set(due.map(({ key }) => key));
  for (const { kv, of } of [kvOf(kvs, 'SELECTIONS'), kvOf(kvs, 'CORPORA')]) {
    const keys = due.filter(of).map(({ key }) => key);
    if (keys.length > 0) await kv.deleteMany(keys);
    const waiting = orphans.filter(
      (orphan) => of(orphan) && orphan.writtenAt === null && !dueKeys.has(orphan.key),
    );
    await noteSeen(kv, waiting, now);
  }
  return {
    ...report,
    values: report.values - due.length,
    problems: report.problems.filter(({ kind, key }) => kind !== 'orphaned' || !dueKeys.has(key)),
    removed: [...dueKeys],
  };
}

function kvOf(
  kvs: Namespaces,
  namespace: Problem['namespace'],
): { readonly kv: ProjectKv; readonly of: (orphan: Orphan) => boolean } {
  const kv = namespace === 'SELECTIONS' ? kvs.selections : kvs.corpora;
  return { kv, of: (orphan) => orphan.namespace === namespace };
}

/** All are older than a day by their own time, or of unknown age. */
async function dueAmong(kvs: Namespaces, orphans: readonly Orphan[], now: number): Promise<Orphan[]> {
  const seen = { SELECTIONS: await readSeen(kvs.selections), CORPORA: await readSeen(kvs.corpora) };
  return orphans.filter(({ namespace, key, writtenAt }) => {
    const since = writtenAt ?? seen[namespace][key];
    return since !== undefined && now - since >= DAY_MS;
  });
}

async function readSeen(kv: ProjectKv): Promise<Readonly<Record<string, number>>> {
  const value = await kv.get(SEEN_KEY, { type: 'arrayBuffer' });
  if (value === null) return {};
  // Damaged, it is as if nothing had been seen yet: a day later all is as it would have been.
  const { value: seen } = decodedOrDamaged(() => openJson(new Uint8Array(value), SEEN_KEY));
  return (seen ?? {}) as Record<string, number>;
}

/** Notes those that are seen for the first time, and forgets those that are gone. */
async function noteSeen(kv: ProjectKv, orphans: readonly Orphan[], now: number): Promise<void> {
  const before = await readSeen(kv);
  const seen = Object.fromEntries(orphans.map(({ key }) => [key, before[key] ?? now]));
  if (Object.keys(seen).length > 0) await kv.put(SEEN_KEY, sealJson(SEEN_KEY, seen));
  else if (Object.keys(before).length > 0) await kv.deleteMany([SEEN_KEY]);
}
