import { openLocalKv, type OpenKv } from './local-kv.ts';
import { stateFolder } from './project.ts';
import { openWranglerKv } from './wrangler-kv.ts';

/** The KV to publish to: the local server's, or the account's by way of wrangler. */
export async function openKv(remote: boolean, namespaceId: string): Promise<OpenKv> {
  if (!remote) return openLocalKv(stateFolder(), namespaceId);
  return { kv: openWranglerKv(['--remote']), close: () => Promise.resolve() };
}
