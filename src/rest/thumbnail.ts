import type { Admission, Caller } from '../access/caller.ts';
import type { Charged } from '../access/ledger.ts';
import { lacksScopes } from '../access/refusal.ts';
import { AppError } from '../errors.ts';
import { type ThumbnailKv, readThumbnail } from '../storage/corpus-thumbnails.ts';
import { type Sight, isInSight } from '../storage/sight.ts';
import { problemResponse } from './problem.ts';

/** A corpus may have an owner. */
const PATH = /^\/corpora\/([^/]+(?:\/[^/]+)?)\/thumbnails\/([^/]+)$/;
const HEADERS = {
  // The page of another origin may show it, and nothing in it may run.
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
} as const;
/** The id is a hash of the bytes: what it names never changes. */
const FOR_EVER = 'max-age=31536000, immutable';
const NEEDED = new Set(['read'] as const);
/** In units of `@cost`: one read of KV. */
const COST = 0.1;

/** Takes a cost from a caller's rate and budget. */
type Charge = (caller: Caller, cost: number) => Charged | Promise<Charged>;

/**
 * GET and HEAD of `/corpora/NAME/thumbnails/ID`: a WebP, to be kept for ever, by shared caches only where everyone may ask. 404 where
 * there is none, 405 for other methods, 503 when storage fails; 401, 403 and 429, as problems, for who may not.
 * @returns null for another path
 */
export function answerThumbnail(
  request: Request,
  kv: ThumbnailKv,
  admission: Admission,
  charge: Charge,
): Response | Promise<Response> | null {
  // Parsing a URL costs a tenth of what a short answer of GraphQL does.
  if (!request.url.includes('/corpora/')) return null;
  const match = PATH.exec(new URL(request.url).pathname);
  if (match === null) return null;
  // A browser asks without credentials whether it may send them.
  if (request.method === 'OPTIONS') return preflight();
  if (admission.kind === 'refused') return problemResponse(admission);
  const refusal = lacksScopes(admission, NEEDED);
  if (refusal) return problemResponse(refusal);
  return answerCharged(charge(admission, COST), () =>
    answer(request, kv, {
      corpus: match[1],
      id: match[2],
      isPublic: admission.kind === 'open',
      sight: admission.sight,
    }),
  );
}

async function answerCharged(
  charge: Charged | Promise<Charged>,
  work: () => Promise<Response>,
): Promise<Response> {
  const { refusal, headers } = await charge;
  const response = refusal ? problemResponse(refusal) : await work();
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

interface Asked {
  readonly corpus: string;
  readonly id: string;
  /** Whether everyone may see it, from a shared cache too. */
  readonly isPublic: boolean;
  readonly sight: Sight;
}

async function answer(
  request: Request,
  kv: ThumbnailKv,
  { corpus, id, isPublic, sight }: Asked,
): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refusal(405, 'Expected GET or HEAD.', { allow: 'GET, HEAD' });
  }
  let bytes: Uint8Array<ArrayBuffer> | null;
  try {
    bytes = isInSight(corpus, sight) ? await readThumbnail(kv, corpus, id) : null;
  } catch (error) {
    if (error instanceof AppError) return refusal(503, error.message, { 'retry-after': '1' });
    throw error;
  }
  if (bytes === null) return refusal(404, 'There is no such thumbnail.', {});
  const keep = `${isPublic ? 'public' : 'private'}, ${FOR_EVER}`;
  const headers = { ...HEADERS, 'cache-control': keep, etag: `"${id}"` };
  if (request.headers.get('if-none-match') === headers.etag)
    return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : bytes, {
    headers: { ...headers, 'content-type': 'image/webp', 'content-length': String(bytes.byteLength) },
  });
}

function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '86400',
    },
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
