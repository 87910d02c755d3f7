/* global Response, gc */
import worker from '../../../src/index.ts';

/** What the Worker has asked of KV since /reads was last asked. */
let reads = { gets: 0, lists: 0, bytes: 0 };

/** Services are built once for an `env`: every request gets the same. */
const countedBy = new WeakMap();

function countedEnv(env) {
  let counted = countedBy.get(env);
  if (counted === undefined) {
    counted = { ...env, SELECTIONS: countedKv(env.SELECTIONS), CORPORA: countedKv(env.CORPORA) };
    countedBy.set(env, counted);
  }
  return counted;
}

function noteRead(value) {
  reads.gets++;
  if (value instanceof ArrayBuffer) reads.bytes += value.byteLength;
}

/** As much of KV as the Worker reads, each call counted. */
function countedKv(kv) {
  return {
    async get(key, options) {
      const value = await kv.get(key, options);
      noteRead(value);
      return value;
    },
    async getWithMetadata(key, options) {
      const found = await kv.getWithMetadata(key, options);
      noteRead(found.value);
      return found;
    },
    list(options) {
      reads.lists++;
      return kv.list(options);
    },
  };
}

/** The API; at /reads what it has asked of KV since that was last asked; at /collect it collects its garbage, as collectable.js. */
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/collect') {
      gc(); // by V8's flag --expose-gc
      await env.AI.collect();
      return new Response(null, { status: 204 });
    }
    if (pathname !== '/reads') return worker.fetch(request, countedEnv(env), ctx);
    const told = Response.json(reads);
    reads = { gets: 0, lists: 0, bytes: 0 };
    return told;
  },
};
