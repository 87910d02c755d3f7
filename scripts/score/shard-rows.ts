import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { clipScore } from '../../src/core/scoring/clip-score.ts';
import { cosineSimilarity } from '../../src/core/vector.ts';
import { type EmbeddingShard, readPairRows } from '../dataset/embedding-shard.ts';
import { unitProblem } from '../../src/dataset/unit-problem.ts';
import type { CaptionMetrics, EmbeddedInput, RowSource } from './row-source.ts';

const WINDOW_ROWS = 4096;

/**
 * The rows of precomputed embeddings, read a window at a time; windows end with their shard.
 * @param isMeasured with the CLIPScore of every row, which knows nothing of a prompt
 */
export async function shardRows(shards: readonly EmbeddingShard[], isMeasured = false): Promise<RowSource> {
  return {
    total: shards.reduce((sum, { count }) => sum + count, 0),
    dim: shards[0].images.dim,
    duplicates: null,
    digest: await digestOf(shards),
    async *windows(start) {
      let first = 0;
      for (const shard of shards) {
        for (let at = Math.max(0, start - first); at < shard.count; at += WINDOW_ROWS) {
          yield readWindow(shard, at, Math.min(at + WINDOW_ROWS, shard.count), isMeasured);
        }
        first += shard.count;
      }
    },
  };
}

async function readWindow(
  shard: EmbeddingShard,
  start: number,
  end: number,
  isMeasured: boolean,
): Promise<EmbeddedInput[]> {
  const { rows, images, texts } = await readPairRows(shard, start, end);
  return rows.map(({ image, caption, where }, i) => {
    const error = unitProblem(images[i], 'image') ?? unitProblem(texts[i], 'text');
    if (error !== null) return { image, caption, where, embeddings: { error } };
    const embeddings = { image: images[i], text: texts[i] };
    const metrics = isMeasured ? { metrics: measure(embeddings) } : {};
    return { image, caption, where, embeddings: { ...embeddings, ...metrics } };
  });
}

function measure({
  image,
  text,
}: {
  readonly image: Float32Array;
  readonly text: Float32Array;
}): CaptionMetrics {
  return { clipScore: clipScore(cosineSimilarity(image, text)), refClipScore: null, truncated: null };
}

/** Files by length and time of change: hashing them would cost as much as scoring them. */
async function digestOf(shards: readonly EmbeddingShard[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { files, count } of shards) {
    for (const path of files) {
      const { size, mtimeMs } = await stat(path);
      hash.update(`${JSON.stringify([path, size, mtimeMs, count])}\n`);
    }
  }
  return hash.digest('hex');
}
