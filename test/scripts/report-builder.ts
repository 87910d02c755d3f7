import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { probability, probabilityInterval } from '../../src/core/calibration/calibration.ts';
import { decide } from '../../src/core/calibration/decisions.ts';
import { fitPlatt } from '../../src/core/calibration/platt-scaling.ts';
import { sigmoid } from '../../src/core/calibration/log-odds.ts';
import { brier, expectedCalibrationError, reliabilityBins } from '../../src/core/evaluation/metrics.ts';
import { type Random, createRandom } from '../../src/core/random.ts';
import { rocCurve } from '../../src/core/evaluation/roc-curve.ts';
import type {
  CalibrationReport,
  ExamplePair,
  ExamplePairs,
  PrecomputeReport,
  ReportRow,
} from '../../scripts/report/report-data.ts';

/**
 * A report as a run over some hundred photographs gives it: every strategy at three k, with figures near those measured
 * on COCO-500, and held-out scores drawn from two overlapping bells. For tests of what is drawn, not of what is measured.
 */

const DIM = 512;
const K = 50;
const FOLDS = 5;
const KS = [16, 50, 128];

/** Mean recall@1 at 16, 50 and 128, and Kuncheva's index of masks. */
const STRATEGIES: readonly (readonly [name: string, recall: readonly number[], kuncheva: number | null])[] = [
  ['cross-covariance', [0.41, 0.6, 0.69], null],
  ['pca', [0.33, 0.56, 0.67], null],
  ['pca-rfe', [0.34, 0.55, 0.66], null],
  ['f-statistic', [0.22, 0.395, 0.55], 0.46],
  ['random-forest', [0.21, 0.391, 0.54], 0.33],
  ['mutual-information', [0.19, 0.38, 0.53], 0.12],
  ['mutual-information-binned', [0.2, 0.385, 0.535], 0.21],
  ['mrmr', [0.23, 0.4, 0.54], 0.38],
  ['rfe', [0.2, 0.372, 0.52], 0.29],
  ['l1-logistic', [0.21, 0.377, 0.525], 0.35],
  ['variance:0.001+chi-square', [0.18, 0.36, 0.52], 0.41],
  ['chi-square', [0.178, 0.352, 0.515], 0.4],
  ['variance', [0.195, 0.392, 0.54], 0.81],
  ['random', [0.14, 0.29, 0.49], null],
];

