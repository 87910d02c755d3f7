import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KVNamespace } from '@cloudflare/workers-types';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { endChildrenWithThisProcess } from '../cli/child-watch.ts';
import { tellLines } from '../cli/messages.ts';
import { findDiskRefusal } from './disk-refusal.ts';
import { persistFolder } from './project.ts';
import type { ReadableKv } from './read-many.ts';
import { makeWritableFolder } from './writable-folder.ts';

/** What the commands need of a namespace: all that selections and corpora do with one. */
export type ProjectKv = SelectionKv &
  WritableCorpusKv &
  Pick<ReadableKv, 'getTexts'> & {
    put(key: string, value: string | Uint8Array, options?: PutOptions): Promise<void>;
  };

export interface PutOptions {
  readonly metadata?: object;
  /** Seconds after which KV forgets the value, at least 60. */
  readonly expirationTtl?: number;
}

export interface KvUse {
  /** Nothing is written, so that nothing is made where there is nothing yet. */
  readonly readsOnly?: boolean;
}

export interface OpenKv {
  readonly kv: ProjectKv;
  close(): Promise<void>;
}

/** Writes under way at once: more do not make SQLite any faster. */
const MAX_CONCURRENT_WRITES = 8;

/** How long a call is tried again that met another process' write. */
const PATIENCE_MS = 15_000;
const MAX_PAUSE_MS = 250;

/**
 * What workerd says when another process wrote the same files at that moment: its SQLite does not wait for a lock. Every call may be
 * made again, for none does more by being made twice.
 */
function isContended(error: unknown): boolean {
  return error instanceof Error && /^(KV \w+ failed: 500|Network connection lost)/.test(error.message);
}

/**
 * The KV of the local server, through files that it may hold open at the same moment: SQLite keeps both in step, and a
 * running server sees a write at once. Of two that write at the same moment one is tried again.
 * @param state the state folder; made when missing, unless it is only read: an empty KV then stands for it
 * @throws UserError when it cannot be written. What the disk refuses later is thrown as the system's own error, by this and by
 *   every call
 */
export async function openLocalKv(state: string, namespaceId: string, use: KvUse = {}): Promise<OpenKv> {
  const { kvs, close } = await openLocalNamespaces(state, [namespaceId], use);
  return { kv: kvs[0], close };
}

/** Several namespaces of it, in this order, by one workerd. */
export async function openLocalNamespaces(
  state: string,
  ids: readonly string[],
  { readsOnly = false }: KvUse = {},
): Promise<{ readonly kvs: readonly ProjectKv[]; close(): Promise<void> }> {
  const kvPersist = join(persistFolder(state), 'v3', 'kv');
  const isThere = !readsOnly || existsSync(kvPersist);
  if (isThere) await makeWritableFolder(kvPersist, 'the state folder', 'Choose another by ALIGNQL_STATE.');
  const { Miniflare } = await import('miniflare');
  endChildrenWithThisProcess();
  const log: string[] = [];
  let isExplained = false;
  const explained = async <T>(bytes: number, call: () => Promise<T>): Promise<T> => {
    const until = Date.now() + PATIENCE_MS;
    for (let tries = 0; ; tries++) {
      try {
        return await call();
      } catch (error) {
        const isLast = !isContended(error) || Date.now() > until;
        const refusal = tries === 0 || isLast ? await findDiskRefusal(kvPersist, bytes) : null;
        isExplained ||= refusal !== null;
        if (refusal !== null || isLast) throw refusal ?? error;
        await sleep(Math.random() * Math.min(MAX_PAUSE_MS, 10 * 2 ** tries));
      }
    }
  };
  const miniflare = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    kvNamespaces: Object.fromEntries(ids.map((id) => [id, id])),
    kvPersist: isThere && kvPersist,
    cf: false,
    handleRuntimeStdio: (...streams) => {
      for (const stream of streams) stream.on('data', (chunk: Buffer) => log.push(chunk.toString()));
    },
  });
  const close = async (): Promise<void> => {
    await miniflare.dispose();
    // With the reason found, the runtime's stack traces would only hide it.
    if (log.length > 0 && !isExplained) tellLines(log.join('').trimEnd());
  };
  try {
    const kvs = await Promise.all(
      ids.map(async (id) => {
        const kv = await explained(0, () => miniflare.getKVNamespace(id));
        return explainedKv(projectKv(kv as unknown as KVNamespace), explained);
      }),
    );
    return { kvs, close };
  } catch (error) {
    // A runtime that did not start rejects once more when it is disposed of.
    await close().catch(() => undefined);
    throw error;
  }
}

/** Runs a call that is to write so many bytes. */
type Explained = <T>(bytes: number, call: () => Promise<T>) => Promise<T>;

function explainedKv(kv: ProjectKv, explained: Explained): ProjectKv {
  return {
    ...kv,
    get: ((key: string, options: { readonly type: 'arrayBuffer' }) =>
      explained(0, () => kv.get(key, options))) as ProjectKv['get'],
    getWithMetadata: (key, options) => explained(0, () => kv.getWithMetadata(key, options)),
    list: (options) => explained(0, () => kv.list(options)),
    put: (key: string, value: string | Uint8Array, options?: PutOptions) =>
      explained(Buffer.byteLength(value), () => kv.put(key, value, options)),
    putMany: (entries) =>
      explained(
        entries.reduce((sum, { value }) => sum + value.length, 0),
        () => kv.putMany(entries),
      ),
    deleteMany: (keys) => explained(0, () => kv.deleteMany(keys)),
  };
}

/** A namespace of workerd, with calls that take many keys. */
export function projectKv(kv: KVNamespace): ProjectKv {
  const { get, getWithMetadata, list, put } = kv as unknown as SelectionKv & Pick<WritableCorpusKv, 'get'>;
  return {
    get: get.bind(kv),
    getWithMetadata: getWithMetadata.bind(kv),
    list: list.bind(kv),
    put: put.bind(kv) as ProjectKv['put'],
    putMany: (entries) =>
      inBatches(entries, ({ key, value, metadata }) => kv.put(key, value, metadata && { metadata })),
    deleteMany: (keys) => inBatches(keys, (key) => kv.delete(key)),
  };
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += MAX_CONCURRENT_WRITES) {
    await Promise.all(items.slice(start, start + MAX_CONCURRENT_WRITES).map(work));
  }
}
