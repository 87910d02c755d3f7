import type { RunStatus, RunSummary } from '../../../src/pipeline/run-status.ts';
import { fetchWithKey } from './door.ts';
import { ApiFailure, type Failure, isErrorCode } from './failure.ts';

export const RUNS_PATH = '/pipeline/runs';
/** Nothing is bound that has runs. */
const NO_CONTENT = 204;

/**
 * Runs of the pipeline, the latest first; null where the deployment has no pipeline.
 * @throws ApiFailure, or DOMException AbortError when aborted
 */
export async function readRuns(signal: AbortSignal): Promise<readonly RunSummary[] | null> {
  const body = (await get(RUNS_PATH, signal)) as { readonly runs: readonly RunSummary[] } | null;
  return body === null ? null : body.runs;
}

/** @throws ApiFailure, where there is no such run too; DOMException AbortError when aborted */
export async function readRun(id: string, signal: AbortSignal): Promise<RunStatus> {
  return (await get(`${RUNS_PATH}/${encodeURIComponent(id)}`, signal)) as RunStatus;
}

async function get(path: string, signal: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetchWithKey(path, { headers: { accept: 'application/json' }, signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw unreachable('No connection to the API. Check the network, or that the server runs.');
  }
  if (response.status === NO_CONTENT) return null;
  let body: unknown;
  try {
    body = await response.json();
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw unreachable(
      `HTTP ${response.status} ${response.statusText}, not an answer of the pipeline.`,
      response.status,
    );
  }
  if (!response.ok) throw new ApiFailure(failureOf(body, response.status));
  return body;
}

/** A problem (RFC 9457) of the API, or what the pipeline Worker says itself. */
function failureOf(body: unknown, status: number): Failure {
  const { code, detail, message } = Object(body) as Readonly<Record<string, unknown>>;
  return {
    // Titles of other codes speak of selections and of pictures.
    code: status < 500 && isErrorCode(code) ? code : 'UNREACHABLE',
    message: String(detail ?? message ?? `HTTP ${status}.`),
    retryable: isPassing(status),
  };
}

function unreachable(message: string, status?: number): ApiFailure {
  return new ApiFailure({
    code: 'UNREACHABLE',
    message,
    retryable: status === undefined || isPassing(status),
  });
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 429;
}
