import { type SampleSketch, addToSketch, sampleBound, sampleKey } from '../core/pairs/grouped-sample.ts';
import { PairCollector } from '../dataset/collect-pairs.ts';
import { joinPairs } from '../dataset/paired-embeddings.ts';
import { AppError } from '../errors.ts';
import type { SampledPairs } from '../precompute/make-record-from-shards.ts';
import { requireBytes } from './bucket.ts';
import { decodePart, encodePart } from './embedding-part.ts';
import { dataKeys, runKeys } from './keys.ts';
import { shardBlocks } from './shard-rows.ts';
import type { Task } from './tasks.ts';

/** A shard that holds pairs, by its number in the run. */
export interface DoneShard {
  readonly number: number;
  readonly hash: string;
  readonly pairs: number;
}

/**
 * The bound below which pairs are sampled, as `precompute` finds it: Infinity where all are.
 * @throws AppError BAD_INPUT where one group alone is larger than the sample
 */
export async function findBound(runs: R2Bucket, shards: readonly DoneShard[], most: number): Promise<number> {
  if (shards.reduce((sum, { pairs }) => sum + pairs, 0) <= most) return Infinity;
  let sketch: SampleSketch = new Float64Array();
  for (const { hash } of shards) {
    sketch = addToSketch(
      sketch,
      new Float64Array((await requireBytes(runs, dataKeys.keys(hash))).buffer),
      most,
    );
  }
  const bound = sampleBound(sketch, most);
  if (bound > 0) return bound;
  throw new AppError(
    'BAD_INPUT',
    `one picture has more than ${most} pairs, more than a sample takes: give a larger sample`,
  );
}

/** Takes the sampled pairs out of a shard and keeps them for the run. */
export async function sampleShard(
  runs: R2Bucket,
  dim: number,
  { run, shard, hash, bound }: Extract<Task, { kind: 'sample' }>,
): Promise<void> {
  const rows: { where: string; image: string; caption: string }[] = [];
  const [images, texts]: [Float32Array[], Float32Array[]] = [[], []];
  for await (const block of shardBlocks(runs, hash, shard)) {
    block.rows.forEach(({ where, image, caption }, i) => {
      if (image === null || caption === null) throw new Error(`expected a picture and a caption at ${where}`);
      const row = block.images.subarray(i * dim, (i + 1) * dim);
      if (sampleKey(row, { group: null, name: image }) >= bound) return;
      rows.push({ where, image, caption });
      images.push(row.slice());
      texts.push(block.texts.slice(i * dim, (i + 1) * dim));
    });
  }
  const part = { rows, skipped: [], images: flat(images, dim), texts: flat(texts, dim) };
  await runs.put(runKeys.sampled(run, shard), encodePart(part));
}

function flat(rows: readonly Float32Array[], dim: number): Float32Array {
  const matrix = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => matrix.set(row, i * dim));
  return matrix;
}

/**
 * The pairs that a record is judged on: of all shards where the bound is Infinity, else what was taken out of each.
 * @throws AppError BAD_INPUT when there is none
 */
export async function readSample(
  runs: R2Bucket,
  run: string,
  shards: readonly DoneShard[],
  bound: number,
  dim: number,
): Promise<SampledPairs> {
  const collector = new PairCollector(() => null, bound);
  for (const { number, hash } of shards) {
    if (bound === Infinity) {
      for await (const { rows, images, texts } of shardBlocks(runs, hash, number)) {
        rows.forEach((row, i) => collector.add(row, rowOf(images, i, dim), rowOf(texts, i, dim)));
      }
      continue;
    }
    const { rows, images, texts } = decodePart(await requireBytes(runs, runKeys.sampled(run, number)), dim);
    rows.forEach((row, i) =>
      collector.add({ ...row, label: 1 }, rowOf(images, i, dim), rowOf(texts, i, dim)),
    );
  }
  const found = collector.pairs();
  if (found.length === 0) {
    throw new AppError('BAD_INPUT', 'the dataset holds no pair whose picture could be encoded');
  }
  const pairs = joinPairs(dim, found, collector.skipped);
  const isWhole = bound === Infinity;
  const total = isWhole ? pairs.groups.length : shards.reduce((sum, shard) => sum + shard.pairs, 0);
  return { pairs, keys: pairs.sampleKeys, total, isWhole };
}

function rowOf(matrix: Float32Array, row: number, dim: number): Float32Array {
  return matrix.slice(row * dim, (row + 1) * dim);
}
