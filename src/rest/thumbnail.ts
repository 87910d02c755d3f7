import { AppError } from '../errors.ts';
import { type ThumbnailKv, readThumbnail } from '../storage/corpus-thumbnails.ts';

const PATH = /^\/corpora\/([^/]+)\/thumbnails\/([^/]+)$/;
const HEADERS = {
  // The page of another origin may show it, and nothing in it may run.
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
} as const;
/** The id is a hash of the bytes: what it names never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Where the thumbnail of a result is served, from the root of the API. @param id as `isThumbnailId` */
export function thumbnailPath(corpus: string, id: string): string {
  return `/corpora/${corpus}/thumbnails/${id}`;
}

/**
 * GET and HEAD of `/corpora/NAME/thumbnails/ID`: a WebP, to be kept for ever. 404 where there is none, 405 for other methods, 503
 * when storage fails.
 * @returns null for another path
 */
export function answerThumbnail(request: Request, kv: ThumbnailKv): Promise<Response> | null {
  // Parsing a URL costs a tenth of what a short answer of GraphQL does.
  if (!request.url.includes('/corpora/')) return null;
  const match = PATH.exec(new URL(request.url).pathname);
  return match === null ? null : answer(request, kv, match[1], match[2]);
}

async function answer(request: Request, kv: ThumbnailKv, corpus: string, id: string): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refusal(405, 'Expected GET or HEAD.', { allow: 'GET, HEAD' });
  }
  let bytes: ArrayBuffer | null;
  try {
    bytes = await readThumbnail(kv, corpus, id);
  } catch (error) {
    if (error instanceof AppError) return refusal(503, error.message, { 'retry-after': '1' });
    throw error;
  }
  if (bytes === null) return refusal(404, 'There is no such thumbnail.', {});
  const headers = { ...HEADERS, 'cache-control': FOR_EVER, etag: `"${id}"` };
  if (request.headers.get('if-none-match') === headers.etag)
    return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : bytes, {
    headers: { ...headers, 'content-type': 'image/webp', 'content-length': String(bytes.byteLength) },
  });
}

function refusal(status: number, words: string, more: Readonly<Record<string, string>>): Response {
  return new Response(`${words}\n`, {
    status,
    headers: {
      ...HEADERS,
      ...more,
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    },
  });
}
