import { type SampleSketch, addToSketch, sampleBound } from '../../src/core/pairs/grouped-sample.ts';
import type { ShardPlan } from '../../src/core/selection/shard-plan.ts';
import {
  type PairBatch,
  type ShardStatistics,
  emptyStatistics,
  mergeStatistics,
  sumShard,
} from '../../src/core/selection/shard-statistics.ts';
import { PairCollector } from '../../src/dataset/collect-pairs.ts';
import { type PairedEmbeddings, joinPairs } from '../../src/dataset/paired-embeddings.ts';
import { toPairBatch } from '../../src/dataset/shard-batch.ts';
import type { StartProgress } from '../cli/progress.ts';
import { UserError } from '../cli/user-error.ts';
import { type EmbeddingShard, readPairBlock } from './embedding-shard.ts';
import { imageFile } from './image-file.ts';
import type { Skipped } from './pair-source.ts';

/** Pairs of embeddings in files, of which a few thousand at a time are in memory. */
export interface ShardedPairs {
  /** For messages. */
  readonly path: string;
  readonly dim: number;
  readonly shards: readonly EmbeddingShard[];
}

/** A grouped sample of shards, and what was seen on the way. */
export interface ShardSample {
  readonly pairs: PairedEmbeddings;
  /** Matches of all shards that have a direction. */
  readonly total: number;
  readonly isWhole: boolean;
}

const ROWS_A_READ = 4096;

/**
 * As many whole groups as have at most so many pairs together, chosen by their content: see docs/scale.md. Reads the shards twice.
 * @param most pairs
 * @throws UserError where no pair can be used, or one group alone is larger
 */
export async function sampleShards(
  source: ShardedPairs,
  most: number,
  startProgress: StartProgress,
): Promise<ShardSample> {
  const { sketch, total, marked, skipped } = await lookThrough(source, most, startProgress);
  if (total + marked === 0) {
    throw new UserError(
      `${source.path} holds no usable pair of embeddings. ${skipped[0]?.where}: ${skipped[0]?.reason}`,
    );
  }
  const bound = sampleBound(sketch, most);
  if (bound === 0) {
    throw new UserError(
      `${source.path}: one group (pairs of one picture, or of one number) has more than ${most} pairs, more than a sample takes. Give a larger --sample`,
    );
  }
  const collector = new PairCollector(imageFile, bound);
  const progress = startProgress('sample', rowCount(source));
  try {
    for (const shard of source.shards) {
      for await (const { rows, images, texts } of blocks(shard)) {
        const { dim } = source;
        rows.forEach((row, i) => {
          const [image, text] = [images, texts].map((all) => all.slice(i * dim, (i + 1) * dim));
          collector.add(row, image, text);
        });
        progress.add(rows.length);
      }
    }
  } finally {
    progress.stop();
  }
  return { pairs: joinPairs(source.dim, collector.pairs(), skipped), total, isWhole: bound === Infinity };
}

/**
 * The statistics of all shards, merged in their order.
 * @throws RangeError for numbers that are not finite
 */
export async function sumShards(
  source: ShardedPairs,
  plan: ShardPlan,
  startProgress: StartProgress,
): Promise<ShardStatistics> {
  let all = emptyStatistics(plan);
  const progress = startProgress('summed', rowCount(source));
  try {
    for (const shard of source.shards) {
      const sum = sumShard(plan);
      for await (const { rows, images, texts } of blocks(shard)) {
        sum.add(toPairBatch(rows, images, texts, source.dim).batch);
        progress.add(rows.length);
      }
      all = mergeStatistics(all, sum.finish());
    }
  } finally {
    progress.stop();
  }
  return all;
}

interface Look {
  readonly sketch: SampleSketch;
  readonly total: number;
  readonly marked: number;
  readonly skipped: readonly Skipped[];
}

async function lookThrough(source: ShardedPairs, most: number, startProgress: StartProgress): Promise<Look> {
  let sketch: SampleSketch = new Float64Array();
  let total = 0;
  let marked = 0;
  const skipped: Skipped[] = [];
  const progress = startProgress('pairs', rowCount(source));
  try {
    for (const shard of source.shards) {
      for await (const { rows, images, texts } of blocks(shard)) {
        const { batch, skipped: unsound } = toPairBatch(rows, images, texts, source.dim);
        const keys = matchingKeys(batch);
        sketch = addToSketch(sketch, keys, most);
        total += keys.length;
        marked += batch.keys.length - keys.length;
        skipped.push(...unsound);
        progress.add(rows.length);
      }
    }
  } finally {
    progress.stop();
  }
  return { sketch, total, marked, skipped };
}

function matchingKeys({ keys, labels }: PairBatch): Float64Array {
  return keys.filter((_, i) => labels[i] === 1);
}

function blocks(shard: EmbeddingShard): AsyncGenerator<Awaited<ReturnType<typeof readPairBlock>>> {
  return (async function* () {
    for (let start = 0; start < shard.count; start += ROWS_A_READ) {
      yield readPairBlock(shard, start, Math.min(start + ROWS_A_READ, shard.count));
    }
  })();
}

/** Rows of all shards, usable or not. */
export function rowCount({ shards }: Pick<ShardedPairs, 'shards'>): number {
  return shards.reduce((sum, { count }) => sum + count, 0);
}
