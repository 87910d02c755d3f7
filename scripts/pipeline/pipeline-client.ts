import { setTimeout as sleep } from 'node:timers/promises';
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
  const ask = (): Promise<Response> =>
    fetch(new URL(path, url), {
      method,
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  // Every request may be made again: a start is the same run, a resumption goes on. A Worker that is busy selecting may drop one.
  const response = await asked(ask).catch((cause: unknown) => {
    throw new UserError(`The pipeline Worker at ${url} does not answer: ${reasonOf(cause)}`, { cause });
  });
  if (response.ok) return response;
  const hint = response.status === 404 && OF_A_RUN.test(path) ? ` ${LIST_THEM}` : '';
  throw new UserError(`The pipeline Worker refuses (${response.status}): ${await reasonIn(response)}${hint}`);
}

/** What is not there is the run. */
const OF_A_RUN = /^\/runs\/[^/]*(\/(cancel|resume|shards))?$/;
const LIST_THEM = 'Without an id, `npm run -s pipeline -- status` lists the runs.';

const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

async function asked(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(attempt * PAUSE_MS);
    }
  }
}

/** Of `fetch failed`, what failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
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
