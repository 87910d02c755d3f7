import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hashFloats, hashNumbers } from '../../src/core/pairs/content-hash.ts';
import { createRandom } from '../../src/core/random.ts';
import { type ShardPlan, planShards } from '../../src/core/selection/shard-plan.ts';
import {
  type PairBatch,
  type ShardStatistics,
  emptyStatistics,
  mergeStatistics,
  partnerOf,
  statisticsOf,
  sumShard,
} from '../../src/core/selection/shard-statistics.ts';
import { prepareTraining } from '../../src/core/selection/training.ts';
import { decodeShardPlan, encodeShardPlan } from '../../src/format/shard-plan.ts';
import { decodeStatistics, encodeStatistics } from '../../src/format/shard-statistics.ts';
import { fitStatistics } from '../../src/precompute/fit-statistics.ts';
import { expectRelative } from '../core/expect-relative.ts';
import { DIM, madePairs, rowsOf, toSet } from './made-shards.ts';

const COUNT = 480;
const BOTH = { covariance: true, features: true };
const ALL = madePairs(COUNT);
const SAMPLE = rowsOf(ALL, 0, 160);
const PLAN = planOf(SAMPLE);

function planOf(sample: PairBatch, centred = true, set = toSet(sample)): ShardPlan {
  return planShards(set, sample.keys, {
    centred,
    seed: 5,
    mismatches: { ratio: 2, hardShare: 0 },
    wants: BOTH,
  });
}

/** Cut where no image stands on both sides: they count once a shard. */
function merged(all: PairBatch, plan: ShardPlan, ends: readonly number[]): ShardStatistics {
  return [0, ...ends]
    .map((start, i) => statisticsOf(rowsOf(all, start, ends[i] ?? all.keys.length), plan))
    .reduce(mergeStatistics, emptyStatistics(plan));
}

/** Sums of 480 numbers in another order differ by some 1e-14 of the largest. */
const ROUNDING = 1e-12;

function expectSame(a: ShardStatistics, b: ShardStatistics): void {
  expect(a.counts).toEqual(b.counts);
  for (const part of ['images', 'texts'] as const) {
    expect(a.covariance?.[part].count).toBe(b.covariance?.[part].count);
    expectNear(a.covariance?.[part].scatter, b.covariance?.[part].scatter);
  }
  expectNear(a.covariance?.cross.scatter, b.covariance?.cross.scatter);
  // Counts in bins are whole: they agree exactly.
  expect(a.features?.bins.classes).toEqual(b.features?.bins.classes);
  for (const strategy of ['variance', 'f-statistic', 'chi-square']) {
    expectRelative(scoresOf(strategy, a), [...scoresOf(strategy, b)], 1e-9);
  }
}

function expectNear(a: Float64Array | undefined, b: Float64Array | undefined): void {
  const largest = Math.max(...(b ?? [NaN]).map(Math.abs));
  a?.forEach((value, i) => expect(Math.abs(value - (b?.[i] ?? NaN))).toBeLessThanOrEqual(ROUNDING * largest));
}

function scoresOf(strategy: string, statistics: ShardStatistics): Float64Array {
  const scores = fitStatistics(strategy, statistics, sampleTraining(true), 4).projections.scores;
  if (scores === null) throw new Error('expected scores');
  return scores;
}

function sampleTraining(centred: boolean) {
  const set = toSet(SAMPLE);
  return prepareTraining(set, Uint32Array.from(set.groups.keys()), {
    centred,
    seed: 5,
    mismatches: { ratio: 2, hardShare: 0 },
  });
}

