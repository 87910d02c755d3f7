import { hashNumbers } from '../../src/core/pairs/content-hash.ts';
import { sampleKey } from '../../src/core/pairs/grouped-sample.ts';
import { createRandom } from '../../src/core/random.ts';
import type { PairBatch } from '../../src/core/selection/shard-statistics.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import type { RecordPairs } from '../../src/precompute/options.ts';

export const DIM = 12;

/** Pairs whose first half of coordinates image and text share up to noise; every third image has a second caption. */
export function madePairs(pairs: number, seed = 3): PairBatch {
  const random = createRandom(seed);
  const images = new Float32Array(pairs * DIM);
  const texts = new Float32Array(pairs * DIM);
  for (let i = 0; i < pairs; i++) {
    const isSecond = i % 4 === 3;
    for (let j = 0; j < DIM; j++) {
      const at = i * DIM + j;
      images[at] = isSecond ? images[at - DIM] : 0.4 + random.nextGaussian() / (1 + j / 4);
      texts[at] = -0.3 + (j < DIM / 2 ? images[at] + 0.5 * random.nextGaussian() : random.nextGaussian());
    }
    normalizeRows(images.subarray(i * DIM, (i + 1) * DIM), DIM);
    normalizeRows(texts.subarray(i * DIM, (i + 1) * DIM), DIM);
  }
  const keys = Float64Array.from({ length: pairs }, (_, i) =>
    sampleKey(images.subarray(i * DIM, (i + 1) * DIM), { group: null, name: null }),
  );
  return { images, texts, labels: new Uint8Array(pairs).fill(1), keys };
}

export function rowsOf({ images, texts, labels, keys }: PairBatch, from: number, to: number): PairBatch {
  return {
    images: images.subarray(from * DIM, to * DIM),
    texts: texts.subarray(from * DIM, to * DIM),
    labels: labels.subarray(from, to),
    keys: keys.subarray(from, to),
  };
}

/** The pairs as a set, equal images one row and one group. */
export function toSet({ images, texts, keys }: PairBatch): RecordPairs {
  const count = keys.length;
  const groupOfKey = new Map<number, number>();
  const imageRows = Uint32Array.from(keys, (key) => {
    const row = groupOfKey.get(key) ?? groupOfKey.size;
    groupOfKey.set(key, row);
    return row;
  });
  const unique = new Float32Array(groupOfKey.size * DIM);
  imageRows.forEach((row, i) => unique.set(images.subarray(i * DIM, (i + 1) * DIM), row * DIM));
  return {
    dim: DIM,
    imageEmbeddings: unique,
    textEmbeddings: texts,
    imageRows,
    textRows: Uint32Array.from({ length: count }, (_, i) => i),
    groups: Int32Array.from(imageRows),
    groupCount: groupOfKey.size,
    mismatches: {
      imageRows: new Uint32Array(),
      textRows: new Uint32Array(),
      groups: new Int32Array(),
    },
    kinds: null,
  };
}

/** Whole numbers from `least` to `most`, of a seed. */
export function drawn(least: number, most: number, ...of: readonly number[]): number {
  return least + (hashNumbers(...of) % (most - least + 1));
}
