import type { R2Bucket } from '@cloudflare/workers-types';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../src/pipeline/bucket.ts';
import { MAX_TOLD } from '../../src/pipeline/input-index.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { encodedPairs, readStatus } from '../../src/pipeline/read-status.ts';
import { PRICES } from '../../src/pipeline/run-cost.ts';
import { changeState, readState } from '../../src/pipeline/run-state.ts';
import type { RunPhase } from '../../src/pipeline/run-status.ts';
import { memoryBucket } from './memory-bucket.ts';
import { RUN_ID, describedRun } from './memory-platform.ts';

const SINCE = '2026-11-01T00:00:00.000Z';
const NOW = Date.parse(SINCE) + 100_000;

interface Made {
  readonly phase: RunPhase;
  readonly inputs: number;
  readonly kind: 'tar' | 'listing';
  readonly shards: number;
  readonly wholeShards: number;
  /** Shards of which all parts are made, counted from the first; every second part of the one after. */
  readonly fullShards: number;
  /** Of each shard and of each input; none: what a version wrote that said nothing beside the bytes. */
  readonly skippedOf: (number: number) => number | undefined;
  readonly sums: number;
}

const SHARD_PAIRS = 4_096;

/** As a run leaves the bucket. */
async function makeRun(runs: R2Bucket, made: Partial<Made>): Promise<void> {
  const {
    phase = 'encoding',
    inputs = 1,
    kind = 'tar',
    shards = 1,
    wholeShards = 0,
    fullShards = wholeShards,
    skippedOf = () => 0,
    sums = 0,
  } = made;
  const rows = (count = 0) =>
    Array.from({ length: Math.min(count, MAX_TOLD) }, (_, i) => ({
      where: `row ${i}`,
      reason: 'no caption',
    }));
  await writeJson(runs, runKeys.run(RUN_ID), describedRun());
  for (let input = 0; input < inputs; input++) {
    const skipped = skippedOf(input);
    const index = { version: 1, pages: [], skipped: rows(skipped ?? 2), skippedCount: skipped ?? 2 };
    const metadata = skipped === undefined ? {} : { kind, skipped: String(skipped) };
    await writeJson(runs, runKeys.indexed(RUN_ID, input), index, metadata as Record<string, string>);
  }
  for (let shard = 0; shard < wholeShards; shard++) {
    const skipped = skippedOf(shard) ?? 0;
    await writeJson(
      runs,
      runKeys.shard(RUN_ID, shard),
      { skipped: rows(skipped) },
      { hash: `h${shard}`, pairs: String(SHARD_PAIRS - skipped), skipped: String(skipped) },
    );
  }
  for (let page = 0; page * 100 < shards; page++) {
    const of = Array.from({ length: Math.min(100, shards - page * 100) }, (_, i) => ({
      hash: `h${page * 100 + i}`,
      pages: [],
      pairs: SHARD_PAIRS,
    }));
    await writeJson(runs, runKeys.plan(RUN_ID, page), of);
  }
  for (let shard = wholeShards; shard < fullShards; shard++)
    for (let part = 0; part < 64; part++) await runs.put(dataKeys.part(`h${shard}`, part), 'x');
  for (let part = 0; part < 64 && fullShards < shards; part += 2)
    await runs.put(dataKeys.part(`h${fullShards}`, part), 'x');
  for (let shard = 0; shard < sums; shard++) {
    await runs.put(runKeys.sampled(RUN_ID, shard), 'x');
    await runs.put(runKeys.summed(RUN_ID, shard), 'x');
  }
  await changeState(runs, RUN_ID, () => ({
    phase,
    inputs,
    plan: { shards, parts: shards * 64, pairs: shards * SHARD_PAIRS, skipped: 0 },
    encoding: { since: SINCE, pairs: 0 },
  }));
}

it('counts at the start of an attempt what its status counts, so that a rate is of this attempt alone', async () => {
  const { bucket } = memoryBucket();
  await makeRun(bucket, { shards: 5, wholeShards: 1, fullShards: 2 });
  const { plan } = await readState(bucket, RUN_ID);
  if (plan === null) throw new Error('there is no plan');
  const pairs = await encodedPairs(bucket, describedRun(), plan);
  expect(pairs).toBe(2 * SHARD_PAIRS + 32 * 64);
  await changeState(bucket, RUN_ID, () => ({ encoding: { since: SINCE, pairs } }));
  expect(await readStatus(bucket, RUN_ID, NOW)).toMatchObject({ rate: 0, secondsLeft: null });
});

async function statusOf(made: Partial<Made>) {
  const { bucket, asked } = memoryBucket();
  await makeRun(bucket, made);
  asked.get = asked.head = asked.list = 0;
  const status = await readStatus(bucket, RUN_ID, NOW);
  if (status === null) throw new Error('there is no run');
  return { status, asked };
}

describe('the status of a run', () => {
  it.each([
    ['that are assembled as they come', 2_000],
    ['whose messages to assemble come last', 1_800],
  ])('of 2,500 shards %s is read by some twenty calls', async (_, wholeShards) => {
    const { status, asked } = await statusOf({
      inputs: 1_000,
      shards: 2_500,
      wholeShards,
      fullShards: 2_000,
    });
    expect(status.pairs).toEqual({ done: 2_000 * SHARD_PAIRS + 32 * 64, total: 2_500 * SHARD_PAIRS });
    // Lists of inputs, of shards a thousand each, of what was given up, and of eight shards at most.
    expect(asked.list).toBeLessThanOrEqual(1 + 2 + 1 + 8);
    // The request, the state, and the plan by halves.
    expect(asked.get).toBeLessThanOrEqual(2 + 6);
    expect(asked.head).toBeLessThanOrEqual(Math.ceil(Math.log2(2_500)));
  });

  it('reads of the markers only those of the first hundred that were left out', async () => {
    const { status, asked } = await statusOf({
      shards: 2_500,
      wholeShards: 2_400,
      skippedOf: (number) => (number % 10 === 3 ? 30 : 0),
    });
    expect(status.skipped).toMatchObject({ count: 240 * 30 });
    expect(status.skipped.rows).toHaveLength(MAX_TOLD);
    expect(asked.get).toBeLessThanOrEqual(4 + 4);
  });

  it('reads the markers of inputs that say nothing beside their bytes', async () => {
    const { status } = await statusOf({ inputs: 2, skippedOf: () => undefined });
    expect(status.skipped.rows).toHaveLength(4);
  });

  it('counts pictures that are objects of their own, and the messages of samples and sums', async () => {
    const made = { shards: 10, wholeShards: 10 };
    const [tar, listing, summed] = await Promise.all(
      [made, { ...made, kind: 'listing' as const }, { ...made, phase: 'summing' as const, sums: 10 }].map(
        async (each) => (await statusOf(each)).status.cost,
      ),
    );
    // A read a picture in place of one a part of 64.
    const reads = 10 * SHARD_PAIRS * (1 - 1 / 64);
    expect(listing.r2 - tar.r2).toBeCloseTo((reads * PRICES.r2ClassB) / 1e6, 12);
    expect(summed.queues - tar.queues).toBeCloseTo((2 * 10 * 3 * PRICES.queueOperations) / 1e6, 12);
    // A millisecond of CPU a pair, half a one to sum it.
    expect(tar.workers).toBeGreaterThan((10 * SHARD_PAIRS * PRICES.workerCpuMs) / 1e6);
    expect(summed.workers).toBeGreaterThan((10 * SHARD_PAIRS * 1.5 * PRICES.workerCpuMs) / 1e6);
    expect(tar.leavesOut).toContain('the encoder');
  });
});
