import { assert } from 'vitest';
import { markShard } from '../../src/pipeline/assemble-shard.ts';
import { countObjects, writeJson } from '../../src/pipeline/bucket.ts';
import { SHARDS_A_PAGE } from '../../src/pipeline/cut.ts';
import { beat } from '../../src/pipeline/heartbeat.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { missingTasks } from '../../src/pipeline/plan-shards.ts';
import { sendTasks } from '../../src/pipeline/send-tasks.ts';
import { type Task, taskName } from '../../src/pipeline/tasks.ts';
import { type Waiting, waitFor } from '../../src/pipeline/wait.ts';
import { RUN_ID, memoryPlatform } from './memory-platform.ts';

export const PARTS_A_SHARD = 64;

export interface SimulatedEncoding {
  readonly shards: number;
  readonly secondsAPart: number;
  /** Whether the queue loses a message; by its place among all that were sent, from 0. */
  readonly loses?: (message: Task, sent: number) => boolean;
  /** Messages older than this are gone. */
  readonly keepsSeconds?: number;
  /** Whether the consumer gives a message up. */
  readonly fails?: (message: Task) => boolean;
}

export interface SimulatedRun {
  /** How often each message was sent, by its task. */
  readonly sent: Map<string, number>;
  /** Messages whose part was there already when they came. */
  readonly inVain: number;
  readonly looks: number;
  readonly seconds: number;
  /** What the wait ended with; null when all is done. */
  readonly error: string | null;
}

/**
 * The wait for a run's shards, with one consumer behind a queue that keeps its order. Time passes only while the run sleeps. Parts are
 * empty: what is shown is what is sent, and when.
 */
export async function simulateEncoding({
  shards,
  secondsAPart,
  loses = () => false,
  keepsSeconds = Infinity,
  fails = () => false,
}: SimulatedEncoding): Promise<SimulatedRun> {
  const { env, runs } = memoryPlatform();
  await planShards(runs, shards);
  const queue: { readonly task: Task; readonly at: number }[] = [];
  const sent = new Map<string, number>();
  let [now, freeAt, count, inVain, looks] = [0, 0, 0, 0, 0];
  const send = async (tasks: readonly Task[]): Promise<void> => {
    await sendTasks(env.TASKS, tasks);
    for (const task of tasks) {
      const name = taskName(task);
      sent.set(name, (sent.get(name) ?? 0) + 1);
      if (!loses(task, count++)) queue.push({ task, at: now });
    }
  };
  /** As src/pipeline/consume.ts performs it. */
  const perform = async (task: Task): Promise<void> => {
    assert(task.kind === 'encode' || task.kind === 'assemble');
    const { shard, hash, parts } = task;
    if (fails(task)) return writeJson(runs, runKeys.dead(RUN_ID, taskName(task)), {});
    if (task.kind === 'assemble') {
      await writeJson(runs, dataKeys.shard(hash), { pairs: 0, skippedCount: 0 });
      await markShard(runs, task);
      return;
    }
    const key = dataKeys.part(hash, task.part);
    if ((await markShard(runs, task)) || (await runs.head(key)) !== null) {
      inVain++;
      return;
    }
    await runs.put(key, '');
    await beat(runs, RUN_ID, now * 1000);
    const isLast = (await countObjects(runs, dataKeys.parts(hash))) >= parts;
    if (isLast) await send([{ kind: 'assemble', run: RUN_ID, attempt: 1, shard, hash, parts }]);
  };
  const pass = async (seconds: number): Promise<void> => {
    const end = now + seconds;
    for (let first = queue.shift(); first !== undefined; first = queue.shift()) {
      const done = Math.max(freeAt, first.at) + (first.task.kind === 'encode' ? secondsAPart : 1);
      if (done > end) {
        queue.unshift(first);
        break;
      }
      [now, freeAt] = [done, done];
      if (done - first.at <= keepsSeconds) await perform(first.task);
      else freeAt -= secondsAPart;
    }
    now = end;
  };
  const waiting: Waiting = {
    name: 'encoded',
    looked: {
      prefix: runKeys.shardPrefix(RUN_ID),
      total: shards,
      kinds: ['encode', 'assemble'],
      inParts: true,
    },
    messages: shards * PARTS_A_SHARD,
    send: async (_, most) => {
      let left = most;
      for (let page = 0; page * SHARDS_A_PAGE < shards && left > 0; page++) {
        const missing = await missingTasks(runs, { id: RUN_ID, attempt: 1 }, page, left);
        await send(missing.tasks);
        left -= missing.shards;
      }
    },
  };
  const steps = {
    do: <T>(_: string, work: () => Promise<T>) => {
      looks++;
      return work();
    },
    sleep: (_: string, seconds: number) => pass(seconds),
  };
  const error = await waitFor(steps, runs, RUN_ID, waiting).then(
    () => null,
    (reason: unknown) => String(reason),
  );
  return { sent, inVain, looks, seconds: now, error };
}

/** Shards of 64 parts each. */
export async function planShards(runs: R2Bucket, shards: number, parts = PARTS_A_SHARD): Promise<string[]> {
  const hashes = Array.from({ length: shards }, (_, shard) => String(shard).padStart(32, '0'));
  const pages = Array.from({ length: parts }, (_, part) => String(part).padStart(32, 'a'));
  const plan = hashes.map((hash) => ({ hash, pages, pairs: parts * 64 }));
  for (let start = 0; start < shards; start += SHARDS_A_PAGE) {
    await writeJson(
      runs,
      runKeys.plan(RUN_ID, start / SHARDS_A_PAGE),
      plan.slice(start, start + SHARDS_A_PAGE),
    );
  }
  return hashes;
}
