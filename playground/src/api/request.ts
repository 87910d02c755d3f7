import { formatDuration } from '../format-numbers.ts';
import { fetchWithKey } from './door.ts';
import { ApiFailure, isErrorCode } from './failure.ts';
import { noteWarnings } from './warnings.ts';

/** Entries that a list without pages gives at most: as many may be more. */
export const UNPAGED = 100;

/** A file of a multipart request and the place of its variable, such as `variables.images.0.upload`. */
export interface RequestFile {
  readonly path: string;
  readonly name: string;
  readonly blob: Blob;
}

/** One GraphQL request: exactly what is sent, and what the page shows and copies. */
export interface ApiRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Sent by the GraphQL multipart request specification when there are any. */
  readonly files?: readonly RequestFile[];
}

export const ENDPOINT = '/graphql';

interface GraphqlError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown; readonly retryable?: unknown };
}

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Send a request and return its `data`.
 * @throws ApiFailure when nothing comes back, or GraphQL errors do; DOMException AbortError when aborted
 */
export async function send<Data>(request: ApiRequest, signal?: AbortSignal): Promise<Data> {
  const response = await post(request, signal);
  const body = await readJson(response, signal);
  if (body.errors && body.errors.length > 0) throw new ApiFailure(failureOf(body.errors[0], response));
  // The queries are written beside the types in operations.ts; a null here would be an answer without data or errors.
  if (!body.data) throw unreachable(`HTTP ${response.status} with neither data nor errors.`, response.status);
  noteWarnings(request.query, body.extensions?.warnings);
  return body.data as Data;
}

async function post(request: ApiRequest, signal: AbortSignal | undefined): Promise<Response> {
  const { query, variables, files = [] } = request;
  const init: RequestInit =
    files.length > 0
      ? { body: multipartBody(request) }
      : { body: JSON.stringify({ query, variables }), headers: { 'content-type': 'application/json' } };
  try {
    return await fetchWithKey(ENDPOINT, {
      ...init,
      method: 'POST',
      // Multipart is a "simple" request for CORS; a preflight header shows the server that this is no cross-site form.
      headers: { ...init.headers, accept: 'application/json', 'graphql-require-preflight': '1' },
      ...(signal && { signal }),
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw unreachable('No connection to the API. Check the network, or that the server runs.');
  }
}

function multipartBody({ query, variables, files = [] }: ApiRequest): FormData {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables }));
  form.set('map', JSON.stringify(Object.fromEntries(files.map((file, index) => [index, [file.path]]))));
  for (const [index, file] of files.entries()) form.set(String(index), file.blob, file.name);
  return form;
}

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly GraphqlError[];
  readonly extensions?: { readonly warnings?: unknown };
}

async function readJson(response: Response, signal: AbortSignal | undefined): Promise<Body> {
  try {
    return (await response.json()) as Body;
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw unreachable(
      `HTTP ${response.status} ${response.statusText}, not a GraphQL answer.`,
      response.status,
    );
  }
}

function failureOf(error: GraphqlError, response: Response): ApiFailure['failure'] {
  const code = error.extensions?.code;
  const retryable = error.extensions?.retryable;
  return {
    code: isErrorCode(code) ? code : 'INTERNAL',
    message: `${error.message}${waitOf(response)}`,
    retryable: typeof retryable === 'boolean' ? retryable : RETRYABLE_STATUSES.has(response.status),
  };
}

/** How long a caller who asked too much has to wait, as a person counts it; empty where that is not told, or is seconds already. */
function waitOf({ status, headers }: Response): string {
  const seconds = Number(headers.get('retry-after') ?? '');
  return status === 429 && seconds >= 100 ? ` Try again in ${formatDuration(seconds)}.` : '';
}

function unreachable(message: string, status?: number): ApiFailure {
  const retryable = status === undefined || status >= 500 || RETRYABLE_STATUSES.has(status);
  return new ApiFailure({ code: 'UNREACHABLE', message, retryable });
}
