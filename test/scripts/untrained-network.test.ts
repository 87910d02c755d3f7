import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { createImageDecoder } from '../../src/clip/images/decode-image.ts';
import { resample } from '../../src/clip/images/resample.ts';
import { comparisonCandidates } from '../../src/core/evaluation/candidates.ts';
import { crossValidate } from '../core/evaluation/cross-validate.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';
import { createRandom } from '../../src/core/random.ts';
import { STRATEGIES } from '../../src/core/selection/strategy-names.ts';
import { normalizeRows } from '../../src/core/vector.ts';
import { nodeDecoders } from '../../scripts/clip/node-runtime.ts';

const SAMPLE = new URL('../../models/sample/', import.meta.url);
const PAIRS = 200;
const DIM = 32;
const SIDE = 12;
const TRIGRAM_SLOTS = 512;

let set: PairSet;

/** Two layers of random weights with a ReLU between: a network before any training. */
function untrainedNetwork(width: number, seed: number): (input: Float64Array) => Float64Array {
  const random = createRandom(seed);
  const hidden = 64;
  const layer = (rows: number, columns: number) =>
    Array.from({ length: rows }, () =>
      Float64Array.from({ length: columns }, () => random.nextGaussian() / Math.sqrt(columns)),
    );
  const apply = (weights: readonly Float64Array[], input: Float64Array) =>
    Float64Array.from(weights, (row) => row.reduce((sum, weight, i) => sum + weight * input[i], 0));
  const [first, second] = [layer(hidden, width), layer(DIM, hidden)];
  return (input) =>
    apply(
      second,
      apply(first, input).map((x) => Math.max(0, x)),
    );
}

function trigrams(caption: string): Float64Array {
  const slots = new Float64Array(TRIGRAM_SLOTS);
  for (let i = 0; i + 3 <= caption.length; i++) {
    let hash = 7;
    for (const character of caption.slice(i, i + 3))
      hash = (hash * 31 + character.charCodeAt(0)) % TRIGRAM_SLOTS;
    slots[hash]++;
  }
  return slots;
}

beforeAll(async () => {
  const rows = parse(readFileSync(new URL('captions.csv', SAMPLE), 'utf8'), { columns: true }) as {
    image: string;
    caption: string;
  }[];
  const decode = createImageDecoder(await nodeDecoders());
  const [look, read] = [untrainedNetwork(SIDE * SIDE * 3, 1), untrainedNetwork(TRIGRAM_SLOTS, 2)];
  const imageEmbeddings = new Float32Array(PAIRS * DIM);
  const textEmbeddings = new Float32Array(PAIRS * DIM);
  for (const [i, { image, caption }] of rows.slice(0, PAIRS).entries()) {
    const whole = { left: 0, top: 0, width: SIDE, height: SIDE };
    const pixels = await decode(
      new Uint8Array(readFileSync(new URL(image, SAMPLE))),
      { maxPixels: 1e7, shortSide: null },
      (picture) => resample(picture, { width: SIDE, height: SIDE }, whole, 'bicubic').data,
    );
    imageEmbeddings.set(look(Float64Array.from(pixels, (level) => level / 255)), i * DIM);
    textEmbeddings.set(read(trigrams(caption)), i * DIM);
  }
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  const pairRows = Uint32Array.from({ length: PAIRS }, (_, i) => i);
  set = {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings,
    imageRows: pairRows,
    textRows: pairRows,
    groups: Int32Array.from(pairRows),
  };
});

describe('features of an untrained network on the sample pictures and captions', () => {
  it('leave every strategy at chance', () => {
    const evaluations = crossValidate(set, comparisonCandidates(STRATEGIES, [8], DIM), { folds: 5, seed: 0 });
    for (const { row, recallAt1 } of evaluations) {
      const name = `${row.strategy} ${row.encoding}`;
      // 200 pairs against as many mismatches: the AUC spreads by 0.03 around one half; four times that.
      expect(Math.abs(row.auc.mean - 0.5), name).toBeLessThan(0.12);
      // One of 40 is right by chance, in 400 queries: a spread of 0.008 around 0.025; five times that.
      expect(recallAt1.reduce((sum, x) => sum + x, 0) / 5, name).toBeLessThan(0.065);
    }
  });
});
