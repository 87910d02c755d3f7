import { AppError, shorten } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import type { checkImageUrl as CheckImageUrl, UrlRules } from './image-url.ts';

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Types of files in storage buckets whose uploader named none; the bytes are checked anyway. */
const UNTYPED: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

export interface ImageFetchOptions {
  readonly rules: UrlRules;
  /** Called with the length of every piece that comes in; throws AppError LIMIT_EXCEEDED when the request has had enough. */
  readonly spendBytes: (count: number) => void;
}

/**
 * Download an image. Every hop is checked like the first; size and time are capped over the whole chain; no cookies and no
 * credentials are sent.
 * @throws AppError URL_REFUSED, URL_FAILED (no answer in time, a status other than 200, a broken body), IMAGE_TOO_LARGE,
 *   BAD_IMAGE (the host says that it is something else)
 */
export async function fetchImage(text: string, options: ImageFetchOptions): Promise<Uint8Array> {
  // Its tables of reserved addresses take a while to make: no cold start without a URL pays for them.
  const { checkImageUrl } = await import('./image-url.ts');
  const first = checkImageUrl(text, options.rules);
  const signal = AbortSignal.timeout(LIMITS.urlTimeoutMs);
  try {
    const { response, host } = await followRedirects(first, options.rules, checkImageUrl, signal);
    return await readImage(response, host, options.spendBytes);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const message = signal.aborted
      ? `${shorten(first.host)} did not deliver the image within ${LIMITS.urlTimeoutMs} ms.`
      : `The image could not be fetched from ${shorten(first.host)}.`;
    throw new AppError('URL_FAILED', message, { cause });
  }
}

async function followRedirects(
  first: URL,
  rules: UrlRules,
  checkUrl: typeof CheckImageUrl,
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly host: string }> {
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'image/*', 'user-agent': 'alignql' },
      signal,
    });
    if (!REDIRECT_STATUSES.has(response.status)) return { response, host: shorten(url.host) };
    await response.body?.cancel();
    const location = response.headers.get('location');
    if (location === null)
      throw new AppError('URL_FAILED', `${shorten(url.host)} redirects without saying where to.`);
    if (redirects === LIMITS.redirects) {
      throw new AppError(
        'URL_FAILED',
        `${shorten(first.host)} redirects more than ${LIMITS.redirects} times.`,
      );
    }
    url = checkUrl(location, rules, url);
  }
}

async function readImage(
  response: Response,
  host: string,
  spendBytes: (count: number) => void,
): Promise<Uint8Array> {
  const problem = headProblem(response, host);
  if (problem !== null) {
    await response.body?.cancel();
    throw problem;
  }
  if (response.body === null) throw new AppError('BAD_IMAGE', 'The URL answered with an empty body.');
  return readCapped(response.body, spendBytes);
}

function headProblem(response: Response, host: string): AppError | null {
  if (response.status !== 200) {
    return new AppError('URL_FAILED', `${host} answered with status ${response.status}, expected 200.`);
  }
  const type = (response.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
  if (!type.startsWith('image/') && !UNTYPED.has(type)) {
    return new AppError('BAD_IMAGE', `${host} answered with ${shorten(type)}, expected an image.`);
  }
  const declared = Number(response.headers.get('content-length') ?? 0);
  return declared > LIMITS.imageBytes ? tooLarge(String(declared)) : null;
}

async function readCapped(
  body: ReadableStream<Uint8Array>,
  spendBytes: (count: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > LIMITS.imageBytes) throw tooLarge('more');
      spendBytes(value.length);
      chunks.push(value);
    }
  } finally {
    // Stops the download where the loop was left early; after the end it does nothing.
    await reader.cancel();
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function tooLarge(got: string): AppError {
  return new AppError('IMAGE_TOO_LARGE', `Expected at most ${LIMITS.imageBytes} bytes, got ${got}.`);
}
