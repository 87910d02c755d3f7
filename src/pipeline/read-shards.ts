import { parquetReadObjects } from 'hyparquet';
import { PairCollector } from '../dataset/collect-pairs.ts';
import { type PairedEmbeddings, joinPairs } from '../dataset/paired-embeddings.ts';
import { AppError } from '../errors.ts';
import { readEmbeddings } from '../format/npy.ts';
import { requireBytes } from './bucket.ts';
import { dataKeys } from './keys.ts';

/**
 * All pairs of shards in their order, as `precompute` reads a folder of the same files.
 * @throws AppError BAD_INPUT when there is none
 */
export async function readShards(
  runs: R2Bucket,
  hashes: readonly string[],
  dim: number,
): Promise<PairedEmbeddings> {
  const collector = new PairCollector();
  for (const [number, hash] of hashes.entries()) {
    const images = readEmbeddings(await requireBytes(runs, dataKeys.images(hash))).embeddings;
    const texts = readEmbeddings(await requireBytes(runs, dataKeys.texts(hash))).embeddings;
    const file = (await requireBytes(runs, dataKeys.metadata(hash))).buffer;
    const rows = (await parquetReadObjects({ file })) as { image_path: string; caption: string }[];
    for (const [i, { image_path: image, caption }] of rows.entries()) {
      collector.add(
        { image, caption, label: 1, where: `metadata_${number}.parquet row ${i + 1}` },
        images.slice(i * dim, (i + 1) * dim),
        texts.slice(i * dim, (i + 1) * dim),
      );
    }
  }
  const pairs = collector.pairs();
  if (pairs.length > 0) return joinPairs(dim, pairs, collector.skipped);
  throw new AppError('BAD_INPUT', 'the dataset holds no pair whose picture could be encoded');
}
