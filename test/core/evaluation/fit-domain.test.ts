import { describe, expect, it } from 'vitest';
import {
  type ModalityDomain,
  OUTSIDE_SHARE,
  UNKNOWN_DOMAIN,
  decideWithin,
  domainAnswer,
  domainTerms,
  tailShare,
} from '../../../src/core/calibration/domain.ts';
import { fitDomain, fitModalityDomain } from '../../../src/core/evaluation/fit-domain.ts';
import { createRandom } from '../../../src/core/random.ts';

const DIM = 12;

/** Gaussian rows around (2, 2, …) whose coordinates vary less and less: what a modality looks like. */
function drawRows(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count * DIM }, (_, i) => 2 + random.nextGaussian() / (1 + (i % DIM)));
}

function rowOf(rows: Float32Array, row: number): Float32Array {
  return rows.subarray(row * DIM, (row + 1) * DIM);
}

function fit(rows: Float32Array, seed = 0): ModalityDomain {
  const numbers = Uint32Array.from({ length: rows.length / DIM }, (_, i) => i);
  const domain = fitModalityDomain(
    rows,
    DIM,
    { rows: numbers, groups: Int32Array.from(numbers) },
    seed,
    null,
  );
  if (domain === null) throw new Error('no domain was fitted');
  return domain;
}

describe('the tail share', () => {
  it('of new inputs of the same kind is uniform: as many lie below a share as it says', () => {
    const below = { 0.01: 0, 0.05: 0, 0.2: 0, 0.5: 0 };
    const runs = 8;
    const news = 500;
    for (let seed = 0; seed < runs; seed++) {
      const domain = fit(drawRows(400, 100 + seed));
      const fresh = drawRows(news, 200 + seed);
      for (let row = 0; row < news; row++) {
        const share = tailShare(domain, rowOf(fresh, row));
        for (const bound of [0.01, 0.05, 0.2, 0.5] as const) if (share < bound) below[bound]++;
      }
    }
    for (const [bound, count] of Object.entries(below)) {
      const share = Number(bound);
      // Four standard errors: of the 4,000 new ones, and of the 8 tables of 400 that they are held against.
      const spread = Math.sqrt(share * (1 - share) * (1 / (runs * news) + 1 / (runs * 400)));
      expect(Math.abs(count / (runs * news) - share), bound).toBeLessThan(4 * spread);
    }
  });

  it('of what is unlike is less than that of the farthest there is', () => {
    const domain = fit(drawRows(400, 1));
    expect(tailShare(domain, new Float32Array(DIM))).toBeLessThan(0.1 / 401);
    // One off where a standard deviation is 1/12, and where it is 1.
    const fresh = drawRows(200, 2);
    const moved = (coordinate: number): number[] =>
      Array.from({ length: 200 }, (_, row) => {
        const embedding = rowOf(fresh, row).slice();
        embedding[coordinate] += 1;
        return tailShare(domain, embedding);
      });
    const median = (shares: number[]): number => shares.toSorted((a, b) => a - b)[100];
    expect(median(moved(DIM - 1))).toBeLessThan(0.75 * median(moved(0)));
  });

  it('never falls when an input comes nearer', () => {
    const domain = fit(drawRows(300, 2));
    let last = 1;
    for (let step = 0; step <= 60; step++) {
      const share = tailShare(domain, new Float32Array(DIM).fill(2 + step / 20));
      expect(share).toBeLessThanOrEqual(last);
      last = share;
    }
    expect(last).toBeLessThan(1 / 301);
    expect(last).toBeGreaterThan(0);
  });

  it('of small sets flags what is unlike, and of new inputs of the same kind about 1 in 100', () => {
    let flagged = 0;
    const runs = 40;
    for (let seed = 0; seed < runs; seed++) {
      const domain = fit(drawRows(56, 300 + seed));
      expect(tailShare(domain, new Float32Array(DIM))).toBeLessThan(OUTSIDE_SHARE);
      const fresh = drawRows(100, 400 + seed);
      for (let row = 0; row < 100; row++) {
        if (tailShare(domain, rowOf(fresh, row)) < OUTSIDE_SHARE) flagged++;
      }
    }
    // At most twice what is promised; the standard error of 40 domains of 56 each is 0.3 of a hundredth.
    expect(flagged / (100 * runs)).toBeLessThan(0.02);
    expect(flagged).toBeGreaterThan(0);
  });

  it('refuses an embedding of another length', () => {
    expect(() => tailShare(fit(drawRows(100, 3)), new Float32Array(5))).toThrow(
      'expected an embedding of 12 coordinates, got 5',
    );
  });
});

describe('the terms of a domain', () => {
  it('are those of the formula', () => {
    const domain = {
      mean: Float32Array.of(1, 0, 0, 0, 0),
      // The second axis is the fifth coordinate, as 127 times its scale.
      axes: Int8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 127),
      scales: Float32Array.of(1, 1 / 127),
      deviations: Float32Array.of(0.5, 0.25),
      residual: 0.3,
    };
    const terms = domainTerms(domain, Float32Array.of(1, 1, 0.5, 0, 0.25));
    expect(terms.distance).toBeCloseTo(Math.sqrt(1 + 0.25 + 0.0625), 12);
    const expected = Math.log(4.1) + Math.log(1.1) + 3 * Math.log(0.25 / 0.3 + 0.1);
    // Scales and deviations are float32.
    expect(terms.mahalanobis).toBeCloseTo(expected, 6);
  });
});

