import { describe, expect, it } from 'vitest';
import { hardNegatives } from '../../../src/core/pairs/hard-negatives.ts';
import { drawMismatches, foldOfLoneImage, withoutLoneImages } from '../../../src/core/pairs/mismatches.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';
import { normalizeRows } from '../../../src/core/vector.ts';
import { gaussians } from '../random-data.ts';

const DIM = 6;
const PAIRS = 30;

/** Two captions an image, one group an image. */
function madeSet(): PairSet {
  const imageEmbeddings = Float32Array.from(gaussians((PAIRS / 2) * DIM, 1));
  const textEmbeddings = Float32Array.from(gaussians(PAIRS * DIM, 2));
  normalizeRows(imageEmbeddings, DIM);
  normalizeRows(textEmbeddings, DIM);
  const textRows = Uint32Array.from({ length: PAIRS }, (_, i) => i);
  const imageRows = textRows.map((i) => i >> 1);
  return {
    dim: DIM,
    imageEmbeddings,
    textEmbeddings,
    imageRows,
    textRows,
    groups: Int32Array.from(imageRows),
  };
}

const ALL = Uint32Array.from({ length: PAIRS }, (_, i) => i);

/** Other pairs of other groups by similarity of captions, the slow way. */
function byNearness(set: PairSet, pair: number): number[] {
  const text = (i: number) => [
    ...set.textEmbeddings.subarray(set.textRows[i] * DIM, (set.textRows[i] + 1) * DIM),
  ];
  const similarity = (other: number) => text(pair).reduce((sum, x, i) => sum + x * text(other)[i], 0);
  return [...ALL]
    .filter((other) => set.groups[other] !== set.groups[pair])
    .sort((a, b) => similarity(b) - similarity(a));
}

describe('hardNegatives', () => {
  it('lists the nearest captions of other groups, nearest first', () => {
    const set = madeSet();
    const nearest = hardNegatives(set, ALL, 3);
    for (const pair of ALL) {
      expect([...nearest.subarray(3 * pair, 3 * pair + 3)]).toEqual(byNearness(set, pair).slice(0, 3));
    }
    expect([...hardNegatives(set, ALL)]).toEqual([...ALL].map((pair) => nearest[3 * pair]));
  });

  it('repeats the nearest where fewer are to be had', () => {
    const nearest = hardNegatives(madeSet(), Uint32Array.of(0, 2, 3), 4);
    expect([...nearest.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  });
});

describe('withoutLoneImages', () => {
  it('keeps from a fold the lone images that it judges, each in one fold, and no others', () => {
    const mismatches = {
      imageRows: Uint32Array.of(0, 15, 16, 17),
      textRows: Uint32Array.of(9, 3, 4, 5),
      groups: Int32Array.of(0, 15, 16, 17),
    };
    const set = { ...madeSet(), mismatches };
    const kept = [0, 1, 2].map((fold) => [...(withoutLoneImages(set, fold, 3).mismatches?.groups ?? [])]);
    expect(kept).toEqual([
      [0, 16, 17],
      [0, 15, 17],
      [0, 15, 16],
    ]);
    for (const fold of [0, 1, 2]) {
      const judged = [15, 16, 17].filter((group) => foldOfLoneImage(group, 3) === fold);
      expect(kept[fold]).not.toContain(judged[0]);
    }
    expect(withoutLoneImages(madeSet(), 0, 3).mismatches).toBeUndefined();
  });
});

describe('drawMismatches', () => {
  it('draws as many as asked for, never inside a group, of the given pairs alone', () => {
    const set = madeSet();
    const pairs = ALL.slice(0, 20);
    const { imageRows, textRows, groups } = drawMismatches(set, pairs, { ratio: 4, hardShare: 0.5 }, 7);
    expect(imageRows).toHaveLength(80);
    imageRows.forEach((image, i) => {
      expect(groups[i]).toBe(image);
      expect(textRows[i] >> 1).not.toBe(image);
      expect(textRows[i]).toBeLessThan(20);
    });
    const counts = Map.groupBy(imageRows, (image) => image);
    expect([...counts.values()].map((rows) => rows.length)).toEqual(new Array(10).fill(8));
  });

  it('takes the nearest captions for the hard share', () => {
    const set = madeSet();
    const { imageRows, textRows } = drawMismatches(set, ALL, { ratio: 3, hardShare: 2 / 3 }, 7);
    expect(imageRows).toHaveLength(3 * PAIRS);
    for (const pair of ALL) {
      const own = textRows.filter((_, i) => imageRows[i] === set.imageRows[pair]);
      for (const near of byNearness(set, pair).slice(0, 2)) expect(own).toContain(set.textRows[near]);
    }
  });

  it('draws no mismatch twice', () => {
    const { imageRows, textRows } = drawMismatches(madeSet(), ALL, { ratio: 6, hardShare: 0.5 }, 7);
    const names = Array.from(imageRows, (image, i) => `${image} ${textRows[i]}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('adds the mismatches a person marked on images of these pairs, no captions of other pairs', () => {
    const mismatches = {
      imageRows: Uint32Array.of(0, 14, 1),
      textRows: Uint32Array.of(9, 3, 25),
      groups: Int32Array.of(0, 14, 1),
    };
    const { imageRows, textRows } = drawMismatches(
      { ...madeSet(), mismatches },
      ALL.slice(0, 20),
      { ratio: 1, hardShare: 0 },
      7,
    );
    expect(imageRows).toHaveLength(21);
    expect([imageRows[20], textRows[20]]).toEqual([0, 9]);
  });

  it('adds those marked on images of no pair, but for captions of pairs that are held out', () => {
    const withoutPair = { imageRows: [15, 15, 16], textRows: [9, 25, 30], groups: [15, 15, 16] };
    const mismatches = {
      imageRows: Uint32Array.from(withoutPair.imageRows),
      textRows: Uint32Array.from(withoutPair.textRows),
      groups: Int32Array.from(withoutPair.groups),
    };
    const draw = (pairs: Uint32Array) => {
      const drawn = drawMismatches({ ...madeSet(), mismatches }, pairs, { ratio: 1, hardShare: 0 }, 7);
      return [...drawn.imageRows.subarray(pairs.length)].map((image, i) => [
        image,
        drawn.textRows[pairs.length + i],
      ]);
    };
    // Text 25 is held out with pair 25; text 30 is of no pair either.
    expect(draw(ALL.slice(0, 20))).toEqual([
      [15, 9],
      [16, 30],
    ]);
    // Text 9 is held out, text 25 is not.
    expect(draw(ALL.slice(20))).toEqual([
      [15, 25],
      [16, 30],
    ]);
    expect(draw(ALL)).toHaveLength(3);
  });

  it('repeats for a seed', () => {
    const draw = (seed: number) => drawMismatches(madeSet(), ALL, { ratio: 2, hardShare: 0 }, seed);
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3).textRows).not.toEqual(draw(4).textRows);
  });

  it.each([
    [{ ratio: 0, hardShare: 0 }, /at least 1, got 0/],
    [{ ratio: 1.5, hardShare: 0 }, /whole number/],
    [{ ratio: 1, hardShare: 1.2 }, /share in \[0, 1\]/],
  ])('refuses %o', (options, message) => {
    expect(() => drawMismatches(madeSet(), ALL, options, 0)).toThrow(message);
  });
});
