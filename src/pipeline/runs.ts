import { AppError } from '../errors.ts';
import { deleteObjects, listObjects, readJson, writeJson } from './bucket.ts';
import { encodeLimits, encoderOf } from './consume.ts';
import { RUNS_PREFIX, runKeys } from './keys.ts';
import { assertNewCorpus } from './pack-corpus.ts';
import { readStatus, summaryOf } from './read-status.ts';
import { type RunDescription, instanceId } from './run-description.ts';
import { assertFits, parseDataset, parseRunRequest, runId } from './run-request.ts';
import { attemptsOf, changeState, readState } from './run-state.ts';
import { ENDED_PHASES as ENDED, type RunStatus, type RunSummary } from './run-status.ts';

const MAX_LISTED = 50;

type Instance = Awaited<ReturnType<PipelineEnv['PIPELINE']['get']>>;

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
  if (known !== null) await revive(env, known);
  else {
    if (request.corpus !== undefined) await assertNewCorpus(env, request.corpus);
    const run: RunDescription = {
      version: 1,
      id,
      request,
      prefix,
      encoder: { id: encoderId, fingerprint, dim },
      limits,
      createdAt: new Date().toISOString(),
      attempts: 1,
    };
    await writeJson(env.RUNS, runKeys.run(id), run, { createdAt: run.createdAt });
    await createInstance(env, id, run.attempts);
  }
  return { status: await requireStatus(env, id), created: known === null };
}

/** A run that was described and never begun, or whose instance has ended without a word, would stay as it is for ever. */
async function revive(env: PipelineEnv, run: RunDescription): Promise<void> {
  const { id } = run;
  const state = await readState(env.RUNS, id);
  if (ENDED.has(state.phase)) return;
  const attempt = attemptsOf(run, state);
  const instance = await findInstance(env, id, attempt);
  if (instance === null) return createInstance(env, id, attempt);
  if (!(await hasEnded(instance))) return;
  // It may have noted its end between the two looks.
  if (ENDED.has((await readState(env.RUNS, id)).phase)) return;
  await resumeRun(env, id);
}

/** Stops a run; what is done stays. @throws AppError BAD_INPUT when it is complete, INTERNAL when its instance could not be ended */
export async function cancelRun(env: PipelineEnv, id: string): Promise<RunStatus> {
  const run = await requireRun(env, id);
  const cancelled = await changeState(env.RUNS, id, ({ phase }) => {
    if (phase === 'complete')
      throw new AppError('BAD_INPUT', `run ${id} is complete: there is nothing to cancel`);
    return { phase: 'cancelled' };
  });
  if (cancelled !== null) {
    await endInstance(env, id, attemptsOf(run, cancelled), 'The run is cancelled all the same');
  }
  return requireStatus(env, id);
}

/**
 * Goes on with a run that failed, was cancelled or came to a halt: by a new instance, which sends what is not done.
 * @throws AppError INTERNAL when the instance before could not be ended
 */
export async function resumeRun(env: PipelineEnv, id: string): Promise<RunStatus> {
  const run = await requireRun(env, id);
  const state = await readState(env.RUNS, id);
  const before = attemptsOf(run, state);
  const attempt = before + 1;
  const begun = await changeState(env.RUNS, id, ({ phase, attempt: now }) =>
    // Another resumption may be ahead.
    phase === 'complete' || (now ?? before) > attempt ? null : { phase: 'listing', error: null, attempt },
  );
  if (begun === null) return requireStatus(env, id);
  const dead: string[] = [];
  for await (const { key } of listObjects(env.RUNS, runKeys.deadPrefix(id))) dead.push(key);
  await deleteObjects(env.RUNS, dead);
  await endInstance(env, id, before, 'Resume the run once more, and it goes on without that one');
  await createInstance(env, id, attempt);
  return requireStatus(env, id);
}

/** Once, however often it is asked for: the platform refuses an id that it has. */
async function createInstance(env: PipelineEnv, id: string, attempt: number): Promise<void> {
  try {
    await env.PIPELINE.create({ id: instanceId(id, attempt), params: { run: id } });
  } catch (error) {
    if ((await findInstance(env, id, attempt)) === null) throw error;
  }
}

/** @returns null when there is none, or none any longer: the platform forgets those that have ended after 30 days */
async function findInstance(env: PipelineEnv, id: string, attempt: number): Promise<Instance | null> {
  try {
    return await env.PIPELINE.get(instanceId(id, attempt));
  } catch (error) {
    if (/not.?found|not exist/i.test(String(error))) return null;
    throw error;
  }
}

const ENDED_INSTANCE: ReadonlySet<string> = new Set(['errored', 'terminated', 'complete']);

async function hasEnded(instance: Instance): Promise<boolean> {
  return ENDED_INSTANCE.has((await instance.status()).status);
}

/**
 * It may have ended, or never have begun. One that goes on does no harm: it stops at its next step, since the run is no longer its own.
 * @param whatNow for who asked
 * @throws AppError INTERNAL when it could not be ended
 */
async function endInstance(env: PipelineEnv, id: string, attempt: number, whatNow: string): Promise<void> {
  try {
    const instance = await findInstance(env, id, attempt);
    if (instance === null || (await hasEnded(instance))) return;
    await instance.terminate().catch(async (error: unknown) => {
      // It may have ended between the two calls.
      if (!(await hasEnded(instance))) throw error;
    });
  } catch (cause) {
    const name = instanceId(id, attempt);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'INTERNAL',
      `Instance ${name} of the Workflow could not be ended (${reason}); it stops by itself at its next step. ${whatNow}. By hand: npx wrangler workflows instances terminate alignql-pipeline ${name}`,
      { cause },
    );
  }
}

/** A run whose instance is not asked after: it has noted something just now. */
const QUIET_MS = 15 * 60_000;

/**
 * Notes that a run has failed whose instance has ended without having done so: ended by hand, or by the platform, or while R2 was away.
 * Who follows it would wait for ever.
 */
async function noteSilentEnd(env: PipelineEnv, id: string): Promise<void> {
  const run = await readJson<RunDescription>(env.RUNS, runKeys.run(id));
  if (run === null) return;
  const state = await readState(env.RUNS, id);
  const heard = Date.parse(state.updatedAt === '' ? run.createdAt : state.updatedAt);
  if (ENDED.has(state.phase) || Date.now() - heard < QUIET_MS) return;
  const attempt = attemptsOf(run, state);
  const instance = await findInstance(env, id, attempt);
  if (instance !== null && !(await hasEnded(instance))) return;
  const how = instance === null ? 'is not there' : 'has ended without a word';
  const error = `instance ${instanceId(id, attempt)} of the Workflow ${how}: resume the run; what is done stays done`;
  // Unless it has noted its end meanwhile.
  await changeState(env.RUNS, id, (now) =>
    ENDED.has(now.phase) || attemptsOf(run, now) !== attempt ? null : { phase: 'failed', error },
  );
}

export async function requireStatus(env: PipelineEnv, id: string): Promise<RunStatus> {
  await noteSilentEnd(env, id).catch((error: unknown) => {
    console.warn(`the instance of run ${id} could not be asked after: ${String(error)}`);
  });
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
