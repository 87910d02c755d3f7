import { AppError } from '../errors.ts';
import { deleteObjects, listObjects, readJson, writeJson } from './bucket.ts';
import { encodeLimits, encoderOf } from './consume.ts';
import { RUNS_PREFIX, runKeys } from './keys.ts';
import { assertNewCorpus } from './pack-corpus.ts';
import { readStatus, summaryOf } from './read-status.ts';
import { type RunDescription, instanceId } from './run-description.ts';
import { assertFits, parseDataset, parseRunRequest, runId } from './run-request.ts';
import { readState, updateState } from './run-state.ts';
import type { RunStatus, RunSummary } from './run-status.ts';

const MAX_LISTED = 50;

/** @throws AppError BAD_INPUT for what was asked wrongly */
export async function startRun(
  env: PipelineEnv,
  asked: unknown,
): Promise<{ status: RunStatus; created: boolean }> {
  const request = parseRunRequest(asked);
  const { bucket, prefix } = parseDataset(request.dataset);
  if (bucket !== env.DATASET_BUCKET) {
    throw new AppError(
      'BAD_INPUT',
      `dataset: expected the bucket ${env.DATASET_BUCKET}, which this Worker has bound as DATASETS, got ${bucket}`,
    );
  }
  const { id: encoderId, fingerprint, dim } = encoderOf(env).info;
  assertFits(request, { id: encoderId, dim });
  const limits = encodeLimits(env);
  const id = await runId(request, { id: encoderId, fingerprint }, limits);
  const known = await readJson<RunDescription>(env.RUNS, runKeys.run(id));
  if (known === null) {
    if (request.corpus !== undefined) await assertNewCorpus(env, request.corpus);
    await begin(env, {
      version: 1,
      id,
      request,
      prefix,
      encoder: { id: encoderId, fingerprint, dim },
      limits,
      createdAt: new Date().toISOString(),
      attempts: 1,
    });
  }
  return { status: await requireStatus(env, id), created: known === null };
}

/** Stops a run; what is done stays. */
export async function cancelRun(env: PipelineEnv, id: string): Promise<RunStatus> {
  const run = await requireRun(env, id);
  const { phase } = await readState(env.RUNS, id);
  if (phase === 'complete')
    throw new AppError('BAD_INPUT', `run ${id} is complete: there is nothing to cancel`);
  await endInstance(env, run);
  await updateState(env.RUNS, id, { phase: 'cancelled' });
  return requireStatus(env, id);
}

/** Goes on with a run that failed, was cancelled or came to a halt: by a new instance, which sends what is not done. */
export async function resumeRun(env: PipelineEnv, id: string): Promise<RunStatus> {
  const run = await requireRun(env, id);
  const { phase } = await readState(env.RUNS, id);
  if (phase === 'complete') return requireStatus(env, id);
  await endInstance(env, run);
  const dead: string[] = [];
  for await (const { key } of listObjects(env.RUNS, runKeys.deadPrefix(id))) dead.push(key);
  await deleteObjects(env.RUNS, dead);
  await begin(env, { ...run, attempts: run.attempts + 1 });
  return requireStatus(env, id);
}

async function begin(env: PipelineEnv, run: RunDescription): Promise<void> {
  await writeJson(env.RUNS, runKeys.run(run.id), run, { createdAt: run.createdAt });
  await updateState(env.RUNS, run.id, { phase: 'listing', error: null });
  await env.PIPELINE.create({ id: instanceId(run), params: { run: run.id } });
}

/** It may have ended, or never have begun. */
async function endInstance(env: PipelineEnv, run: RunDescription): Promise<void> {
  try {
    await (await env.PIPELINE.get(instanceId(run))).terminate();
  } catch (error) {
    console.warn(`instance ${instanceId(run)} was not ended: ${String(error)}`);
  }
}

export async function requireStatus(env: PipelineEnv, id: string): Promise<RunStatus> {
  const status = await readStatus(env.RUNS, id, Date.now());
  if (status === null) throw new UnknownRunError(id);
  return status;
}

export async function requireRun(env: PipelineEnv, id: string): Promise<RunDescription> {
  const run = await readJson<RunDescription>(env.RUNS, runKeys.run(id));
  if (run === null) throw new UnknownRunError(id);
  return run;
}

/** Answered by HTTP 404. */
export class UnknownRunError extends AppError {
  constructor(id: string) {
    super('BAD_INPUT', `There is no run ${id}.`);
    this.name = 'UnknownRunError';
  }
}

/** The latest first. */
export async function listRuns(env: PipelineEnv): Promise<RunSummary[]> {
  const runs: RunDescription[] = [];
  for await (const prefix of listFolders(env.RUNS, RUNS_PREFIX)) {
    const run = await readJson<RunDescription>(env.RUNS, `${prefix}run.json`);
    if (run !== null) runs.push(run);
  }
  runs.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  return Promise.all(
    runs.slice(0, MAX_LISTED).map(async (run) => summaryOf(run, await readState(env.RUNS, run.id))),
  );
}

async function* listFolders(bucket: R2Bucket, prefix: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, delimiter: '/', ...(cursor === undefined ? {} : { cursor }) });
    yield* page.delimitedPrefixes;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}
