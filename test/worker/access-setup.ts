import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { hashAccessKey, hashToHex, makeAccessKey } from '../../src/format/access-key.ts';
import { type KeyRecord, encodeKeyRecord } from '../../src/format/key-record.ts';
import { accessKeyKey } from '../../src/format/kv-keys.ts';
import worker from '../../src/index.ts';

/** Requests to one isolate whose variables or bindings differ; KV is real. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** A response is given once all work after it is done. */
export function isolateWith(overrides: object): Ask {
  const isolate = { ...env, ...overrides };
  return async (path, init = {}) => {
    const ctx = createExecutionContext();
    const request = new Request(`https://alignql.test${path}`, init) as Request<
      unknown,
      IncomingRequestCfProperties
    >;
    const response = await worker.fetch(request, isolate, ctx);
    const body = await response.arrayBuffer();
    await waitOnExecutionContext(ctx);
    return new Response([101, 204, 304].includes(response.status) ? null : body, response);
  };
}

/** A POST of this query, with what stands in `Authorization`. */
export function query(text: string, authorization: string | null, variables: object = {}): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === null ? {} : { authorization }),
    },
    body: JSON.stringify({ query: text, variables }),
  };
}

export interface MadeKey {
  readonly id: string;
  readonly text: string;
  readonly record: KeyRecord;
}

/** A key in KV as `npm run keys` writes it. */
export async function putKey(changes: Partial<KeyRecord> = {}): Promise<MadeKey> {
  const { id, text } = makeAccessKey((count) => crypto.getRandomValues(new Uint8Array(count)));
  const record: KeyRecord = {
    id,
    name: 'test',
    hash: hashToHex(hashAccessKey(text)),
    scopes: ['read', 'encode', 'admin'],
    createdAt: '2026-11-24T03:00:00.000Z',
    expires: null,
    daily: null,
    revokedAt: null,
    ...changes,
  };
  await env.SELECTIONS.put(accessKeyKey(id), encodeKeyRecord(record));
  return { id, text, record };
}
