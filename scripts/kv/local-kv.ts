import { join } from 'node:path';
import type { KVNamespace } from '@cloudflare/workers-types';
import type { WritableCorpusKv } from '../../src/storage/corpus-kv.ts';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { persistFolder } from './project.ts';
import { makeWritableFolder } from './writable-folder.ts';

/** What the commands need of a namespace: all that selections and corpora do with one. */
export type ProjectKv = SelectionKv & WritableCorpusKv;

export interface OpenKv {
  readonly kv: ProjectKv;
  close(): Promise<void>;
}

/** Writes under way at once: more do not make SQLite any faster. */
const MAX_CONCURRENT_WRITES = 8;

/**
 * The KV of the local server, through files that it may hold open at the same moment: SQLite keeps both in step, and a
 * running server sees a write at once.
 * @param state the state folder; made when missing
 * @throws UserError when it cannot be written
 */
export async function openLocalKv(state: string, namespaceId: string): Promise<OpenKv> {
  const kvPersist = join(persistFolder(state), 'v3', 'kv');
  await makeWritableFolder(kvPersist, 'the state folder', 'Choose another by ALIGNQL_STATE.');
  const { Miniflare } = await import('miniflare');
  const miniflare = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    kvNamespaces: { KV: namespaceId },
    kvPersist,
    cf: false,
  });
  const kv = (await miniflare.getKVNamespace('KV')) as unknown as KVNamespace;
  return { kv: projectKv(kv), close: () => miniflare.dispose() };
}

/** A namespace of workerd, with calls that take many keys. */
export function projectKv(kv: KVNamespace): ProjectKv {
  const { get, getWithMetadata, list, put } = kv as unknown as SelectionKv & Pick<WritableCorpusKv, 'get'>;
  return {
    get: get.bind(kv),
    getWithMetadata: getWithMetadata.bind(kv),
    list: list.bind(kv),
    put: put.bind(kv),
    putMany: (entries) => inBatches(entries, ({ key, value }) => kv.put(key, value)),
    deleteMany: (keys) => inBatches(keys, (key) => kv.delete(key)),
  };
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += MAX_CONCURRENT_WRITES) {
    await Promise.all(items.slice(start, start + MAX_CONCURRENT_WRITES).map(work));
  }
}
