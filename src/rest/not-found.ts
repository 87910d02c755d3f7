import { quote } from '../errors.ts';
import { problemResponse } from './problem.ts';
import { REST_PATHS } from './routes.ts';

/** All but thumbnails and the files of the page. */
const PATHS: readonly string[] = [
  '/graphql',
  ...REST_PATHS,
  '/schema.graphql',
  '/openapi.json',
  '/health',
  '/ready',
  '/metrics',
];

/** 404 for a path where nothing is: its body names the paths that end alike, or else all. */
export function answerNotFound(request: Request, requestId: string): Response {
  const { pathname } = new URL(request.url);
  const last = lastSegment(pathname);
  const near = PATHS.filter((path) => lastSegment(path) === last);
  const there = near.length > 0 ? near : PATHS;
  return problemResponse({
    code: 'BAD_INPUT',
    status: 404,
    message: `Nothing is served at ${quote(pathname)}; there is ${there.join(', ')}.`,
    retryable: false,
    headers: {},
    requestId,
  });
}

/** Lower case, and without an s at its end: `/Embedding` means `/v1/embeddings`. */
function lastSegment(path: string): string {
  const segments = path.toLowerCase().split('/').filter(Boolean);
  return (segments.at(-1) ?? '').replace(/s$/, '');
}
