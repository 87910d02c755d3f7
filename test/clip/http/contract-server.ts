import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dialect, type PresetDialect, Refusal } from './dialect.ts';
import { DIALECTS } from './dialects.ts';

export const KEY = 'sk-secret-key-0123456789';
export const MODEL = 'acme/clip';
/** A model whose fingerprint is told, as this project's own encoder does. */
export const TELLING = {
  id: 'acme/telling',
  object: 'model',
  fingerprint: 'b'.repeat(64),
  dim: 4,
  logit_scale: null,
};
export const DIM = 4;

/** What one call to the server held. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly kind: 'texts' | 'images' | null;
  readonly count: number;
  readonly body: unknown;
}

/** In place of what the peer would answer: a whole answer, or its vectors changed on the way. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Cuts the connection once this many bytes of the answer are out. */
  readonly cutAt?: number;
  readonly rows?: (rows: number[][]) => unknown[];
  /** Lists the rows of an answer with an index from the last to the first. */
  readonly isReversed?: boolean;
}

/** The fault of the n-th call, from 1; null for what the peer does when it works. */
export type Faults = (call: number, seen: SeenCall) => Fault | null;

export interface ContractServer {
  readonly url: string;
  readonly calls: SeenCall[];
  faults: Faults;
  close(): Promise<void>;
}

/** What a peer's model makes of an input, not normalised: it shows which input it was. */
export function vectorOf(input: Uint8Array | string): number[] {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  return [bytes.length, 3 + (bytes.at(-1) ?? 0), 1 + (bytes.at(-2) ?? 0), 7];
}

/**
 * A server on loopback that speaks as one peer does: its paths, fields, limits, and bodies of errors, each as the peer's source or
 * documents have it (test/clip/http/dialects.ts names them).
 */
export async function startContractServer(preset: PresetDialect): Promise<ContractServer> {
  const dialect = DIALECTS[preset];
  const server = createServer((request, response) => void answer(request, response, dialect, state));
  const state: ContractServer = {
    url: '',
    calls: [],
    faults: () => null,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // vitest's own process has one too, and ends all the same.
  server.unref();
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { url: `http://127.0.0.1:${port}${dialect.base}` });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  dialect: Dialect,
  state: ContractServer,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const path = (request.url ?? '').slice(dialect.base.length);
  const type = request.headers['content-type'] ?? '';
  const body: unknown = type.includes('json')
    ? JSON.parse(bytes.toString())
    : type.includes('multipart')
      ? await new Response(bytes, { headers: { 'content-type': type } }).formData()
      : null;
  const seen = { method: request.method ?? '', path, headers: request.headers, body };
  try {
    if (dialect.takesKey && request.headers.authorization !== `Bearer ${KEY}`)
      throw dialect.refuse(401, 'no such key');
    if (seen.method === 'GET' && path === dialect.models) {
      // Infinity says no more of a model that is of use here; vLLM and OpenAI neither.
      const list = { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'peer' }, TELLING] };
      return send(response, 200, {}, JSON.stringify(list));
    }
    const follow = dialect.follow?.(seen, state.url);
    if (follow !== undefined) return send(response, 200, {}, JSON.stringify(follow));
    const { kind, inputs } = await dialect.read(seen);
    const call = { ...seen, kind, count: inputs.length };
    const fault = state.faults(state.calls.push(call), call);
    if (fault?.body !== undefined || fault?.status !== undefined)
      return send(response, fault.status ?? 200, fault.headers ?? {}, fault.body ?? '', fault.cutAt);
    const rows = dialect.encode(kind, inputs).map((input) => vectorOf(input));
    const changed = fault?.rows?.(rows) ?? rows;
    const text = JSON.stringify(dialect.answer(changed, kind, fault?.isReversed === true, state.url));
    // JSON has no NaN; Python's writer puts the word there all the same.
    send(response, 200, {}, text.replaceAll('"NaN"', 'NaN').replaceAll('"1e999"', '1e999'), fault?.cutAt);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.seen !== null)
      state.calls.push({ ...seen, kind: error.seen.kind, count: error.seen.inputs.length });
    else state.calls.push({ ...seen, kind: null, count: 0 });
    send(response, error.status, error.headers, error.body);
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
  cutAt?: number,
): void {
  const isJson = /^[[{]/.test(body);
  response.writeHead(status, { 'content-type': isJson ? 'application/json' : 'text/html', ...headers });
  if (cutAt === undefined) response.end(body);
  else response.write(body.slice(0, cutAt), () => response.destroy());
}
