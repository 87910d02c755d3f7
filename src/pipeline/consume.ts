import { readMaxPixelPasses, readMaxPixels } from '../clip/config.ts';
import { type Encoders, createEncoders } from '../clip/create-encoders.ts';
import { AppError } from '../errors.ts';
import { assembleShard, markShard } from './assemble-shard.ts';
import { readJson, requireJson, writeJson } from './bucket.ts';
import { type EncodeLimits, encodeOnePart } from './encode-part.ts';
import { beat } from './heartbeat.ts';
import { indexInput } from './index-input.ts';
import { runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';
import { type RunState, readState } from './run-state.ts';
import type { DeadTask } from './run-status.ts';
import { sendTasks } from './send-tasks.ts';
import { sampleShard } from './sample-shards.ts';
import { sumOneShard } from './sum-shards.ts';
import { type Task, describeTask, parseTask, taskName } from './tasks.ts';

const FIRST_DELAY_SECONDS = 15;
/** That the queue takes. */
const MAX_DELAY_SECONDS = 43_200;

const encodersOf = new WeakMap<object, Encoders>();

/** Every task of a batch, one after the other. One that fails is delivered again later, and in the end given up. */
export async function consumeTasks(batch: MessageBatch, env: PipelineEnv): Promise<void> {
  for (const message of batch.messages) {
    const task = taskOf(message);
    if (task === null) continue;
    try {
      await perform(task, env);
      message.ack();
    } catch (error) {
      message.retry(delayAfter(error, message.attempts));
      await noteFailure(env.RUNS, task, error);
    }
  }
}

/**
 * An encoder that is away for minutes is not to cost a run its batches: 15 s, then twice as long each time, or longer where it says so. After
 * other failures as long as the queue is set to.
 */
function delayAfter(error: unknown, attempts: number): { readonly delaySeconds?: number } {
  if (!(error instanceof AppError)) return {};
  const { code, retryAfterSeconds } = error;
  const own = code.startsWith('ENCODER_') ? FIRST_DELAY_SECONDS * 2 ** (attempts - 1) : 0;
  const seconds = Math.max(retryAfterSeconds ?? 0, own);
  return seconds === 0 ? {} : { delaySeconds: Math.min(seconds, MAX_DELAY_SECONDS) };
}

/** The queue hands on what was asked, not why it failed. Two deliveries may note it within a second, which R2 refuses: one is enough. */
async function noteFailure(runs: R2Bucket, task: Task, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    await writeJson(runs, runKeys.failure(task.run, taskName(task)), { reason });
  } catch (failure) {
    console.warn(`why ${describeTask(task)} has failed (${reason}) was not noted: ${String(failure)}`);
  }
}

/** Notes what was given up, for the run's status. */
export async function consumeDeadTasks(batch: MessageBatch, env: PipelineEnv): Promise<void> {
  for (const message of batch.messages) {
    const task = taskOf(message);
    if (task === null) continue;
    if (isOfBefore(task, await readState(env.RUNS, task.run))) {
      message.ack();
      continue;
    }
    const name = taskName(task);
    const failure = await readJson<{ reason: string }>(env.RUNS, runKeys.failure(task.run, name));
    const dead: DeadTask = {
      task: describeTask(task),
      reason: failure?.reason ?? 'it ended without a reason: out of time or memory, perhaps',
      at: new Date().toISOString(),
    };
    await writeJson(env.RUNS, runKeys.dead(task.run, name), dead);
    message.ack();
  }
}

/** What no version of this Worker has sent is dropped: it can be no better at its next delivery, and holds up its neighbours. */
function taskOf(message: Message): Task | null {
  try {
    return parseTask(message.body);
  } catch (error) {
    console.error(`message ${message.id} is no task and is dropped: ${String(error)}`);
    message.ack();
    return null;
  }
}

/** A resumption has sent all that was missing: what an earlier attempt had sent is no longer wanted. */
function isOfBefore(task: Task, { attempt }: RunState): boolean {
  return task.attempt !== undefined && attempt !== null && task.attempt < attempt;
}

async function perform(task: Task, env: PipelineEnv): Promise<void> {
  const state = await readState(env.RUNS, task.run);
  const { phase } = state;
  // What a run that has failed still lacks is sent anew when it is resumed.
  if (phase === 'cancelled' || phase === 'failed' || isOfBefore(task, state)) return;
  const run = await requireJson<RunDescription>(env.RUNS, runKeys.run(task.run));
  switch (task.kind) {
    case 'index':
      await indexInput(env, run, task.input);
      return;
    case 'encode': {
      if (await markShard(env.RUNS, task)) return;
      const encoders = encoderOf(env);
      assertSameEncoder(encoders, run);
      const encoding = { images: encoders.images, text: encoders.text, dim: run.encoder.dim };
      const limits = run.limits ?? encodeLimits(env);
      const { isNew, isLast } = await encodeOnePart(env, task, encoding, limits);
      if (isNew) await beat(env.RUNS, run.id, Date.now());
      if (isLast) await sendTasks(env.TASKS, [assemblyOf(task)]);
      return;
    }
    case 'assemble':
      await assembleShard(env.RUNS, run, task);
      return;
    case 'sample':
      await sampleShard(env.RUNS, run.encoder.dim, task);
      return;
    case 'sum':
      await sumOneShard(env.RUNS, run.encoder.dim, task);
      return;
  }
}

function assemblyOf({ run, attempt, shard, hash, parts }: Extract<Task, { kind: 'encode' }>): Task {
  return { kind: 'assemble', run, ...(attempt === undefined ? {} : { attempt }), shard, hash, parts };
}

/** Once an isolate. */
export function encoderOf(env: PipelineEnv): Encoders {
  const known = encodersOf.get(env);
  if (known !== undefined) return known;
  const made = createEncoders(env);
  encodersOf.set(env, made);
  return made;
}

/** Which pictures a run that is started now takes. */
export function encodeLimits(env: PipelineEnv): EncodeLimits {
  return { maxPixels: readMaxPixels(env), maxPixelPasses: readMaxPixelPasses(env) };
}

/** Vectors of two models are no shard. @throws Error */
function assertSameEncoder({ info }: Encoders, { encoder }: RunDescription): void {
  if (info.fingerprint === encoder.fingerprint) return;
  throw new Error(
    `the run is for ${encoder.id} (fingerprint ${encoder.fingerprint}), the Worker now has ${info.id} (${info.fingerprint})`,
  );
}
