import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Miniflare } from 'miniflare';
import { type AccountWorker, answerWorkers } from './account-workers.ts';

/** What the stand-in answers next, in place of what was asked. */
export interface ApiFault {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

export interface AccountApi {
  /** For CLOUDFLARE_API_BASE_URL. */
  readonly url: string;
  /** "PUT values/selection:v1:name:default", "PUT bulk" or "PUT /workers/scripts/alignql", in order. */
  readonly requests: string[];
  fault: ApiFault | null;
  /** Which requests the fault is for; else all. */
  faultAt: RegExp | null;
  readonly namespaces: { readonly id: string; readonly title: string }[];
  readonly workers: Map<string, AccountWorker>;
  stored(key: string): Promise<{ value: Uint8Array | null; metadata: unknown }>;
  close(): Promise<void>;
}

const PATH = /^\/accounts\/([^/]+)\/storage\/kv\/namespaces\/([^/]+)\/(keys|values|bulk)(?:\/([^?]+))?/;

/**
 * The parts of Cloudflare's REST API for KV and Workers, for wrangler's real remote commands to talk to: an account cannot be reached from
 * a test. Values are kept by workerd's real KV. https://developers.cloudflare.com/api/resources/kv/
 */
export async function openAccountApi(): Promise<AccountApi> {
  const script = 'export default { fetch: () => new Response() }';
  const miniflare = new Miniflare({ modules: true, script, kvNamespaces: ['KV'] });
  const kv = await miniflare.getKVNamespace('KV');
  const api = {
    requests: [] as string[],
    fault: null as ApiFault | null,
    faultAt: null as RegExp | null,
    namespaces: [] as { id: string; title: string }[],
    workers: new Map<string, AccountWorker>(),
  };

  async function answer(request: IncomingMessage): Promise<{ status: number; body: string | Buffer }> {
    const url = new URL(request.url ?? '', 'http://localhost');
    const [, , , kind, encodedKey] = PATH.exec(url.pathname) ?? [];
    const key = decodeURIComponent(encodedKey ?? '');
    const path = url.pathname.replace(/^\/accounts\/[^/]+/, '');
    const asked = `${request.method} ${kind === undefined ? path : `${kind}${key && `/${key}`}`}`;
    api.requests.push(asked);
    if (api.fault && (api.faultAt?.test(asked) ?? true)) return refusal(api.fault);
    if (path === '/storage/kv/namespaces') {
      if (request.method === 'GET') {
        // Wrangler asks page after page until one is empty.
        const isFirst = (url.searchParams.get('page') ?? '1') === '1';
        return { status: 200, body: ok(isFirst ? api.namespaces : []) };
      }
      const { title } = JSON.parse(await text(request)) as { title: string };
      const namespace = { id: (api.namespaces.length + 1).toString(16).padStart(32, 'a'), title };
      api.namespaces.push(namespace);
      return { status: 200, body: ok(namespace) };
    }
    const answered = await answerWorkers(api.workers, request, url);
    if (answered !== null)
      return 'status' in answered
        ? refusal(answered)
        : { status: 200, body: ok(answered.result, answered.info) };
    if (kind === 'keys') {
      const { keys } = await kv.list({ prefix: url.searchParams.get('prefix') ?? '' });
      return { status: 200, body: ok(keys, { count: keys.length, cursor: '' }) };
    }
    if (kind === 'values' && request.method === 'GET') {
      const value = await kv.get(key, 'arrayBuffer');
      return value === null ? { status: 404, body: 'not found' } : { status: 200, body: Buffer.from(value) };
    }
    if (kind === 'values' && request.method === 'PUT') {
      const { value, metadata } = await readPut(request);
      await kv.put(key, value, { metadata });
      return { status: 200, body: ok({}) };
    }
    if (kind === 'bulk' && key === 'get' && request.method === 'POST') {
      const { keys } = JSON.parse(await text(request)) as { keys: string[] };
      // As text, whatever they are.
      const values = keys.map(async (each) => [each, await kv.get(each, 'text')] as const);
      return { status: 200, body: ok({ values: Object.fromEntries(await Promise.all(values)) }) };
    }
    if (kind === 'bulk' && request.method === 'PUT') {
      const pairs = JSON.parse(await text(request)) as { key: string; value: string; base64?: boolean }[];
      const bytes = ({ value, base64 }: (typeof pairs)[number]) =>
        Buffer.from(value, base64 ? 'base64' : 'utf8');
      await Promise.all(pairs.map((pair) => kv.put(pair.key, bytes(pair))));
      return { status: 200, body: ok({ successful_key_count: pairs.length, unsuccessful_keys: [] }) };
    }
    if (kind === 'bulk' && request.method === 'DELETE') {
      const keys = JSON.parse(await text(request)) as string[];
      await Promise.all(keys.map((name) => kv.delete(name)));
      return { status: 200, body: ok({ successful_key_count: keys.length, unsuccessful_keys: [] }) };
    }
    return { status: 405, body: `unexpected ${request.method} ${request.url}` };
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, body }) => {
        // Wrangler's client of the API reads JSON only where the answer says that it is.
        const isJson = typeof body === 'string' && body.startsWith('{');
        response.writeHead(status, isJson ? { 'content-type': 'application/json' } : {}).end(body);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    await new Promise((resolve) => server.close(resolve));
    await miniflare.dispose();
  };
  const { port } = server.address() as AddressInfo;
  const stored: AccountApi['stored'] = async (key) => {
    const { value, metadata } = await kv.getWithMetadata(key, 'arrayBuffer');
    return { value: value && new Uint8Array(value), metadata };
  };
  return Object.assign(api, { stored, url: `http://127.0.0.1:${port}`, close });
}

function refusal({ status, code, message }: ApiFault): { status: number; body: string } {
  const errors = [{ code, message }];
  return { status, body: JSON.stringify({ success: false, result: null, errors, messages: [] }) };
}

function ok(result: unknown, info?: object): string {
  return JSON.stringify({
    success: true,
    errors: [],
    messages: [],
    result,
    ...(info ? { result_info: info } : {}),
  });
}

/** A bare body, or with metadata a form of two parts. */
async function readPut(
  request: IncomingMessage,
): Promise<{ value: ArrayBuffer | string; metadata: unknown }> {
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return { value: await text(request), metadata: null };
  const body = await new Response(request as unknown as ReadableStream, {
    headers: { 'content-type': type },
  }).formData();
  const value = body.get('value');
  const metadata = body.get('metadata');
  return {
    value: value instanceof Blob ? await value.arrayBuffer() : String(value),
    metadata: typeof metadata === 'string' ? JSON.parse(metadata) : null,
  };
}
