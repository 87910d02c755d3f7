import { symmetricCrossEntropy } from '../../gradient/symmetric-cross-entropy.ts';
import { rowProducts } from '../../linear-algebra/row-products.ts';
import type { Random } from '../../random.ts';
import { shuffle } from '../../random.ts';
import { gatherRows } from '../../vector.ts';
import type { ContrastedRows } from './contrastive-gradient.ts';
import { sameGroup } from './contrastive-gradient.ts';
import { unitPrefixes } from './nested-contrast.ts';

/** Fewer pairs have few wrong texts to tell one from; what is left over is shared out among the batches. */
export const BATCH = 128;
/** From OpenAI's first (1/0.07) to its cap and below. */
const SCALES = [2, 5, 10, 14, 20, 30, 50, 100];

/**
 * By which of some scales the contrastive loss of mapped pairs is lowest, mean over batches, and that loss: how well a map tells
 * pairs apart, more steadily than recall on the same pairs.
 * @param image and `text`: row-major, shape [k or more, dim]
 */
export function bestScale(
  image: Float32Array,
  text: Float32Array,
  k: number,
  rows: ContrastedRows,
): { readonly scale: number; readonly loss: number } {
  const { dim } = rows;
  const losses = new Float64Array(SCALES.length);
  for (const { images, texts, groups } of batchesOf(rows, null)) {
    const mapped = (from: Float32Array, map: Float32Array): Float32Array =>
      unitPrefixes(rowProducts(from, map.subarray(0, k * dim), dim), k, k).rows;
    const cosines = rowProducts(mapped(images, image), mapped(texts, text), k);
    const excluded = sameGroup(groups);
    const unread = new Float64Array(cosines.length);
    SCALES.forEach((scale, i) => {
      const share = groups.length / rows.groups.length;
      losses[i] += share * symmetricCrossEntropy(cosines, excluded, scale, unread);
    });
  }
  const loss = Math.min(...losses);
  return { scale: SCALES[losses.indexOf(loss)], loss };
}

/** All rows in batches of about the same size; in random order, or as they are. */
export function batchesOf(rows: ContrastedRows, random: Random | null): ContrastedRows[] {
  const count = rows.groups.length;
  const order = Uint32Array.from(rows.groups.keys());
  if (random !== null) shuffle(order, random);
  const batches = Math.max(1, Math.round(count / BATCH));
  const start = (batch: number): number => Math.floor((batch * count) / batches);
  return Array.from({ length: batches }, (_, batch) =>
    someRows(rows, order.subarray(start(batch), start(batch + 1))),
  );
}

/** Copies of the pairs named. */
export function someRows({ images, texts, dim, groups }: ContrastedRows, rows: Uint32Array): ContrastedRows {
  return {
    images: gatherRows(images, dim, rows),
    texts: gatherRows(texts, dim, rows),
    dim,
    groups: Int32Array.from(rows, (row) => groups[row]),
  };
}
