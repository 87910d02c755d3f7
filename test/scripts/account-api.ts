import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Miniflare } from 'miniflare';

/** What the stand-in answers next, in place of what was asked. */
export interface ApiFault {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

export interface AccountApi {
  /** For CLOUDFLARE_API_BASE_URL. */
  readonly url: string;
  /** "PUT values/selection:v1:name:default" or "PUT bulk", in order. */
  readonly requests: string[];
  fault: ApiFault | null;
  stored(key: string): Promise<{ value: Uint8Array | null; metadata: unknown }>;
  close(): Promise<void>;
}

const PATH = /^\/accounts\/([^/]+)\/storage\/kv\/namespaces\/([^/]+)\/(keys|values|bulk)(?:\/([^?]+))?/;

/**
 * The KV part of Cloudflare's REST API, for wrangler's real remote commands to talk to: an account cannot be reached from
 * a test. Values are kept by workerd's real KV. https://developers.cloudflare.com/api/resources/kv/
 */
export async function openAccountApi(): Promise<AccountApi> {
  const script = 'export default { fetch: () => new Response() }';
  const miniflare = new Miniflare({ modules: true, script, kvNamespaces: ['KV'] });
  const kv = await miniflare.getKVNamespace('KV');
  const api = { requests: [] as string[], fault: null as ApiFault | null };

  async function answer(request: IncomingMessage): Promise<{ status: number; body: string | Buffer }> {
    const url = new URL(request.url ?? '', 'http://localhost');
    const [, , , kind, encodedKey] = PATH.exec(url.pathname) ?? [];
    const key = decodeURIComponent(encodedKey ?? '');
    api.requests.push(`${request.method} ${kind}${key && `/${key}`}`);
    if (api.fault) {
      const { status, code, message } = api.fault;
      return {
        status,
        body: JSON.stringify({ success: false, result: null, errors: [{ code, message }], messages: [] }),
      };
    }
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
      ({ status, body }) => response.writeHead(status).end(body),
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