describe('a fit', () => {
  it('has axes of unit length, largest variance first, and is the same for the same seed', () => {
    const rows = drawRows(400, 4);
    const domain = fit(rows, 7);
    expect(domain.deviations.toSorted((a, b) => b - a)).toEqual(domain.deviations);
    // The variances of this set are 1, 1/4, 1/9, …: a standard error of 400 draws is 3.5%.
    expect(Math.abs(domain.deviations[0] - 1)).toBeLessThan(0.15);
    expect(fit(rows, 7)).toEqual(domain);
  });

  it('is null for few inputs, few groups, or inputs that are all alike', () => {
    const rows = drawRows(60, 5);
    const numbers = Uint32Array.from({ length: 60 }, (_, i) => i);
    const groups = Int32Array.from(numbers);
    expect(fitModalityDomain(rows, DIM, { rows: numbers.slice(0, 40), groups }, 0, null)).toBeNull();
    expect(
      fitModalityDomain(rows, DIM, { rows: numbers, groups: groups.map((g) => g % 5) }, 0, null),
    ).toBeNull();
    expect(
      fitModalityDomain(new Float32Array(60 * DIM).fill(1), DIM, { rows: numbers, groups }, 0, null),
    ).toBeNull();
  });

  it('counts an image once, however many captions it has', () => {
    const images = drawRows(60, 6);
    const texts = drawRows(180, 7);
    const pairs = {
      dim: DIM,
      imageEmbeddings: images,
      textEmbeddings: texts,
      imageRows: Uint32Array.from({ length: 180 }, (_, i) => i % 60),
      textRows: Uint32Array.from({ length: 180 }, (_, i) => i),
      groups: Int32Array.from({ length: 180 }, (_, i) => i % 60),
    };
    const { image, text } = fitDomain(pairs, 0, null);
    expect(image?.shares.at(-1)).toBeCloseTo(1 / 61, 12);
    expect(text?.shares.at(-1)).toBeCloseTo(1 / 181, 12);
    expect(image).toEqual(fit(images));
  });
});

describe('a decision', () => {
  it('is UNCERTAIN outside the domain, with the reason, and what it was inside', () => {
    const outside = domainAnswer(0.004, 0.4);
    expect(outside.reason).toBe(
      'The image is unlike the images that the selection was calibrated on: of those, 0.40% are as far off.',
    );
    expect(decideWithin(outside, 'MATCH')).toBe('UNCERTAIN');
    expect(domainAnswer(0.00004, null).reason).toContain('of those, less than 0.01% are as far off');
    expect(domainAnswer(0.004, 0.002).reason).toMatch(/^The image .* The text is unlike the texts/);
    const inside = domainAnswer(0.01, null);
    expect([inside.reason, decideWithin(inside, 'MISMATCH')]).toEqual([null, 'MISMATCH']);
    expect(domainAnswer(null, null)).toEqual(UNKNOWN_DOMAIN);
  });
});

describe('with plain inputs beside the outliers', () => {
  it('flags hardly any of either, though the calibration holds no plain ones', () => {
    const own = drawRows(400, 1);
    // Off where a standard deviation is 1/12: plain ones to one side, outliers to the other.
    const moved = (count: number, seed: number, last: number): Float32Array =>
      drawRows(count, seed).map((value, i) => (i % DIM === DIM - 1 ? value + last : value));
    const outliers = { embeddings: moved(40, 2, -3), families: new Int32Array(40) };
    const rows = Uint32Array.from({ length: 400 }, (_, i) => i);
    const shareFlagged = (plain: Float32Array | undefined, inputs: Float32Array): number => {
      const unique = { rows, groups: Int32Array.from(rows) };
      const domain = fitModalityDomain(own, DIM, unique, 0, { ...outliers, ...(plain && { plain }) });
      if (domain === null) throw new Error('no domain was fitted');
      const count = inputs.length / DIM;
      const flagged = Array.from({ length: count }, (_, row) => tailShare(domain, rowOf(inputs, row)));
      return flagged.filter((share) => share < OUTSIDE_SHARE).length / count;
    };
    const plain = moved(200, 3, 2);
    const fresh = moved(400, 4, 2);
    // Far off, as no caption is.
    expect(shareFlagged(undefined, fresh)).toBeGreaterThan(0.5);
    // 1 in 100; four standard errors of 400 and of the table of 200.
    expect(shareFlagged(plain, fresh)).toBeLessThan(0.05);
    expect(shareFlagged(plain, drawRows(400, 5))).toBeLessThan(0.05);
    expect(shareFlagged(plain, moved(400, 6, -3))).toBeGreaterThan(0.9);
    // Fewer than there are folds.
    expect(shareFlagged(plain.slice(0, 3 * DIM), drawRows(400, 5))).toBeLessThan(0.05);
  });
});
