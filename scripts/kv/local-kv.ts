import { join } from 'node:path';
import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { persistFolder } from './project.ts';
import { makeWritableFolder } from './writable-folder.ts';

export interface OpenKv {
  readonly kv: SelectionKv;
  close(): Promise<void>;
}

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
    kvNamespaces: { SELECTIONS: namespaceId },
    kvPersist,
    cf: false,
  });
  const kv = (await miniflare.getKVNamespace('SELECTIONS')) as unknown as SelectionKv;
  return { kv, close: () => miniflare.dispose() };
}
