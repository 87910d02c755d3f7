import { emptyStatistics, mergeStatistics, sumShard } from '../core/selection/shard-statistics.ts';
import type { Wants } from '../core/selection/shard-plan.ts';
import { AppError } from '../errors.ts';
import { toPairBatch } from '../dataset/shard-batch.ts';
import { decodeShardPlan, encodeShardPlan } from '../format/shard-plan.ts';
import { decodeStatistics, encodeStatistics } from '../format/shard-statistics.ts';
import { MERGEABLE, wantsOf } from '../precompute/fit-statistics.ts';
import { planSample } from '../precompute/make-record-from-shards.ts';
import { requireBytes } from './bucket.ts';
import { SHARDS_A_MERGE } from './cut.ts';
import { ROOM_BYTES, covarianceBytes } from './memory.ts';
import { runKeys } from './keys.ts';
import { type RunRequest, recordOptions } from './run-request.ts';
import { type DoneShard, readSample } from './sample-shards.ts';
import { shardBlocks } from './shard-rows.ts';
import type { Task } from './tasks.ts';

/** What the strategies that may be chosen are fitted on; null where none of them adds up over shards. */
export function wantsOfRequest({
  strategy,
  strategies,
}: Pick<RunRequest, 'strategy' | 'strategies'>): Wants | null {
  const possible = strategy === 'auto' ? strategies.filter((name) => MERGEABLE.includes(name)) : [strategy];
  const wants = possible.map(wantsOf).filter((want) => want !== null);
  // The yardstick pca is always compared, and may be what is chosen.
  if (strategy === 'auto') wants.push({ covariance: true, features: false });
  if (wants.length === 0) return null;
  return {
    covariance: wants.some(({ covariance }) => covariance),
    features: wants.some(({ features }) => features),
  };
}

/**
 * Before anything is encoded: whether an isolate holds the covariance of shards, where all are summed.
 * @throws AppError LIMIT_EXCEEDED saying what would fit
 */
export function assertSummable(pairs: number, request: RunRequest, dim: number): void {
  const { sample, pairsPerShard, pairsPerPart } = request;
  if (pairs <= sample || wantsOfRequest(request)?.covariance !== true) return;
  const fits = (most: number): boolean => covarianceBytes(most, sample, dim) <= ROOM_BYTES;
  if (fits(pairsPerShard)) return;
  let smaller = pairsPerShard;
  while (smaller >= pairsPerPart && !fits(smaller))
    smaller = Math.floor(smaller / 2 / pairsPerPart) * pairsPerPart;
  const megabytes = Math.ceil(covarianceBytes(pairsPerShard, sample, dim) / 1e6);
  throw new AppError(
    'LIMIT_EXCEEDED',
    `summing the covariance of vectors of ${dim} numbers takes about ${megabytes} MB, of an isolate's 128 MiB ${Math.floor(ROOM_BYTES / 1e6)} are free: ${
      smaller >= pairsPerPart
        ? `give --pairs-per-shard ${smaller}`
        : 'name one strategy that is fitted without it, such as --strategy f-statistic'
    }`,
  );
}

/** Keeps what shards are summed under, made of the sample. */
export async function writeSumPlan(
  runs: R2Bucket,
  run: { readonly id: string; readonly request: RunRequest; readonly dim: number },
  shards: readonly DoneShard[],
  bound: number,
  wants: Wants,
): Promise<void> {
  const sample = await readSample(runs, run.id, shards, bound, run.dim);
  const plan = planSample(sample, recordOptions(run.request), wants);
  await runs.put(runKeys.sumPlan(run.id), encodeShardPlan(plan));
}

/** The statistics of a shard, kept for the run. */
export async function sumOneShard(
  runs: R2Bucket,
  dim: number,
  { run, shard, hash }: Extract<Task, { kind: 'sum' }>,
): Promise<void> {
  const plan = decodeShardPlan(await requireBytes(runs, runKeys.sumPlan(run)));
  const sum = sumShard(plan);
  for await (const { rows, images, texts } of shardBlocks(runs, hash, shard)) {
    sum.add(toPairBatch(rows, images, texts, dim).batch);
  }
  await runs.put(runKeys.summed(run, shard), encodeStatistics(sum.finish()));
}

/** Merges the statistics of the shards from `start` on to those before, a step's worth, in order: the bits depend on it. */
export async function mergeShards(
  runs: R2Bucket,
  run: string,
  shards: readonly DoneShard[],
  start: number,
): Promise<number> {
  const plan = decodeShardPlan(await requireBytes(runs, runKeys.sumPlan(run)));
  let all =
    start === 0
      ? emptyStatistics(plan)
      : decodeStatistics(await requireBytes(runs, runKeys.merged(run, start)));
  const end = Math.min(shards.length, start + SHARDS_A_MERGE);
  for (const { number } of shards.slice(start, end)) {
    all = mergeStatistics(all, decodeStatistics(await requireBytes(runs, runKeys.summed(run, number))));
  }
  await runs.put(runKeys.merged(run, end), encodeStatistics(all));
  return end;
}
