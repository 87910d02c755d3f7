import { PairCollector } from '../../src/dataset/collect-pairs.ts';
import { type PairedEmbeddings, joinPairs } from '../../src/dataset/paired-embeddings.ts';
import { UserError } from '../cli/user-error.ts';
import { readPairRows } from './embedding-shard.ts';
import { imageFile } from './image-file.ts';
import type { ShardedPairs } from './sharded-pairs.ts';

const ROWS_A_READ = 4096;

/**
 * All pairs of a folder of embeddings in memory, L2-normalised, as `PairCollector` joins them.
 * @throws UserError when no pair is left
 */
export async function collectShards({ path, dim, shards }: ShardedPairs): Promise<PairedEmbeddings> {
  // A path as clip-retrieval noted it, or a key: it may not open from here.
  const collector = new PairCollector(imageFile);
  for (const shard of shards) {
    for (let start = 0; start < shard.count; start += ROWS_A_READ) {
      const { rows, images, texts } = await readPairRows(
        shard,
        start,
        Math.min(start + ROWS_A_READ, shard.count),
      );
      rows.forEach((row, i) => collector.add(row, images[i], texts[i]));
    }
  }
  const pairs = collector.pairs();
  const { skipped } = collector;
  if (pairs.length > 0) return joinPairs(dim, pairs, skipped);
  throw new UserError(
    `${path} holds no usable pair of embeddings. ${skipped[0]?.where}: ${skipped[0]?.reason}`,
  );
}