describe('statistics of shards', () => {
  it('are the same to the bit however a shard is read, and merged again', () => {
    const whole = statisticsOf(ALL, PLAN);
    const random = createRandom(9);
    for (let round = 0; round < 3; round++) {
      const sum = sumShard(PLAN);
      for (let start = 0; start < COUNT;) {
        const end = Math.min(COUNT, start + 1 + random.nextInt(90));
        sum.add(rowsOf(ALL, start, end));
        start = end;
      }
      expect(sum.finish()).toEqual(whole);
    }
    expect(merged(ALL, PLAN, [120, 240])).toEqual(merged(ALL, PLAN, [120, 240]));
  });

  it('are those of the whole within rounding wherever the shards are cut between groups', () => {
    const whole = statisticsOf(ALL, PLAN);
    for (const ends of [[240], [4, 8, 400], [160, 160, 320]]) expectSame(merged(ALL, PLAN, ends), whole);
  });

  it('are the same in another order of rows, but for rounding', () => {
    const backwards = merged(ALL, PLAN, [4, 100, 300]);
    const parts = [rowsOf(ALL, 300, 480), rowsOf(ALL, 4, 100), rowsOf(ALL, 100, 300), rowsOf(ALL, 0, 4)];
    expectSame(parts.map((part) => statisticsOf(part, PLAN)).reduce(mergeStatistics), backwards);
  });

  it('count a pair once that stands in a shard twice, and say so', () => {
    const sum = sumShard(PLAN);
    sum.add(ALL);
    sum.add(rowsOf(ALL, 0, 30));
    const twice = sum.finish();
    expect(twice.counts).toEqual({ pairs: COUNT, repeated: 30, marked: 0 });
    expect(twice.covariance).toEqual(statisticsOf(ALL, PLAN).covariance);
  });

  it('take pairs that a person marked as mismatches, and no image or caption of theirs', () => {
    const labels = ALL.labels.map((_, i) => (i < 20 ? 0 : 1));
    const { counts, covariance, features } = statisticsOf({ ...ALL, labels }, PLAN);
    const rest = statisticsOf(rowsOf(ALL, 20, COUNT), PLAN);
    expect(counts).toEqual({ pairs: COUNT - 20, repeated: 0, marked: 20 });
    expect(covariance).toEqual(rest.covariance);
    expect(features?.moments.classes.get(0)?.count).toBe(2 * (COUNT - 20) + 20);
  });

  it('do not add up under different plans, nor with parts missing', () => {
    const other = planOf(rowsOf(ALL, 0, 200));
    expect(() => mergeStatistics(emptyStatistics(PLAN), emptyStatistics(other))).toThrow(
      `expected statistics of plan ${PLAN.id}, got ones of plan ${other.id}`,
    );
    const less = { ...PLAN, wants: { covariance: false, features: true } };
    expect(() => mergeStatistics(emptyStatistics(PLAN), emptyStatistics(less))).toThrow(/same kinds/);
    expect(() => fitStatistics('pca', emptyStatistics(less), sampleTraining(true), 2)).toThrow(
      'expected statistics that pca is fitted on, got others',
    );
  });

  it('make mismatches of no caption of the pair or its group', () => {
    const { partners } = PLAN;
    for (let i = 0; i < COUNT; i++) {
      const row = ALL.texts.subarray(i * DIM, (i + 1) * DIM);
      const at = partnerOf(PLAN, hashNumbers(i), 0, hashFloats(row), ALL.keys[i]);
      // Here each caption is of one group.
      expect(at === null ? NaN : partners.keys[at]).not.toBe(ALL.keys[i]);
      expect(at).not.toBeNull();
    }
    const single = planOf(rowsOf(ALL, 0, 160));
    const alone = { ...single, partners: { ...single.partners, keys: single.partners.keys.map(() => 7) } };
    expect(partnerOf(alone, 1, 0, 2, 7)).toBeNull();
  });

  it('make none of a caption of the group that others have too', () => {
    // Each caption is that of three pairs, as names of classes are.
    const batch = rowsOf(ALL, 0, 60);
    const set = { ...toSet(batch), textRows: Uint32Array.from(batch.keys, (_, i) => i % 20) };
    const plan = planOf(batch, true, set);
    expect(plan.partners.hashes).toHaveLength(20);
    const hashOf = (i: number): number =>
      hashFloats(batch.texts.subarray((i % 20) * DIM, ((i % 20) + 1) * DIM));
    for (let round = 0; round < 40; round++) {
      batch.keys.forEach((key, i) => {
        const at = partnerOf(plan, hashNumbers(i), round, hashOf(i), key);
        const own = Array.from(batch.keys.keys(), (j) => (batch.keys[j] === key ? hashOf(j) : NaN));
        expect(own).not.toContain(at === null ? NaN : plan.partners.hashes[at]);
      });
    }
    expect(decodeShardPlan(encodeShardPlan(plan))).toEqual(plan);
  });
});

