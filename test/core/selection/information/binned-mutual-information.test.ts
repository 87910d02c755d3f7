import { describe, expect, it } from 'vitest';
import type {
  BinnedOptions,
  Binning,
} from '../../../../src/core/selection/information/binned-mutual-information.ts';
import { binnedMutualInformation } from '../../../../src/core/selection/information/binned-mutual-information.ts';
import type { Floats } from '../../../../src/core/vector.ts';
import { gaussians, randomLabels } from '../../random-data.ts';
import { readFixture } from '../../read-fixture.ts';

interface Case {
  readonly name: string;
  readonly bins: number;
  readonly binning: Binning;
  readonly count: number;
  readonly dim: number;
  readonly values: number[];
  readonly labels: number[];
  /** One string a column, the bin of a row in base 36. */
  readonly binned: string[];
  readonly scores: number[];
}

const CASES = readFixture<Case[]>('binned-mutual-information');
const BINNINGS: readonly Binning[] = ['equal-width', 'equal-frequency'];
/** Sums of at most 80 terms below 1 each. */
const TOLERANCE = 1e-13;

type Options = Partial<Omit<BinnedOptions, 'count'>>;

function information(features: Floats, labels: ArrayLike<number>, options: Options = {}): Float64Array {
  return binnedMutualInformation(features, labels, { dim: 1, ...options, count: labels.length });
}

function expectClose(actual: Float64Array, expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((score, i) => expect(Math.abs(score - expected[i]), `feature ${i}`).toBeLessThan(TOLERANCE));
}

/** The definition: H(label) + H(bin) − H(label, bin). */
function slowInformation(bins: readonly unknown[], labels: ArrayLike<number>): number {
  const entropy = (keys: readonly unknown[]) => {
    const counts = new Map<unknown, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].reduce((sum, n) => sum - (n / keys.length) * Math.log(n / keys.length), 0);
  };
  const names = Array.from(labels);
  return entropy(names) + entropy(bins) - entropy(bins.map((bin, i) => `${String(bin)} ${names[i]}`));
}

describe('binnedMutualInformation', () => {
  it.each(CASES)(
    'agrees with mutual_info_score: $name, $bins bins of $binning',
    ({ values, labels, dim, bins, binning, scores, binned }) => {
      const actual = information(Float64Array.from(values), labels, { dim, bins, binning });
      expectClose(actual, scores);
      // Each column on its own, scored by who shares a bin with whom.
      binned.forEach((column, i) =>
        expect(Math.abs(actual[i] - slowInformation([...column], labels)), `column ${i}`).toBeLessThan(
          TOLERANCE,
        ),
      );
    },
  );

  it('gives ln 2 for two classes far apart and 0 for bins that hold each class by its share', () => {
    const labels = [0, 0, 1, 1];
    for (const binning of BINNINGS) {
      expect(information(Float64Array.of(0, 1, 10, 11), labels, { bins: 2, binning })[0]).toBeCloseTo(
        Math.LN2,
        15,
      );
      expect(information(Float64Array.of(0, 10, 0, 10), labels, { bins: 2, binning })[0]).toBe(0);
    }
  });

  it('puts a value on an edge into the bin above by width, below by frequency', () => {
    // Width: edges 0, 2, 4, so 2 goes with 3 and 4. Frequency: the median of four is the second, and stays below.
    const values = Float64Array.of(0, 2, 3, 4);
    expect(information(values, [0, 1, 1, 1], { bins: 2 })[0]).toBeCloseTo(
      slowInformation([0, 1, 1, 1], [0, 1, 1, 1]),
      15,
    );
    const binning = 'equal-frequency';
    expect(information(values, [0, 0, 1, 1], { bins: 2, binning })[0]).toBeCloseTo(Math.LN2, 15);
  });

  it('never splits equal values', () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => (i < 50 ? 1 : i));
    const labels = randomLabels(60, 3, 1);
    // Every quantile up to 50/60 is 1: those rows share a bin and each other row is alone or in pairs.
    const score = information(values, labels, { bins: 60, binning: 'equal-frequency' })[0];
    expect(Math.abs(score - slowInformation([...values], labels))).toBeLessThan(TOLERANCE);
  });

  it('is the same under strictly increasing maps by frequency, under scale and shift by width', () => {
    const labels = randomLabels(200, 3, 2);
    const features = gaussians(200, 3).map((x, i) => x + labels[i]);
    const binning = 'equal-frequency';
    const byFrequency = information(features, labels, { binning });
    for (const map of [Math.exp, Math.cbrt, (x: number) => 5 * x - 3]) {
      expect([...information(features.map(map), labels, { binning })]).toEqual([...byFrequency]);
    }
    // Powers of two move no edge past a value.
    expect([
      ...information(
        features.map((x) => 8 * x),
        labels,
      ),
    ]).toEqual([...information(features, labels)]);
  });

  it.each(BINNINGS)('depends on neither the order of rows nor the names of classes: %s', (binning) => {
    const labels = randomLabels(90, 4, 4);
    const features = gaussians(90, 5);
    const order = Array.from({ length: 90 }, (_, i) => (i * 7) % 90);
    const moved = information(
      Float64Array.from(order, (row) => features[row]),
      order.map((row) => 50 - 9 * labels[row]),
      { binning },
    );
    expectClose(moved, information(features, labels, { binning }));
  });

  it.each(BINNINGS)(
    'gives 0 for a constant column, one class, one bin, one row and no rows: %s',
    (binning) => {
      const labels = randomLabels(30, 2, 6);
      const zero = (score: Float64Array) => expect([...score]).toEqual([0]);
      zero(information(new Float64Array(30).fill(0.1), labels, { binning }));
      zero(information(gaussians(30, 7), new Uint8Array(30), { binning }));
      zero(information(gaussians(30, 7), labels, { binning, bins: 1 }));
      zero(information(Float64Array.of(5), [3], { binning }));
      expect([...information(new Float64Array(0), [], { binning, dim: 3 })]).toEqual([0, 0, 0]);
    },
  );

  it.each(BINNINGS)('takes more bins than rows, more features than rows, and float32: %s', (binning) => {
    const labels = [0, 1, 1, 2, 0];
    const single = Float32Array.from(gaussians(60, 8));
    const scores = information(single, labels, { binning, dim: 12, bins: 100 });
    expect([...scores]).toEqual([
      ...information(Float64Array.from(single), labels, { binning, dim: 12, bins: 100 }),
    ]);
    // By frequency every row has a bin of its own: all there is to know.
    const entropy = slowInformation([0, 1, 2, 3, 4], labels);
    if (binning === 'equal-frequency') expectClose(scores, new Float64Array(12).fill(entropy));
  });

  it.each(BINNINGS)(
    'rejects NaN and Infinity naming the column, wrong lengths and no bins: %s',
    (binning) => {
      const labels = [0, 1, 0];
      expect(() => information(Float64Array.of(1, 2, 3, NaN, 5, 6), labels, { binning, dim: 2 })).toThrow(
        /column 1/,
      );
      expect(() => information(Float64Array.of(1, -Infinity, 3), labels, { binning })).toThrow(/column 0/);
      expect(() => information(gaussians(5, 1), labels, { binning })).toThrow(/3×1 features/);
      expect(() => information(gaussians(3, 1), labels, { binning, bins: 0 })).toThrow(/at least 1 bin/);
      expect(() => information(gaussians(3, 1), labels, { binning, bins: 2.5 })).toThrow(/at least 1 bin/);
    },
  );
});
