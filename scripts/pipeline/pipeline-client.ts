import type { RunStatus, RunSummary } from '../../src/pipeline/run-status.ts';
import { UserError } from '../cli/user-error.ts';

/** Where a pipeline Worker answers, and by which key. */
export interface PipelinePlace {
  readonly url: string;
  readonly key: string | undefined;
}

export interface ListedShard {
  readonly number: number;
  readonly hash: string;
  readonly pairs: number;
}

export const SHARD_FILES = ['image.npy', 'text.npy', 'metadata.parquet'] as const;

/** The pipeline Worker's HTTP interface. @throws UserError with what it says when it refuses, or does not answer */
export function pipelineClient(place: PipelinePlace) {
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (await (await request(place, method, path, body)).json()) as T;
  return {
    start: (body: unknown) => json<RunStatus>('POST', '/runs', body),
    list: async () => (await json<{ runs: RunSummary[] }>('GET', '/runs')).runs,
    status: (id: string) => json<RunStatus>('GET', `/runs/${id}`),
    cancel: (id: string) => json<RunStatus>('POST', `/runs/${id}/cancel`),
    resume: (id: string) => json<RunStatus>('POST', `/runs/${id}/resume`),
    shards: async (id: string) => (await json<{ shards: ListedShard[] }>('GET', `/runs/${id}/shards`)).shards,
    shardFile: (id: string, shard: number, file: (typeof SHARD_FILES)[number]) =>
      bytes(place, `/runs/${id}/shards/${shard}/${file}`),
    selection: (id: string) => bytes(place, `/runs/${id}/selection`),
  };
}

export type PipelineClient = ReturnType<typeof pipelineClient>;

async function bytes(place: PipelinePlace, path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await request(place, 'GET', path)).arrayBuffer());
}

async function request(
  { url, key }: PipelinePlace,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new UserError(`The pipeline Worker at ${url} does not answer: ${String(cause)}`, { cause });
  });
  if (response.ok) return response;
  throw new UserError(`The pipeline Worker refuses (${response.status}): ${await reasonIn(response)}`);
}

async function reasonIn(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text.slice(0, 500);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text.slice(0, 500);
  }
}
