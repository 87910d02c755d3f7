import { sampleKey } from '../core/pairs/grouped-sample.ts';
import type { PairBatch } from '../core/selection/shard-statistics.ts';
import type { ShardRow } from './collect-pairs.ts';
import type { Skipped } from './pair.ts';
import { unitProblem } from './unit-problem.ts';

/**
 * Rows of a shard as they are summed: those that have a direction, scaled to unit norm.
 * @param images row-major, shape [rows.length, dim]: overwritten; `texts` likewise
 */
export function toPairBatch(
  rows: readonly ShardRow[],
  images: Float32Array,
  texts: Float32Array,
  dim: number,
): { readonly batch: PairBatch; readonly skipped: readonly Skipped[] } {
  const labels = new Uint8Array(rows.length);
  const keys = new Float64Array(rows.length);
  const skipped: Skipped[] = [];
  let count = 0;
  rows.forEach(({ where, label, image: name, group = null }, i) => {
    const [image, text] = [images, texts].map((all) => all.subarray(i * dim, (i + 1) * dim));
    const reason = unitProblem(image, 'image') ?? unitProblem(text, 'text');
    if (reason !== null) {
      skipped.push({ where, reason });
      return;
    }
    labels[count] = label;
    keys[count] = sampleKey(image, { group, name });
    for (const all of [images, texts]) all.copyWithin(count * dim, i * dim, (i + 1) * dim);
    count++;
  });
  const batch = {
    images: images.subarray(0, count * dim),
    texts: texts.subarray(0, count * dim),
    labels: labels.subarray(0, count),
    keys: keys.subarray(0, count),
  };
  return { batch, skipped };
}