export function buildReport(overrides: Partial<PrecomputeReport> = {}): PrecomputeReport {
  const random = createRandom(11);
  const rows = buildRows(random);
  const values = Array.from({ length: DIM }, () => 0.001 + 0.02 * random.next() ** 3);
  const byValue = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  const kept = byValue.slice(0, K).sort((a, b) => a - b);
  const scores = drawScores(random, 600);
  return {
    id: '5685935be91f28c354c92423533317c566799f17c68381520ed21c16c5380c52',
    encoder: { id: 'openai/clip-vit-base-patch16', fingerprint: 'sha256:0f3c' },
    strategy: 'f-statistic',
    k: K,
    dim: DIM,
    centred: true,
    fusion: 'identity',
    seed: 0,
    folds: FOLDS,
    dataset: {
      source: 'photographs/captions.csv',
      pairs: 600,
      images: 600,
      captions: 598,
      groups: 597,
      mismatches: 12,
      duplicates: 0,
      signal: { difference: 0.214, p: 0.0005, permutations: 1999, groups: 597, found: true },
      skipped: [
        { where: 'photographs/captions.csv:17', reason: 'photographs/0017.jpg is not an image' },
        { where: 'photographs/captions.csv:203', reason: 'the caption is empty' },
      ],
    },
    rows,
    choice: {
      requested: 'auto',
      candidates: [],
      nested: { recallAt1: { mean: 0.401, sd: 0.05 }, picks: ['mrmr', 'rfe', 'mrmr', 'mrmr', 'rfe'] },
      overRandom: { mean: 0.105, standardError: 0.012, better: true },
      belowFull: { mean: -0.325, standardError: 0.021, better: false },
    },
    fusionTrials: [
      {
        fusion: 'identity',
        recallAt1: { mean: 0.395, sd: 0.03 },
        differenceToIdentity: null,
        differenceToInt8: null,
        taken: true,
        reason: 'no learned fusion beat identity and full int8 vectors',
      },
      {
        fusion: 'weighted',
        recallAt1: { mean: 0.362, sd: 0.027 },
        differenceToIdentity: { mean: -0.033, standardError: 0.011, better: false },
        differenceToInt8: { mean: -0.36, standardError: 0.02, better: false },
        taken: false,
        reason: 'does not beat identity and full int8 vectors by more than one standard error',
      },
      {
        fusion: 'attention',
        recallAt1: { mean: 0.418, sd: 0.041 },
        differenceToIdentity: { mean: 0.023, standardError: 0.015, better: true },
        differenceToInt8: { mean: -0.301, standardError: 0.024, better: false },
        taken: false,
        reason: 'does not beat full int8 vectors by more than one standard error',
      },
    ],
    centring: {
      strategy: 'f-statistic',
      k: K,
      centred: { mean: 0.395, sd: 0.03 },
      uncentred: { mean: 0.301, sd: 0.028 },
      difference: { mean: 0.094, standardError: 0.013, better: true },
    },
    roc: buildRoc(scores),
    calibration: buildCalibration(scores),
    stability: {
      strategy: 'f-statistic',
      meanJaccard: 0.33,
      meanKuncheva: 0.46,
      chanceJaccard: 0.051,
      keptInFolds: keptInFolds(byValue),
      bootstrap: {
        rounds: 50,
        selectionFrequency: byRank(byValue, (rank) => Math.round(50 * sigmoid((55 - rank) / 14)) / 50),
      },
    },
    relevance: {
      unit: 'nats',
      estimator: 'Ross 2014, 3 nearest neighbours',
      values,
      mask: byValue.slice(4, K + 4).sort((a, b) => a - b),
      kept,
      own: {
        strategy: 'f-statistic',
        values: values.map((value, i) => (i === 7 ? null : 4000 * value + 10 * random.next())),
      },
    },
    examples: null,
    ...overrides,
  };
}

function buildRows(random: Random): ReportRow[] {
  const rows = STRATEGIES.flatMap(([strategy, recalls, kuncheva]) =>
    KS.map((k, i) => buildRow(random, { strategy, k, recall: recalls[i], kuncheva })),
  );
  const full = { strategy: 'full', k: DIM, kuncheva: null, centred: false };
  return [
    ...rows,
    buildRow(random, { ...full, recall: 0.72 }),
    buildRow(random, { ...full, recall: 0.719, encoding: 'int8', bytes: 516 }),
    buildRow(random, { ...full, recall: 0.55, encoding: 'sign', bytes: 64, centred: true }),
    buildRow(random, { strategy: 'f-statistic', k: K, recall: 0.362, kuncheva: 0.46, fusion: 'weighted' }),
    buildRow(random, { strategy: 'f-statistic', k: K, recall: 0.418, kuncheva: 0.46, fusion: 'attention' }),
    buildRow(random, { strategy: 'f-statistic', k: K, recall: 0.301, kuncheva: 0.4, centred: false }),
  ];
}

type RowFigures = Pick<ReportRow, 'strategy' | 'k'> &
  Partial<ReportRow> & { readonly recall: number; readonly kuncheva: number | null };

