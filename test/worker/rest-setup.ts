import { exports } from 'cloudflare:workers';

/** The answer of a route under /v1. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Shapes are asserted by the tests; typing every route would only repeat the schema.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export async function readRest(response: Response): Promise<RestAnswer> {
  const text = await response.text();
  const body: unknown = text === '' ? null : JSON.parse(text);
  return { status: response.status, headers: response.headers, body };
}

export async function send(path: string, init?: RequestInit): Promise<RestAnswer> {
  return readRest(await exports.default.fetch(`https://alignql.test${path}`, init));
}

/** A POST of JSON. */
export function json(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

export function form(parts: readonly (readonly [string, string | Blob])[], isAsked = true): RequestInit {
  const body = new FormData();
  for (const [name, part] of parts) body.append(name, part);
  return { method: 'POST', headers: isAsked ? { 'graphql-require-preflight': '1' } : {}, body };
}

export async function blobOf(dataUri: string): Promise<Blob> {
  return (await fetch(dataUri)).blob();
}
