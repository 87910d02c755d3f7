import { addToSketch, sampleBound, sampleKey } from '../../src/core/pairs/grouped-sample.ts';
import type { ShardPlan } from '../../src/core/selection/shard-plan.ts';
import { type ShardStatistics, sumShard } from '../../src/core/selection/shard-statistics.ts';
import { type EmbeddedPair, type PairedEmbeddings, joinPairs } from '../../src/dataset/paired-embeddings.ts';
import { UserError } from '../cli/user-error.ts';
import type { Skipped } from './pair-source.ts';

const PAIRS_AT_ONCE = 4096;

/**
 * Pairs that are in memory as one shard: all of them, or of more than `most` a grouped sample and what sums them all.
 * @throws UserError where one group alone is larger than the sample
 */
export function sampleInMemory(
  dim: number,
  pairs: readonly EmbeddedPair[],
  skipped: readonly Skipped[],
  most: number,
): {
  readonly pairs: PairedEmbeddings;
  readonly sampled: {
    readonly total: number;
    readonly statistics: (plan: ShardPlan) => Promise<ShardStatistics>;
  } | null;
} {
  const matches = pairs.filter(({ label }) => label !== 0);
  if (matches.length <= most) return { pairs: joinPairs(dim, pairs, skipped), sampled: null };
  const keyed = pairs.map((pair) => ({
    ...pair,
    sampleKey: sampleKey(pair.image.embedding, { group: pair.group, name: null }),
  }));
  const keys = Float64Array.from(
    keyed.filter(({ label }) => label !== 0),
    (pair) => pair.sampleKey,
  );
  const bound = sampleBound(addToSketch(new Float64Array(), keys, most), most);
  if (bound === 0)
    throw new UserError(
      `one picture has more than ${most} captions, more than a sample takes. Give a larger --sample`,
    );
  const sample = keyed.filter((pair) => pair.sampleKey < bound);
  return {
    pairs: joinPairs(dim, sample, skipped),
    sampled: {
      total: matches.length,
      statistics: async (plan) => sumPairs(dim, keyed, plan),
    },
  };
}

function sumPairs(
  dim: number,
  pairs: readonly (EmbeddedPair & { readonly sampleKey: number })[],
  plan: ShardPlan,
): ShardStatistics {
  const sum = sumShard(plan);
  for (let start = 0; start < pairs.length; start += PAIRS_AT_ONCE) {
    const part = pairs.slice(start, start + PAIRS_AT_ONCE);
    const [images, texts] = [new Float32Array(part.length * dim), new Float32Array(part.length * dim)];
    part.forEach(({ image, text }, i) => {
      images.set(image.embedding, i * dim);
      texts.set(text.embedding, i * dim);
    });
    sum.add({
      images,
      texts,
      labels: Uint8Array.from(part, ({ label = 1 }) => label),
      keys: Float64Array.from(part, (pair) => pair.sampleKey),
    });
  }
  return sum.finish();
}