function buildRow(
  random: Random,
  figures: Omit<RowFigures, 'recall' | 'kuncheva'> & { recall: number; kuncheva: number | null },
): ReportRow {
  const {
    recall,
    kuncheva,
    strategy,
    k,
    encoding = 'float32',
    bytes = 4 * k,
    centred = true,
    fusion = 'identity',
  } = figures;
  const around = (mean: number): { mean: number; sd: number } => ({
    mean: Math.max(0, Math.min(1, mean)),
    sd: 0.015 + 0.03 * random.next(),
  });
  const direction = (shift: number): ReportRow['recall']['imageToText'] => ({
    '1': around(recall + shift),
    '5': around(recall + 0.2),
    '10': around(recall + 0.27),
  });
  const share = k / DIM;
  const shared = kuncheva === null ? 0 : kuncheva * (1 - share) + share;
  return {
    strategy,
    k,
    encoding,
    centred,
    bytes,
    fusion,
    auc: around(0.9 + recall / 8),
    aucHard: around(0.7 + recall / 4),
    recall: { imageToText: direction(0.008), textToImage: direction(-0.008) },
    ece: around(0.02),
    brier: around(0.09 - recall / 12),
    stability: kuncheva === null ? null : { mean: shared / (2 - shared), sd: 0.03 },
    kuncheva: kuncheva === null ? null : { mean: kuncheva, sd: 0.04 },
  };
}

interface Scores {
  readonly scores: Float64Array;
  readonly labels: Uint8Array;
  /** Of the nearest other caption of each match. */
  readonly hard: Float64Array;
}

function drawScores(random: Random, count: number): Scores {
  const matches = Array.from({ length: count }, () => 0.42 + 0.14 * random.nextGaussian());
  const mismatches = Array.from({ length: count }, () => 0.02 + 0.13 * random.nextGaussian());
  return {
    scores: Float64Array.from([...matches, ...mismatches]),
    labels: Uint8Array.from([...matches.map(() => 1), ...mismatches.map(() => 0)]),
    hard: Float64Array.from({ length: count }, () => 0.26 + 0.12 * random.nextGaussian()),
  };
}

function buildRoc({ scores, labels, hard }: Scores): PrecomputeReport['roc'] {
  const matches = scores.filter((_, i) => labels[i] === 1);
  const hardScores = Float64Array.from([...matches, ...hard]);
  const hardLabels = Uint8Array.from([...matches.map(() => 1), ...hard.map(() => 0)]);
  return {
    random: rocCurve(scores, labels),
    hard: rocCurve(hardScores, hardLabels),
  };
}

function buildCalibration({ scores, labels }: Scores): CalibrationReport {
  const fit = fitPlatt(scores, labels);
  const calibrator = { ...fit, baseRate: 0.5, matchThreshold: 0.72, mismatchThreshold: 0.21 };
  const probabilities = scores.map((score) => probability(calibrator, score));
  const raw = scores.map((score) => Math.max(0, Math.min(1, score)));
  const decisions = {
    match: { match: 0, uncertain: 0, mismatch: 0 },
    mismatch: { match: 0, uncertain: 0, mismatch: 0 },
  };
  probabilities.forEach((value, i) => {
    const truth = labels[i] === 1 ? decisions.match : decisions.mismatch;
    truth[lowercase(decide(calibrator, value))]++;
  });
  const low = Math.min(...scores);
  const high = Math.max(...scores);
  const width = (high - low) / 40;
  const at = (threshold: number): number =>
    (Math.log(threshold / (1 - threshold)) - fit.intercept) / fit.slope;
  const heldOutBrier = brier(probabilities, labels);
  return {
    kind: 'platt',
    slope: fit.slope,
    intercept: fit.intercept,
    curve: Array.from({ length: 41 }, (_, i) => {
      const score = low + i * width;
      const [from, to] = probabilityInterval(calibrator, score);
      return { score, probability: probability(calibrator, score), low: from, high: to };
    }),
    tried: [
      { kind: 'platt', brier: heldOutBrier },
      { kind: 'isotonic', brier: heldOutBrier + 0.0021 },
    ],
    baseRate: 0.5,
    matchThreshold: 0.72,
    mismatchThreshold: 0.21,
    matchScore: at(0.72),
    mismatchScore: at(0.21),
    targetPrecision: 0.95,
    ece: expectedCalibrationError(probabilities, labels),
    brier: heldOutBrier,
    pairs: scores.length,
    bins: reliabilityBins(probabilities, labels),
    before: {
      ece: expectedCalibrationError(raw, labels),
      brier: brier(raw, labels),
      bins: reliabilityBins(raw, labels),
    },
    histogram: Array.from({ length: 40 }, (_, bin) => {
      const inBin = [...scores].map((score) => Math.min(39, Math.floor((score - low) / width)) === bin);
      const count = (label: number): number => inBin.filter((is, i) => is && labels[i] === label).length;
      return {
        low: low + bin * width,
        high: low + (bin + 1) * width,
        matches: count(1),
        mismatches: count(0),
      };
    }),
    decisions,
    hard: { mismatch: { match: 210, uncertain: 130, mismatch: 260 }, matchPrecision: 0.71 },
    byBaseRate: [
      {
        baseRate: 0.5,
        match: { open: true, precision: { value: 0.978, low: 0.961, high: 0.989 }, called: 0.81 },
        mismatch: { open: true, precision: { value: 0.96, low: 0.94, high: 0.975 }, called: 0.84 },
        decided: 0.83,
      },
      {
        baseRate: 0.001,
        match: { open: false, precision: null, called: 0 },
        mismatch: { open: true, precision: { value: 0.9999, low: 0.9998, high: 1 }, called: 0.97 },
        decided: 0.97,
      },
    ],
  };
}

