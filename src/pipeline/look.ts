import { listObjects, requireJson } from './bucket.ts';
import { SHARDS_A_PAGE } from './cut.ts';
import { readHeartbeat } from './heartbeat.ts';
import { dataKeys, numberOfKey, runKeys } from './keys.ts';
import type { PlannedShard } from './plan-shards.ts';
import { type Task, readTaskName, taskNames } from './tasks.ts';

/** How far a wait is, as one look at the bucket finds it. */
export interface Look {
  /** Units that are done: inputs, or shards. */
  readonly done: number;
  /** Units that lack nothing but what was given up: they wait for a resumption. */
  readonly blocked: number;
  /** Batches that were given up, and are still lacking. */
  readonly dead: number;
  /** Another than before when parts of shards were made meanwhile. */
  readonly heartbeat: string | null;
}

/** What is waited for. */
export interface Looked {
  /** Of markers of the units that are done. */
  readonly prefix: string;
  readonly total: number;
  /** Tasks that make a unit. */
  readonly kinds: readonly Task['kind'][];
  /** Whether a unit is a shard of the plan, which is made in parts. */
  readonly inParts: boolean;
}

/** So many given up, and it is not single batches that fail. */
export const MAX_DEAD = 100;

export async function lookAt(
  runs: R2Bucket,
  run: string,
  { prefix, total, kinds, inParts }: Looked,
): Promise<Look> {
  // Before the rest: what is done meanwhile is no stall.
  const heartbeat = await readHeartbeat(runs, run);
  const done = new Set<number>();
  for await (const { key } of listObjects(runs, prefix)) done.add(numberOfKey(key));
  const given = await givenUp(runs, run, kinds, done);
  const all = [...given.values()].reduce((sum, { size }) => sum + size, 0);
  const isWhole = done.size >= total;
  if (isWhole || !inParts || all >= MAX_DEAD) {
    return { done: done.size, blocked: given.size, dead: all, heartbeat };
  }
  let [blocked, dead] = [0, 0];
  for (const [shard, names] of given) {
    const lacking = await lackingOf(runs, await plannedShard(runs, run, shard), shard, names);
    dead += lacking.dead;
    if (lacking.dead > 0 && lacking.others === 0) blocked++;
  }
  return { done: done.size, blocked, dead, heartbeat };
}

/** Names of tasks that were given up, by the units that still lack something. */
async function givenUp(
  runs: R2Bucket,
  run: string,
  kinds: readonly string[],
  done: ReadonlySet<number>,
): Promise<Map<number, Set<string>>> {
  const given = new Map<number, Set<string>>();
  const prefix = runKeys.deadPrefix(run);
  for await (const { key } of listObjects(runs, prefix)) {
    const name = key.slice(prefix.length);
    const { kind, unit } = readTaskName(name);
    if (!kinds.includes(kind) || done.has(unit)) continue;
    given.set(unit, (given.get(unit) ?? new Set()).add(name));
  }
  return given;
}

async function plannedShard(runs: R2Bucket, run: string, shard: number): Promise<PlannedShard> {
  const page = await requireJson<PlannedShard[]>(runs, runKeys.plan(run, Math.floor(shard / SHARDS_A_PAGE)));
  return page[shard % SHARDS_A_PAGE];
}

/** What a shard lacks: what was given up, unless a later delivery made it all the same, and others. */
async function lackingOf(
  runs: R2Bucket,
  { hash, pages }: PlannedShard,
  shard: number,
  names: ReadonlySet<string>,
): Promise<{ readonly dead: number; readonly others: number }> {
  const there = new Set<string>();
  for await (const { key } of listObjects(runs, dataKeys.parts(hash))) there.add(key);
  const missing = pages.map((_, part) => part).filter((part) => !there.has(dataKeys.part(hash, part)));
  const dead = missing.filter((part) => names.has(taskNames.encode(shard, part))).length;
  const assembly = names.has(taskNames.unit('assemble', shard)) ? 1 : 0;
  return { dead: dead + assembly, others: missing.length - dead };
}
