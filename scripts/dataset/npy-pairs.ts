import { readIntegers } from '../../src/format/npy.ts';
import { DirectionKeys } from '../../src/dataset/direction-keys.ts';
import { type EmbeddedPair, type PairedEmbeddings, joinPairs } from '../../src/dataset/paired-embeddings.ts';
import { unitProblem } from '../../src/dataset/unit-problem.ts';
import { UserError } from '../cli/user-error.ts';
import { readInput } from '../files/input-file.ts';
import { openNpyPairs, readPairRows } from './embedding-shard.ts';
import type { Skipped } from './pair-source.ts';
import type { ShardedPairs } from './sharded-pairs.ts';

interface NpyPaths {
  readonly imageEmbeddings: string;
  readonly textEmbeddings: string;
  readonly groups: string | null;
}

const ROWS_A_READ = 4096;

/**
 * Two .npy matrices whose rows belong together, as one shard: no row is read.
 * @throws UserError naming the option, the file and what does not fit (shape, lengths that differ)
 */
export async function openNpyShard(paths: NpyPaths): Promise<ShardedPairs> {
  const shard = await openNpyPairs(paths.imageEmbeddings, paths.textEmbeddings);
  const groups = await readGroups(paths.groups, shard.count);
  return {
    path: `${paths.imageEmbeddings} and ${paths.textEmbeddings}`,
    dim: shard.images.dim,
    shards: [
      {
        ...shard,
        rowAt: (index) => ({
          ...shard.rowAt(index),
          where: `row ${index}`,
          ...(groups === null ? {} : { group: groups[index] }),
        }),
      },
    ],
  };
}

/**
 * All pairs of two .npy matrices. Rows are L2-normalised; equal rows, at whatever norm they were, become one
 * picture or caption. Pairs are of one group when `groups` says so, or when they share a row. Rows that have no direction (NaN,
 * Infinity, all zero) are skipped.
 * @throws UserError as `openNpyShard`, or when no row is left
 */
export async function readNpyPairs(paths: NpyPaths): Promise<PairedEmbeddings> {
  return collectNpyPairs(await openNpyShard(paths));
}

/** @throws UserError when no row is left */
export async function collectNpyPairs({ path, dim, shards }: ShardedPairs): Promise<PairedEmbeddings> {
  const [shard] = shards;
  const pairs: EmbeddedPair[] = [];
  const [imageKeys, textKeys] = [new DirectionKeys(), new DirectionKeys()];
  const skipped: Skipped[] = [];
  for (let start = 0; start < shard.count; start += ROWS_A_READ) {
    const block = await readPairRows(shard, start, Math.min(start + ROWS_A_READ, shard.count));
    for (const [i, { where, group = null }] of block.rows.entries()) {
      const [image, text] = [block.images[i], block.texts[i]];
      const reason = unitProblem(image, 'image') ?? unitProblem(text, 'text');
      if (reason !== null) {
        skipped.push({ where, reason });
        continue;
      }
      pairs.push({
        image: { key: imageKeys.keyOf(image), embedding: image },
        text: { key: textKeys.keyOf(text), embedding: text },
        group,
        where,
        picture: null,
        caption: null,
      });
    }
  }
  if (pairs.length > 0) return joinPairs(dim, pairs, skipped);
  throw new UserError(`${path} hold no usable pair. ${skipped[0]?.where}: ${skipped[0]?.reason}.`);
}

async function readGroups(path: string | null, count: number): Promise<ArrayLike<number> | null> {
  if (path === null) return null;
  const groups = await readInput(path, '--groups', readIntegers);
  if (groups.length === count) return groups;
  throw new UserError(`--groups needs one number a pair: expected ${count}, got ${groups.length} in ${path}`);
}
