import type { SelectionKv } from '../../src/storage/selection-kv.ts';
import { type SelectionStore, createSelectionStore } from '../../src/storage/selection-store.ts';

/** A Worker that answers with the id of "default" through one store an isolate, over real KV made slow. */

interface Env {
  readonly SELECTIONS: SelectionKv;
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const KV_DELAY_MS = 800;
let store: SelectionStore | undefined;
let kvCalls = 0;

function slow(kv: SelectionKv): SelectionKv {
  const wait = async (): Promise<void> => {
    kvCalls++;
    await new Promise((resolve) => setTimeout(resolve, KV_DELAY_MS));
  };
  return {
    ...kv,
    get: async (key, options) => wait().then(() => kv.get(key, options)),
    getWithMetadata: async (key, options) => wait().then(() => kv.getWithMetadata(key, options)),
  };
}

export default {
  async fetch(_request: unknown, env: Env, ctx: Context): Promise<Response> {
    store ??= createSelectionStore(slow(env.SELECTIONS));
    const selection = await store.read('default', (work) => ctx.waitUntil(work));
    return Response.json({ id: selection?.id ?? null, kvCalls });
  },
};
