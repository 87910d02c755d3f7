import type { KVNamespace } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { type ProjectKv, type PutOptions, projectKv } from '../../scripts/kv/local-kv.ts';

export interface LocalKv {
  /** Real KV of workerd, in memory. */
  readonly kv: ProjectKv;
  clear(): Promise<void>;
  dispose(): Promise<void>;
}

export async function openMemoryKv(): Promise<LocalKv> {
  const miniflare = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    kvNamespaces: ['SELECTIONS'],
  });
  const kv = await miniflare.getKVNamespace('SELECTIONS');
  return {
    kv: projectKv(kv as unknown as KVNamespace),
    clear: async () => {
      const { keys } = await kv.list();
      await Promise.all(keys.map((key) => kv.delete(key.name)));
    },
    dispose: () => miniflare.dispose(),
  };
}

/** Calls that reached KV, as "get selection:v1:name:default", and a fault to put in the way of the next ones. */
export interface FaultyKv extends ProjectKv {
  readonly calls: string[];
  /** Runs before a call goes through; throws or waits to make it fail or hang. */
  fault: ((call: string) => Promise<void> | void) | null;
  /** Keys a page of `list`; KV's own is 1000. */
  pageSize: number;
}

/** The same KV, watched, with faults on demand. */
export function withFaults(kv: ProjectKv): FaultyKv {
  const faulty: FaultyKv = {
    calls: [],
    fault: null,
    pageSize: 1000,
    get: ((key: string, options: { type: 'arrayBuffer' }) =>
      pass(`get ${key}`, () => kv.get(key, options))) as ProjectKv['get'],
    getWithMetadata: (key, options) => pass(`get ${key}`, () => kv.getWithMetadata(key, options)),
    put: (key: string, value: string | Uint8Array, options?: PutOptions) =>
      pass(`put ${key}`, () => kv.put(key, value, options)),
    putMany: (entries) => pass('put many', () => kv.putMany(entries)),
    deleteMany: (keys) => pass('delete many', () => kv.deleteMany(keys)),
    list: (options) =>
      pass(`list ${options.prefix}`, () => kv.list({ ...options, limit: faulty.pageSize } as typeof options)),
  };
  async function pass<T>(call: string, run: () => Promise<T>): Promise<T> {
    faulty.calls.push(call);
    await faulty.fault?.(call);
    return run();
  }
  return faulty;
}
