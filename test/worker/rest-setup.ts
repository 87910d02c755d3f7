import { exports } from 'cloudflare:workers';
import { samplePicture } from './pictures.ts';
import { ask, numbersOf } from './setup.ts';

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

/** A picture of a fox as a data URI, and what GraphQL gives as its embedding and as that of "a fox". */
export interface Fox {
  readonly picture: string;
  readonly image: number[];
  readonly text: number[];
}

/** Asks until both encoders have loaded, which takes a busy machine longer than a request may wait. */
export async function embedFox(): Promise<Fox> {
  const picture = await samplePicture('a-fox.webp');
  const query = `query ($image: ImageInput!) {
    embedTexts(texts: ["a fox"]) { ... on Embedding { vector } ... on ItemError { message retryable } }
    embedImages(images: [$image]) { ... on Embedding { vector } ... on ItemError { message retryable } }
  }`;
  for (;;) {
    const { data } = await ask(query, { image: { base64: picture } });
    const [text, image] = [data.embedTexts[0], data.embedImages[0]];
    if (text.vector && image.vector)
      return { picture, image: numbersOf(image.vector), text: numbersOf(text.vector) };
    for (const { message, retryable } of [text, image]) if (retryable === false) throw new Error(message);
  }
}
