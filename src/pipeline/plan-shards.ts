import type { ShardSummary } from './assemble-shard.ts';
import { listObjects, readJson, requireJson, writeJson } from './bucket.ts';
import { SHARDS_A_PAGE } from './cut.ts';
import { hashText } from './hash.ts';
import type { InputIndex } from './input-index.ts';
import { dataKeys, numberOfKey, runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';
import type { Task } from './tasks.ts';

/** A shard as it is planned: never of two inputs, so that a new tar leaves the shards of the others as they are. */
export interface PlannedShard {
  readonly hash: string;
  /** Content hashes of its parts' pages, in order. */
  readonly pages: readonly string[];
  readonly pairs: number;
}

export interface ShardPlan {
  readonly shards: number;
  readonly parts: number;
  readonly pairs: number;
  /** Samples of tars and rows of listings that no pair could be made of. */
  readonly skipped: number;
}

/** Cuts what was indexed into shards and keeps the plan, a page of a hundred shards an object. */
export async function planShards(runs: R2Bucket, run: RunDescription): Promise<ShardPlan> {
  const { encoder, limits, request } = run;
  const planned = await plannedBefore(runs, run.id);
  const pagesAShard = request.pairsPerShard / request.pairsPerPart;
  let page: PlannedShard[] = [];
  const plan = { shards: 0, parts: 0, pairs: 0, skipped: 0 };
  const flush = async (): Promise<void> => {
    await writeJson(runs, runKeys.plan(run.id, Math.floor((plan.shards - 1) / SHARDS_A_PAGE)), page);
    page = [];
  };
  for await (const { key } of listObjects(runs, runKeys.indexedPrefix(run.id))) {
    const { pages, skippedCount } = await requireJson<InputIndex>(runs, key);
    plan.skipped += skippedCount;
    for (let start = 0; start < pages.length; start += pagesAShard) {
      const of = pages.slice(start, start + pagesAShard);
      const hashes = of.map(({ hash }) => hash);
      const pairs = of.reduce((sum, { count }) => sum + count, 0);
      const named = ['shard 2', encoder, limits, hashes];
      const hash = planned.get(plan.shards) ?? (await shardHash(runs, named, request.round));
      page.push({ hash, pages: hashes, pairs });
      plan.shards++;
      plan.parts += hashes.length;
      plan.pairs += pairs;
      if (page.length === SHARDS_A_PAGE) await flush();
    }
  }
  if (page.length > 0) await flush();
  return plan;
}

/** Shards that are done keep their names: nothing is encoded again by a resumption. */
async function plannedBefore(runs: R2Bucket, id: string): Promise<Map<number, string>> {
  const hashes = new Map<number, string>();
  for await (const { key, customMetadata } of listObjects(runs, runKeys.shardPrefix(id), {
    metadata: true,
  })) {
    const hash = customMetadata?.hash;
    if (hash !== undefined) hashes.set(numberOfKey(key), hash);
  }
  return hashes;
}

/** The name of what is made of these pairs. Where rows of it were skipped, a run of a later round makes it anew: the reason may be gone. */
async function shardHash(runs: R2Bucket, named: readonly unknown[], round: number): Promise<string> {
  const hash = await hashText(JSON.stringify(named));
  if (round === 0) return hash;
  const made = await readJson<ShardSummary>(runs, dataKeys.shard(hash));
  return made === null || made.skippedCount === 0
    ? hash
    : hashText(JSON.stringify([...named, 'round', round]));
}

/**
 * What a page of the plan still lacks, as messages: parts to encode, or whole shards to assemble.
 * @param most shards to send for, the first that are open
 * @returns the messages, and of how many shards they are
 */
export async function missingTasks(
  runs: R2Bucket,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  page: number,
  most: number,
): Promise<{ readonly tasks: Task[]; readonly shards: number }> {
  const shards = await requireJson<PlannedShard[]>(runs, runKeys.plan(id, page));
  const done = new Set<number>();
  for await (const { key } of listObjects(runs, runKeys.shardPrefix(id))) done.add(numberOfKey(key));
  const tasks: Task[] = [];
  let open = 0;
  for (const [i, { hash, pages }] of shards.entries()) {
    const shard = page * SHARDS_A_PAGE + i;
    if (done.has(shard)) continue;
    if (open === most) break;
    open++;
    const parts = pages.length;
    const common = { run: id, attempt, shard, hash, parts };
    const there = new Set<string>();
    for await (const { key } of listObjects(runs, `shards/${hash}/`)) there.add(key);
    const isWhole = there.has(dataKeys.shard(hash));
    const missing = isWhole
      ? []
      : pages.map((_, part) => part).filter((part) => !there.has(dataKeys.part(hash, part)));
    if (missing.length === 0) tasks.push({ kind: 'assemble', ...common });
    for (const part of missing) tasks.push({ kind: 'encode', ...common, part, page: pages[part] });
  }
  return { tasks, shards: open };
}