/** What scikit-learn and numpy make of the same examples: `python3` reads them as JSON. */
const PYTHON = `
import sys, json, numpy as np
from sklearn.feature_selection import f_classif, chi2
from sklearn.preprocessing import MinMaxScaler
from sklearn.metrics import mutual_info_score
from sklearn.decomposition import PCA
d = json.load(sys.stdin)
x, t, a, b = (np.array(d[n]) for n in ('images', 'texts', 'imageMean', 'textMean'))
matches = (x - a) * (t - b)
wrong = np.concatenate([(x - a) * (np.array(d['partners'])[p] - b) for p in d['drawn']])
f = np.concatenate([matches, wrong]).astype(np.float32).astype(np.float64)
y = np.r_[np.ones(len(matches)), np.zeros(len(wrong))]
binned = []
for j, (low, high) in enumerate(zip(d['minima'], d['maxima'])):
    edges = np.linspace(low, high, 17)
    binned.append(mutual_info_score(y, np.clip(np.digitize(f[:, j], edges) - 1, 0, 15)))
ux = np.unique(x, axis=0)
cx, ct = ux - ux.mean(0), t - t.mean(0)
px = x - ux.mean(0)
pca = PCA(svd_solver='full').fit(np.concatenate([cx, ct]))
cross = px.T @ ct / len(px)
values, vectors = np.linalg.eigh((cross + cross.T) / 2)
print(json.dumps({
  'variance': f.var(0).tolist(), 'f-statistic': f_classif(f, y)[0].tolist(),
  'chi-square': chi2(MinMaxScaler().fit_transform(f), y)[0].tolist(), 'mutual-information-binned': binned,
  'pca': pca.components_[:4].tolist(), 'share': float(pca.explained_variance_ratio_[:4].sum()),
  'cross-covariance': vectors[:, ::-1][:, :4].T.tolist(), 'imageMean': ux.mean(0).tolist()}))
`;

const hasSklearn = spawnSync('/usr/bin/python3', ['-c', 'import sklearn']).status === 0;

describe('what is fitted on merged statistics', () => {
  const statistics = merged(ALL, PLAN, [40, 200, 340]);
  const matrix = (rows: Float32Array): number[][] =>
    Array.from({ length: rows.length / DIM }, (_, i) => [...rows.subarray(i * DIM, (i + 1) * DIM)]);
  const fit = (strategy: string) => fitStatistics(strategy, statistics, sampleTraining(true), 4);

  it.skipIf(!hasSklearn)('is what scikit-learn and numpy make of all pairs at once', () => {
    const hashesOf = (rows: Float32Array) => matrix(rows).map((row) => hashFloats(Float32Array.from(row)));
    const [imageHashes, textHashes] = [hashesOf(ALL.images), hashesOf(ALL.texts)];
    const drawn = [0, 1].map((round) =>
      imageHashes.map((hash, i) =>
        partnerOf(PLAN, hashNumbers(hash, textHashes[i]), round, textHashes[i], ALL.keys[i]),
      ),
    );
    const input = {
      images: matrix(ALL.images),
      texts: matrix(ALL.texts),
      imageMean: [...(PLAN.imageMean ?? [])],
      textMean: [...(PLAN.textMean ?? [])],
      partners: matrix(PLAN.partners.embeddings),
      drawn,
      minima: [...PLAN.ranges.minima],
      maxima: [...PLAN.ranges.maxima],
    };
    const output = execFileSync('/usr/bin/python3', ['-c', PYTHON], { input: JSON.stringify(input) });
    const expected = JSON.parse(output.toString()) as Record<string, number[]> & {
      share: number;
      pca: number[][];
      'cross-covariance': number[][];
    };
    for (const strategy of ['variance', 'f-statistic', 'chi-square', 'mutual-information-binned']) {
      // float64 sums on both sides, in other orders.
      expectRelative(fit(strategy).projections.scores ?? [], expected[strategy], 1e-9);
    }
    for (const strategy of ['pca', 'cross-covariance'] as const) {
      const projection = fit(strategy).projections.projectTo(4);
      const map = projection.kind === 'map' ? matrix(projection.matrix) : [];
      expected[strategy].forEach((axis, i) => {
        const cosine = axis.reduce((sum, value, j) => sum + value * map[i][j], 0);
        // The map is stored in float32; the sign of an axis is anybody's choice.
        expect(Math.abs(Math.abs(cosine) - 1)).toBeLessThan(1e-6);
      });
    }
    expectRelative([Number(fit('pca').projections.params['explainedVarianceShare'])], [expected.share], 1e-9);
    // Rounded to float32.
    expectRelative(fit('pca').means?.image ?? [], expected['imageMean'], 1e-6);
  });

  it.each(['pca', 'cross-covariance', 'whitened-cross-covariance', 'cca'])(
    'is the %s that the rows themselves give, centred or not',
    async (strategy) => {
      const { fitMap } = await import('../../src/core/selection/projection/maps.ts');
      const { plainStrategy } = await import('../../src/core/selection/strategy-names.ts');
      for (const centred of [true, false]) {
        const set = toSet(ALL);
        const training = prepareTraining(set, Uint32Array.from(set.groups.keys()), { centred, seed: 5 });
        const direct = fitMap(plainStrategy(strategy as 'pca'), training, { seed: 5, k: 4 });
        const projection = fitStatistics(strategy, statistics, training, 4).projections.projectTo(4);
        const [image, text] =
          projection.kind === 'map'
            ? [projection.matrix, null]
            : projection.kind === 'maps'
              ? [projection.image, projection.text]
              : [null, null];
        // Means are rounded to float32 before rows are centred by them, 6e-8, which eigenvectors magnify by what lies between eigenvalues.
        expectClose(image, direct.matrix, 1e-4);
        if (direct.textMatrix !== null) expectClose(text, direct.textMatrix, 1e-4);
      }
    },
  );
});

