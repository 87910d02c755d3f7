/* global Response, atob */
/**
 * What stands behind the bindings of a Worker in raw workerd. The default export answers the HTTP protocol that workerd
 * speaks to a KV namespace (reads and lists; nothing here writes), from ENTRIES; `AI` answers fixed vectors; `Rate` and `Budget` grant all; `Cache` is empty.
 */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

export default {
  /** @param {Request} request */
  async fetch(request, env) {
    const url = new URL(request.url);
    if (request.method !== 'GET') return new Response(null, { status: 405 });
    if (url.pathname === '/') return list(env.ENTRIES, url.searchParams);
    const key = decodeURIComponent(url.pathname.slice(1));
    const entry = env.ENTRIES[key];
    if (entry === undefined) return new Response(null, { status: 404 });
    const headers = entry.metadata === null ? {} : { 'CF-KV-Metadata': JSON.stringify(entry.metadata) };
    return new Response(bytesOf(env.ENTRIES, key), { headers });
  },
};

let decoded;

/** All are decoded at the first read: what that takes is no part of a later one. */
function bytesOf(entries, key) {
  decoded ??= new Map(Object.entries(entries).map(([each, { base64 }]) => [each, bytesOfBase64(base64)]));
  return decoded.get(key);
}

function bytesOfBase64(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** As many keys at once as KV lists. */
const LISTED = 1000;

function list(entries, asked) {
  const prefix = asked.get('prefix') ?? '';
  const start = Number(asked.get('cursor') ?? 0);
  const names = Object.keys(entries)
    .filter((name) => name.startsWith(prefix))
    .sort();
  const keys = names.slice(start, start + LISTED).map((name) => ({ name }));
  const isLast = start + LISTED >= names.length;
  const cursor = isLast ? {} : { cursor: String(start + LISTED) };
  return Response.json({ keys, list_complete: isLast, ...cursor, cacheStatus: null });
}

/** One vector of ones an input, whatever it is. */
export class AI extends WorkerEntrypoint {
  run(_model, inputs) {
    const [given] = Object.values(inputs);
    const count = Array.isArray(given) ? given.length : 1;
    const data = Array.from({ length: count }, () => new Array(this.env.DIM).fill(1));
    return { shape: [count, this.env.DIM], data };
  }

  /** For measurements of memory: this isolate's garbage is no Worker's. */
  collect() {
    globalThis.gc(); // by V8's flag --expose-gc
  }
}

/** The Cache API of a data centre where nobody has asked before: takes what is put there and has nothing. */
export class Cache extends WorkerEntrypoint {
  /** @param {Request} request in the protocol that workerd speaks to a cache */
  fetch(request) {
    if (request.method === 'PUT') return new Response(null, { status: 204 });
    return new Response(null, { status: 504, headers: { 'CF-Cache-Status': 'MISS' } });
  }
}

/** Lets every caller pass. */
export class Rate extends WorkerEntrypoint {
  limit() {
    return { success: true };
  }
}

/** Grants what is asked for and a hundredth of the day ahead, as DailyBudget does while much is left. */
export class Budget extends DurableObject {
  take({ need, daily }) {
    const granted = need + Math.floor(daily / 100);
    return { granted, left: daily - granted, day: Math.floor(Date.now() / 86_400_000) };
  }
}
