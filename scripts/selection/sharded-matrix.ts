import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addToBinCounts,
  createBinCounts,
  informationOfCounts,
} from '../../src/core/selection/information/bin-counts.ts';
import { chiSquareFromSums } from '../../src/core/selection/univariate/chi-square.ts';
import { addToClassMoments, createClassMoments } from '../../src/core/selection/univariate/class-moments.ts';
import { addToClassSums, createClassSums } from '../../src/core/selection/univariate/class-sums.ts';
import { addToColumnRanges, createColumnRanges } from '../../src/core/selection/univariate/column-ranges.ts';
import { fFromMoments } from '../../src/core/selection/univariate/f-statistic.ts';
import type { ScoringParams, StrategyScores } from '../../src/core/selection/strategies.ts';
import type { StrategySpec } from '../../src/core/selection/strategy-names.ts';
import { variancesFromMoments } from '../../src/core/selection/univariate/variance.ts';
import type { Floats } from '../../src/core/vector.ts';
import { decodeNpy } from '../../src/format/npy.ts';
import { readInput } from '../files/input-file.ts';
import { UserError } from '../cli/user-error.ts';
import { checkedFeatures, readLabels } from './labelled-matrix.ts';

/** A labelled matrix in several files, of which one at a time is in memory. */
export interface ShardedMatrix {
  /** In the order of their rows. */
  readonly paths: readonly string[];
  /** Class of each row over all shards. */
  readonly labels: Int32Array;
  readonly dim: number;
}

/** What adds up over shards. */
const STREAMED = ['variance', 'f-statistic', 'chi-square', 'mutual-information-binned'];

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/**
 * The .npy files of a folder, by the numbers in their names, as one matrix.
 * @throws UserError for none, and as `readLabelledMatrix` for the labels and the first shard
 */
export async function openShardedMatrix(folder: string, labelsPath: string): Promise<ShardedMatrix> {
  const names = (await readdir(folder)).filter((name) => /^(?!\._).*\.npy$/.test(name));
  if (names.length === 0) throw new UserError(`--features ${folder}: expected .npy files, found none.`);
  // "X_10.npy" comes behind "X_9.npy".
  const paths = names
    .sort(new Intl.Collator('en', { numeric: true }).compare)
    .map((name) => join(folder, name));
  const { labels } = await readLabels(labelsPath);
  const { dim } = await readShard(paths[0]);
  return { paths, labels, dim };
}

/**
 * Scores of a strategy that adds up over shards; binned mutual information reads them twice.
 * @throws UserError for other strategies, shards of another width, or labels for another number of rows
 */
export async function scoreShards(
  spec: StrategySpec,
  matrix: ShardedMatrix,
  { bins, binning }: Required<Pick<ScoringParams, 'bins' | 'binning'>>,
): Promise<StrategyScores> {
  const { dim } = matrix;
  switch (spec.name) {
    case 'variance':
    case 'f-statistic': {
      const moments = createClassMoments(dim);
      await eachShard(matrix, (features, labels) => addToClassMoments(moments, features, labels));
      if (spec.name === 'f-statistic') return { ...fFromMoments(moments), params: {} };
      return { scores: variancesFromMoments(moments), params: {} };
    }
    case 'chi-square': {
      const sums = createClassSums(dim);
      await eachShard(matrix, (features, labels) => addToClassSums(sums, features, labels));
      const { scores, pValues, scaled } = chiSquareFromSums(sums);
      return { scores, pValues, params: { scaled } };
    }
    case 'mutual-information-binned': {
      if (binning !== 'equal-width') {
        throw new UserError('--binning equal-frequency needs all rows at once; shards take equal-width');
      }
      const ranges = createColumnRanges(dim);
      await eachShard(matrix, (features) => addToColumnRanges(ranges, features));
      const counts = createBinCounts(ranges, bins);
      await eachShard(matrix, (features, labels) => addToBinCounts(counts, features, labels));
      return { scores: informationOfCounts(counts), params: { bins, binning } };
    }
    default:
      throw new UserError(
        `strategy "${spec.name}" needs the whole matrix: a folder of shards takes ${STREAMED.join(', ')}`,
      );
  }
}

async function eachShard(
  { paths, labels, dim }: ShardedMatrix,
  add: (features: Floats, labels: Int32Array) => void,
): Promise<void> {
  let rows = 0;
  for (const path of paths) {
    const shard = await readShard(path);
    if (shard.dim !== dim) {
      throw new UserError(
        `--features ${path}: expected ${dim} features, as ${paths[0]} has, got ${shard.dim}.`,
      );
    }
    const own = labels.subarray(rows, rows + shard.count);
    rows += shard.count;
    if (own.length === shard.count) add(shard.features, own);
  }
  if (rows === labels.length) return;
  throw new UserError(
    `--labels: expected ${rows} labels, one for each row of the shards, got ${labels.length}.`,
  );
}

async function readShard(path: string): Promise<{ features: Floats; count: number; dim: number }> {
  return checkedFeatures(await readInput(path, '--features', decodeNpy), path);
}