function expectClose(a: Float32Array | null, b: Float32Array, tolerance: number): void {
  expect(a).toHaveLength(b.length);
  a?.forEach((value, i) => expect(Math.abs(value - b[i])).toBeLessThan(tolerance));
}

describe('bytes of statistics and plans', () => {
  const statistics = statisticsOf(ALL, PLAN);

  it('give back every number to its last bit', () => {
    expect(decodeStatistics(encodeStatistics(statistics))).toEqual(statistics);
    const empty = emptyStatistics(PLAN);
    expect(decodeStatistics(encodeStatistics(empty))).toEqual(empty);
    for (const plan of [
      PLAN,
      planOf(SAMPLE, false),
      { ...PLAN, wants: { covariance: false, features: true } },
    ])
      expect(decodeShardPlan(encodeShardPlan(plan))).toEqual(plan);
  });

  it.each(['statistics', 'plan'] as const)('of a %s are refused when any is changed or missing', (what) => {
    const bytes = what === 'plan' ? encodeShardPlan(PLAN) : encodeStatistics(statistics);
    const decode = what === 'plan' ? decodeShardPlan : decodeStatistics;
    for (let at = 0; at < bytes.length; at += 41) {
      const flipped = bytes.slice();
      flipped[at] ^= 1 << (at % 8);
      expect(() => decode(flipped)).toThrow(/Corrupt/);
      expect(() => decode(bytes.slice(0, at))).toThrow(/Corrupt/);
    }
    expect(() => decode(Uint8Array.from([...bytes, 0]))).toThrow(/expected/);
  });

  it('are refused where the seal is whole but the numbers are none of statistics', () => {
    const broken = (change: (copy: ShardStatistics) => void): Uint8Array => {
      const copy = decodeStatistics(encodeStatistics(statistics));
      change(copy);
      return encodeStatistics(copy);
    };
    const cases: [RegExp, (copy: ShardStatistics) => void][] = [
      [/scatter of images with NaN at 3/, ({ covariance }) => covariance?.images.scatter.set([NaN], 3)],
      [/count of texts -1/, ({ covariance }) => Object.assign(covariance?.texts ?? {}, { count: -1 })],
      [/range 5 to -?\d.* of column 0/, ({ features }) => features?.sums.ranges.minima.set([5], 0)],
      [/dim 0, expected 1 to/, (copy) => Object.assign(copy, { dim: 0 })],
      [/expected/, (copy) => Object.assign(copy, { dim: 13 })],
      [/expected/, (copy) => Object.assign(copy, { dim: 11 })],
    ];
    for (const [message, change] of cases) expect(() => decodeStatistics(broken(change))).toThrow(message);
  });
});
