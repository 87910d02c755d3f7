import { type Namespace, assertNamespace } from './deployment.ts';
import { type KvUse, openLocalKv, type OpenKv } from './local-kv.ts';
import { remoteConfig, stateFolder } from './project.ts';
import { openWranglerKv } from './wrangler-kv.ts';

/** The KV to publish to: the local server's, or the account's by way of wrangler. */
export async function openKv(remote: boolean, namespace: Namespace, use: KvUse = {}): Promise<OpenKv> {
  assertNamespace(namespace);
  const { binding, id } = namespace;
  if (!remote) return openLocalKv(stateFolder(), id, use);
  return {
    kv: openWranglerKv(binding, ['--remote', '--config', remoteConfig()]),
    close: () => Promise.resolve(),
  };
}

/** Where that is, for whoever wonders what was listed: the same command reads another folder, or another account, elsewhere. */
export function describeKv(remote: boolean): string {
  return remote
    ? `the account's KV, as ${remoteConfig()} names it`
    : `the local server's KV in ${stateFolder()}`;
}
