import { UserError } from '../../cli/user-error.ts';

/** Longest answer that is waited for: a cold isolate loads its models first. */
const TIMEOUT_MS = 60_000;

export interface GraphqlAnswer {
  readonly status: number;
  // The checks read single fields of many queries.
  readonly data: Readonly<Record<string, unknown>> | null;
  /** Codes and messages of its errors. */
  readonly errors: readonly string[];
}

/** A deployment that answers at a URL. */
export interface ApiClient {
  /** @returns the JSON of a path with its status; null where it is no JSON */
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly ask: (query: string, variables?: object) => Promise<GraphqlAnswer>;
}

/**
 * @param endpoint the deployment's URL, with or without /graphql at its end
 * @throws UserError when it is none; its calls throw an Error that says why nothing came
 */
export function createApiClient(endpoint: string, key: string | undefined): ApiClient {
  const base = URL.parse(endpoint);
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new UserError(`--endpoint ${endpoint}: expected a URL such as https://alignql.example.workers.dev`);
  const origin = base.href.replace(/\/(graphql)?$/, '');
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const fetchJson = async (path: string, init: RequestInit): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${origin}${path}`, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await response.text();
    return { status: response.status, body: parseJson(text) };
  };
  return {
    get: (path) => fetchJson(path, { headers }),
    async ask(query, variables = {}) {
      const { status, body } = await fetchJson('/graphql', {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
        },
        body: JSON.stringify({ query, variables }),
      });
      const { data = null, errors = [] } = (body ?? {}) as {
        data?: GraphqlAnswer['data'];
        errors?: readonly { message?: string; extensions?: { code?: string } }[];
      };
      const told = errors.map(
        ({ message, extensions }) => `${extensions?.code ?? 'error'}: ${message ?? ''}`,
      );
      return { status, data, errors: data === null && told.length === 0 ? [`HTTP ${status}`] : told };
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // the caller says what it is not
  }
}
