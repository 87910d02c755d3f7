import { readMaxPixelPasses, readMaxPixels } from '../clip/config.ts';
import { type Encoders, createEncoders } from '../clip/create-encoders.ts';
import { AppError } from '../errors.ts';
import { assembleShard } from './assemble-shard.ts';
import { readJson, requireJson, writeJson } from './bucket.ts';
import { type EncodeLimits, encodeOnePart } from './encode-part.ts';
import { indexInput } from './index-input.ts';
import { runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';
import { readState } from './run-state.ts';
import type { DeadTask } from './run-status.ts';
import { sampleShard } from './sample-shards.ts';
import { sumOneShard } from './sum-shards.ts';
import { type Task, describeTask, parseTask, taskName } from './tasks.ts';

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
      const reason = error instanceof Error ? error.message : String(error);
      // The queue hands on what was asked, not why it failed.
      await writeJson(env.RUNS, runKeys.failure(task.run, taskName(task)), { reason });
      const seconds = error instanceof AppError ? error.retryAfterSeconds : null;
      message.retry(seconds === null ? {} : { delaySeconds: seconds });
    }
  }
}

/** Notes what was given up, for the run's status. */
export async function consumeDeadTasks(batch: MessageBatch, env: PipelineEnv): Promise<void> {
  for (const message of batch.messages) {
    const task = taskOf(message);
    if (task === null) continue;
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

async function perform(task: Task, env: PipelineEnv): Promise<void> {
  const { phase } = await readState(env.RUNS, task.run);
  // What a run that has failed still lacks is sent anew when it is resumed.
  if (phase === 'cancelled' || phase === 'failed') return;
  const run = await requireJson<RunDescription>(env.RUNS, runKeys.run(task.run));
  switch (task.kind) {
    case 'index':
      await indexInput(env, run, task.input);
      return;
    case 'encode': {
      const encoders = encoderOf(env);
      assertSameEncoder(encoders, run);
      const encoding = { images: encoders.images, text: encoders.text, dim: run.encoder.dim };
      const isLast = await encodeOnePart(env, task, encoding, run.limits ?? encodeLimits(env));
      const { shard, hash, parts } = task;
      if (isLast)
        await env.TASKS.send({ kind: 'assemble', run: run.id, shard, hash, parts } satisfies Task, {
          contentType: 'json',
        });
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
