import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testSignal } from '../../../src/core/evaluation/signal-test.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { createRandom, shuffle } from '../../../src/core/random.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { readEmbeddings } from '../../../src/format/npy.ts';

const SETS = 50;
const COCO = fileURLToPath(new URL('../../../../shared/data/coco500-clip-vit-b16/', import.meta.url));

/** `captions` texts an image, which share `signal` of their numbers with it; all else is noise about a mean of its own. */
function madeSet(images: number, { seed = 0, captions = 1, signal = 1, dim = 24 }): PairSet {
  const random = createRandom(seed);
  const noise = (count: number): number[] => Array.from({ length: count }, () => random.nextGaussian());
  const imageMean = noise(dim);
  const textMean = noise(dim);
  const own = Array.from({ length: images }, () => noise(dim));
  const texts = own.flatMap((image) =>
    Array.from({ length: captions }, () =>
      noise(dim).map((value, d) => textMean[d] + value + signal * image[d]),
    ),
  );
  const imageEmbeddings = Float32Array.from(
    own.flatMap((image) => image.map((value, d) => imageMean[d] + value)),
  );
  const textEmbeddings = Float32Array.from(texts.flat());
  normalizeRows(imageEmbeddings, dim);
  normalizeRows(textEmbeddings, dim);
  const imageRows = Uint32Array.from(texts, (_, i) => Math.floor(i / captions));
  return {
    dim,
    imageEmbeddings,
    textEmbeddings,
    imageRows,
    textRows: Uint32Array.from(texts.keys()),
    groups: Int32Array.from(imageRows),
  };
}

/** The same images and texts, each text beside an image at random. */
function shuffled(set: PairSet, seed: number): PairSet {
  const textRows = Uint32Array.from(set.textRows);
  shuffle(textRows, createRandom(10_000 + seed));
  return { ...set, textRows };
}

function found(sets: readonly PairSet[]): number {
  return sets.filter((set, seed) => testSignal(set, { seed })?.found).length;
}

const seeds = Array.from({ length: SETS }, (_, seed) => seed);

describe('testSignal', () => {
  it.each([
    ['30 pairs', (seed: number) => madeSet(30, { seed })],
    ['200 pairs of a faint signal', (seed: number) => madeSet(200, { seed, signal: 0.4 })],
    ['60 images of five captions', (seed: number) => madeSet(60, { seed, captions: 5, signal: 0.5 })],
  ])('finds at least 49 true sets of 50, and at most 1 shuffled one: %s', { timeout: 120_000 }, (_, make) => {
    const sets = seeds.map(make);
    expect(found(sets)).toBeGreaterThanOrEqual(SETS - 1);
    expect(found(sets.map(shuffled))).toBeLessThanOrEqual(1);
  });

  it(
    'finds 49 of 50 true subsets of CLIP vectors of COCO, and 1 shuffled one at most',
    { timeout: 120_000 },
    ({ skip }) => {
      skip(!existsSync(COCO), '../shared/data is not here');
      const read = (path: string) => readEmbeddings(readFileSync(`${COCO}${path}`));
      const { embeddings: imageEmbeddings, count, dim } = read('img_emb/img_emb_0.npy');
      const { embeddings: textEmbeddings } = read('text_emb/text_emb_0.npy');
      const sets = seeds.map((seed): PairSet => {
        const rows = Uint32Array.from({ length: count }, (_, i) => i);
        shuffle(rows, createRandom(seed));
        const taken = rows.slice(0, 20 + 4 * seed);
        return {
          dim,
          imageEmbeddings,
          textEmbeddings,
          imageRows: taken,
          textRows: taken,
          groups: Int32Array.from(taken),
        };
      });
      expect(found(sets)).toBeGreaterThanOrEqual(SETS - 1);
      expect(found(sets.map(shuffled))).toBeLessThanOrEqual(1);
    },
  );

  it(
    'gives p at or below 0.01 for one in a hundred sets without a signal, groups of unequal size included',
    { timeout: 120_000 },
    () => {
      const trials = 1000;
      const hits = Array.from({ length: trials }, (_, seed) => {
        const set = shuffled(madeSet(24, { seed, captions: 2, dim: 6 }), seed);
        // Groups of one, two and five pairs.
        const groups = set.groups.map((_, pair) =>
          pair < 10 ? pair : pair < 28 ? pair >> 1 : 50 + Math.floor(pair / 5),
        );
        return (testSignal({ ...set, groups }, { seed, permutations: 199 })?.p ?? 0) <= 0.01;
      }).filter(Boolean).length;
      // 10 are expected, with a standard deviation of 3.1: four of them to either side.
      expect(hits).toBeLessThanOrEqual(23);
      expect(hits).toBeGreaterThanOrEqual(1);
    },
  );

  it('gives the difference and the share of all pairings of a set that can be worked out by hand', () => {
    const corners = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, d) => (i === d ? 1 : 0)),
    );
    const embeddings = Float32Array.from(corners.flat());
    const rows = Uint32Array.from({ length: 8 }, (_, i) => i);
    const set = {
      dim: 8,
      imageEmbeddings: embeddings,
      textEmbeddings: embeddings,
      imageRows: rows,
      textRows: rows,
      groups: Int32Array.from(rows),
    };
    const test = testSignal(set, { seed: 1 });
    // Centred corners of a simplex meet at cosine -1/7; no other of 8! pairings has one as large.
    expect(test?.difference).toBeCloseTo(1 + 1 / 7, 12);
    expect(test).toMatchObject({ permutations: 1999, groups: 8, found: true });
    // The right one is one of 40,320: the exchanges may meet it once or twice.
    expect(test?.p).toBeLessThanOrEqual(3 / 2000);
  });

  it('finds no signal where all vectors of a side are equal, or the right ones are the furthest', () => {
    const set = madeSet(40, { seed: 3 });
    const constant = { ...set, textEmbeddings: new Float32Array(set.textEmbeddings.length).fill(0.2) };
    expect(testSignal(constant, { seed: 0 })).toMatchObject({ difference: 0, p: 1, found: false });
    const against = { ...set, textEmbeddings: set.textEmbeddings.map((value) => -value) };
    expect(testSignal(against, { seed: 0 })).toMatchObject({ p: 1, found: false });
  });

  it('takes 1,000 of more groups', { timeout: 120_000 }, () => {
    const set = madeSet(1500, { signal: 0.3, dim: 8 });
    expect(testSignal(set, { seed: 0 })).toMatchObject({ groups: 1000, p: 1 / 2000, found: true });
    expect(testSignal(shuffled(set, 0), { seed: 0 })).toMatchObject({ groups: 1000, found: false });
  });

  it('cannot tell from fewer than 8 groups', () => {
    expect(testSignal(madeSet(7, { captions: 9 }), { seed: 0 })).toBeNull();
  });

  it('gives the same answer for the same seed', () => {
    const set = madeSet(30, { seed: 1, signal: 0.1 });
    expect(testSignal(set, { seed: 5 })).toEqual(testSignal(set, { seed: 5 }));
  });
});
