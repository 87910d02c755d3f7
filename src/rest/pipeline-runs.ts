import type { Admission } from '../access/caller.ts';
import { lacksScopes, unavailable } from '../access/refusal.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { answerNotFound } from './not-found.ts';
import { problemResponse } from './problem.ts';

/** To the Worker of wrangler.pipeline.toml. */
interface Binding {
  readonly PIPELINE?: Pick<Fetcher, 'fetch'>;
}

/** The pipeline has more below: what starts and ends runs is for its own door. */
const PATH = /^\/pipeline(\/runs(?:\/[0-9a-f]{32})?)$/;
const LIST = '/runs';
const NEEDED = new Set(['admin'] as const);
/** What a caller shows who it is by. Nothing else of a request goes on. */
const CREDENTIALS = ['authorization', 'cf-access-jwt-assertion'] as const;

/** Too many requests, and no answer at the moment. */
const PASSING: ReadonlySet<number> = new Set([429, 503]);

/**
 * GET of /pipeline/runs and /pipeline/runs/ID, for who has the scope `admin`: what the pipeline Worker answers, which asks who it is
 * by itself. 204 at the first where none is bound, so that a page can ask; 401, 403, 405 and 503, as problems, and 404 for all else,
 * an unknown run among it.
 * @param env the Worker's env: whether it has the binding is up to the deployment
 */
export async function answerRuns(
  request: Request,
  env: object,
  admission: Admission,
  requestId: string,
): Promise<Response> {
  const { PIPELINE } = env as Binding;
  const path = PATH.exec(new URL(request.url).pathname)?.[1];
  if (path === undefined || (PIPELINE === undefined && path !== LIST)) {
    return answerNotFound(request, requestId);
  }
  if (PIPELINE === undefined) return new Response(null, { status: 204 });
  const refusal = admission.kind === 'refused' ? admission : lacksScopes(admission, NEEDED);
  if (refusal !== null) return problemResponse(refusal);
  if (request.method !== 'GET') {
    return new Response('Expected GET.\n', { status: 405, headers: { allow: 'GET' } });
  }
  const headers = new Headers();
  for (const name of CREDENTIALS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  try {
    const response = await PIPELINE.fetch(`https://pipeline${path}`, { headers });
    if (!response.ok) return await asProblem(response);
    return new Response(response.body, { headers: { 'content-type': 'application/json' } });
  } catch (error) {
    console.error('The pipeline Worker did not answer:', error);
    return problemResponse(
      unavailable(new AppError('STORAGE_FAILED', 'Runs cannot be read at the moment; try again.')),
    );
  }
}

/** What it refuses, in this API's shape. @throws Error for what is none of its refusals */
async function asProblem(response: Response): Promise<Response> {
  const { status, headers } = response;
  const { code, message } = (await response.json()) as { readonly code: ErrorCode; readonly message: string };
  const challenge = headers.get('www-authenticate');
  return problemResponse({
    code,
    status,
    message,
    retryable: PASSING.has(status),
    headers: challenge === null ? {} : { 'www-authenticate': challenge },
  });
}
