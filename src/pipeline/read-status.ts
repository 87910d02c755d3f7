import type { ShardSummary } from './assemble-shard.ts';
import { countObjects, listObjects, readJson, requireJson } from './bucket.ts';
import { type InputIndex, MAX_TOLD, type SkippedPair } from './input-index.ts';
import { dataKeys, numberOfKey, runKeys } from './keys.ts';
import { SHARDS_A_PAGE } from './cut.ts';
import type { PlannedShard } from './plan-shards.ts';
import type { RunDescription } from './run-description.ts';
import { costOf } from './run-cost.ts';
import { type RunState, attemptsOf, readState } from './run-state.ts';
import type { DeadTask, RunStatus, RunSummary } from './run-status.ts';

/** Shards under way whose parts are counted; of more, those that are whole say enough. */
const MAX_OPEN_SHARDS = 20;

export function summaryOf(
  { id, request, encoder, createdAt }: RunDescription,
  { phase, updatedAt, error, result }: RunState,
): RunSummary {
  return {
    id,
    dataset: request.dataset,
    encoder: { id: encoder.id, fingerprint: encoder.fingerprint },
    phase,
    createdAt,
    updatedAt: updatedAt === '' ? createdAt : updatedAt,
    error,
    result,
  };
}

/** @returns null when there is no such run */
export async function readStatus(runs: R2Bucket, id: string, now: number): Promise<RunStatus | null> {
  const run = await readJson<RunDescription>(runs, runKeys.run(id));
  if (run === null) return null;
  const state = await readState(runs, id);
  const { inputs, plan, encoding } = state;
  const done = await countDone(runs, run, state);
  const indexed = inputs === null ? 0 : await countObjects(runs, runKeys.indexedPrefix(id));
  const pairs = done.pairs + done.openPairs;
  const seconds = encoding === null ? 0 : (now - Date.parse(encoding.since)) / 1000;
  const isEncoding = state.phase === 'encoding' && encoding !== null;
  const rate = isEncoding && seconds > 0 ? Math.max(0, pairs - encoding.pairs) / seconds : null;
  const left = plan === null ? null : plan.pairs - pairs;
  return {
    ...summaryOf(run, state),
    attempts: attemptsOf(run, state),
    inputs: inputs === null ? null : { done: indexed, total: inputs },
    shards: plan === null ? null : { done: done.shards, total: plan.shards },
    pairs: plan === null ? null : { done: pairs, total: plan.pairs },
    skipped: await readSkipped(runs, id, done.skipped + (plan?.skipped ?? 0)),
    dead: await readDead(runs, id),
    rate: rate === null ? null : Math.round(rate * 10) / 10,
    secondsLeft:
      left === 0 ? 0 : left === null || rate === null || rate === 0 ? null : Math.ceil(left / rate),
    cost: costOf({ inputs: indexed, parts: done.parts, shards: done.shards, singlePictures: 0, cpuMs: 0 }),
  };
}

interface Done {
  readonly shards: number;
  readonly parts: number;
  readonly pairs: number;
  readonly openPairs: number;
  readonly skipped: number;
}

async function countDone(runs: R2Bucket, { id, request }: RunDescription, { plan }: RunState): Promise<Done> {
  const whole = new Set<number>();
  let [pairs, skipped] = [0, 0];
  for await (const { key, customMetadata = {} } of listObjects(runs, runKeys.shardPrefix(id), {
    metadata: true,
  })) {
    whole.add(numberOfKey(key));
    skipped += Number(customMetadata.skipped);
    pairs += Number(customMetadata.pairs) + Number(customMetadata.skipped);
  }
  let openParts = 0;
  for (const { hash } of await openShards(runs, id, plan?.shards ?? 0, whole)) {
    openParts += await countObjects(runs, dataKeys.parts(hash));
  }
  const { pairsPerPart } = request;
  const openPairs = Math.min(openParts * pairsPerPart, Math.max(0, (plan?.pairs ?? 0) - pairs));
  return {
    shards: whole.size,
    parts: Math.ceil(pairs / pairsPerPart) + openParts,
    pairs,
    openPairs,
    skipped,
  };
}

async function openShards(
  runs: R2Bucket,
  id: string,
  shards: number,
  whole: ReadonlySet<number>,
): Promise<PlannedShard[]> {
  const open: PlannedShard[] = [];
  for (let page = 0; page * SHARDS_A_PAGE < shards && open.length < MAX_OPEN_SHARDS; page++) {
    const planned = await requireJson<PlannedShard[]>(runs, runKeys.plan(id, page));
    open.push(...planned.filter((_, i) => !whole.has(page * SHARDS_A_PAGE + i)));
  }
  return open.slice(0, MAX_OPEN_SHARDS);
}

async function readSkipped(runs: R2Bucket, id: string, count: number): Promise<RunStatus['skipped']> {
  const rows: SkippedPair[] = [];
  if (count === 0) return { count, rows };
  for (const prefix of [runKeys.indexedPrefix(id), runKeys.shardPrefix(id)]) {
    for await (const { key } of listObjects(runs, prefix)) {
      if (rows.length >= MAX_TOLD) break;
      rows.push(...(await requireJson<InputIndex | ShardSummary>(runs, key)).skipped);
    }
  }
  return { count, rows: rows.slice(0, MAX_TOLD) };
}

async function readDead(runs: R2Bucket, id: string): Promise<DeadTask[]> {
  const dead: DeadTask[] = [];
  for await (const { key } of listObjects(runs, runKeys.deadPrefix(id))) {
    if (dead.length >= MAX_TOLD) break;
    dead.push(await requireJson<DeadTask>(runs, key));
  }
  return dead;
}