function lowercase(decision: 'MATCH' | 'MISMATCH' | 'UNCERTAIN'): 'match' | 'mismatch' | 'uncertain' {
  return ({ MATCH: 'match', MISMATCH: 'mismatch', UNCERTAIN: 'uncertain' } as const)[decision];
}

/** Of the best 50 half are kept always; about as many others come and go. */
function keptInFolds(byValue: readonly number[]): number[] {
  return byRank(byValue, (rank) => Math.max(0, Math.min(FOLDS, Math.round((95 - rank) / 16))));
}

function byRank(byValue: readonly number[], of: (rank: number) => number): number[] {
  const values = new Array<number>(DIM).fill(0);
  byValue.forEach((coordinate, rank) => (values[coordinate] = of(rank)));
  return values;
}

const CAPTIONS = [
  'a red bicycle leaning against a brick wall',
  'two dogs asleep on a blue sofa',
  'a bowl of soup with a spoon beside it, seen from above on a wooden table in the morning light',
  'a child flying a kite over a wide green field',
  'an old tram climbing a steep street',
];

/** Ten pairs a list. @param thumbnails shown in turn; null for a picture that does not open */
export function buildExamples(thumbnails: readonly (string | null)[]): ExamplePairs {
  const list = (probabilityOf: (i: number) => number, isMatch: (i: number) => boolean): ExamplePair[] =>
    Array.from({ length: 10 }, (_, i) => ({
      where: `photographs/${String(100 + i).padStart(6, '0')}.jpg`,
      caption: CAPTIONS[i % CAPTIONS.length],
      isMatch: isMatch(i),
      score: 0.8 * probabilityOf(i) - 0.05,
      probability: probabilityOf(i),
      decision: probabilityOf(i) > 0.72 ? 'MATCH' : probabilityOf(i) < 0.21 ? 'MISMATCH' : 'UNCERTAIN',
      thumbnail: thumbnails[i % thumbnails.length],
    }));
  return {
    best: list(
      (i) => 0.999 - 0.001 * i,
      () => true,
    ),
    worst: list(
      (i) => (i % 3 === 0 ? 0.9 - 0.02 * i : 0.03 + 0.01 * i),
      (i) => i % 3 !== 0,
    ),
    uncertain: list(
      (i) => 0.5 + 0.004 * i * (i % 2 === 0 ? 1 : -1),
      (i) => i % 2 === 0,
    ),
  };
}

const SAMPLE = resolve(import.meta.dirname, '../../models/sample/images');

/** The bytes of the committed sample pictures, in order of name. */
export function samplePictures(): Uint8Array[] {
  const names = readdirSync(SAMPLE).sort();
  return names.map((name) => new Uint8Array(readFileSync(join(SAMPLE, name))));
}
