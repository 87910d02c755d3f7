import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpyPairs } from '../scripts/dataset/npy-pairs.ts';
import { probability } from '../src/core/calibration/calibration.ts';
import { type DecisionThresholds, decide, thresholdsAt } from '../src/core/calibration/decisions.ts';
import { DEFAULT_CALIBRATION, calibrate } from '../src/core/evaluation/calibrate.ts';
import { fitProjections } from '../src/core/evaluation/fold-evaluation.ts';
import { scoreHeldOut } from '../src/core/evaluation/held-out.ts';
import { mismatchesFor, scoreMismatches } from '../src/core/evaluation/score-mismatches.ts';
import { buildModel } from '../src/core/fitting/model-builder.ts';
import { groupedFolds, remainingRows } from '../src/core/pairs/folds.ts';
import type { PairSet } from '../src/core/pairs/pair-set.ts';
import type { Calibrator, UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import { parseStrategy } from '../src/core/selection/strategy-names.ts';
import { prepareTraining } from '../src/core/selection/training.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import { encodeSample } from './search-corpus.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 20;
const FOLDS = 5;
/** One part in three is held out from everything. */
const PARTS = 3;
const BASE_RATES = [0.5, 0.1, 0.01, 0.001];
const { precision: PRECISION } = DEFAULT_CALIBRATION;
/** Pairs that thresholds were chosen on before. */
const LEAST_BEFORE = 20;
const STRATEGIES = [
  { strategy: 'full', k: Infinity, centred: false },
  { strategy: 'pca', k: 50, centred: true },
  { strategy: 'cross-covariance', k: 50, centred: true },
];

/** Shares of held-out matches and mismatches that are called a match; `right` are those called so and are. */
interface Calls {
  readonly open: boolean;
  readonly right: number;
  readonly wrong: number;
}

/**
 * What calls of MATCH are worth at base rates from one half to one in a thousand, on pairs that had no part in model, calibrator or
 * thresholds: twenty grouped splits, a third held out, every caption of it a mismatch of every other picture. Beside it the
 * thresholds of before: the precision that one mismatch a match happens to show, weighed to the base rate.
 */
export async function benchDecisions(tell: (line: string) => void): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { name, set } of await setsOf(tell)) {
    for (const { strategy, k, centred } of STRATEGIES) {
      tell(`${name}, ${strategy}`);
      const rounds = Array.from({ length: ROUNDS }, (_, seed) => {
        const fit = (pairs: Uint32Array): UncalibratedModel => {
          const training = prepareTraining(set, pairs, { centred, seed });
          const kept = Math.min(k, set.dim);
          const { projectTo } = fitProjections(parseStrategy(strategy), training, { seed, k: kept });
          return buildModel(training, projectTo(kept), 'identity', seed);
        };
        return oneRound(set, fit, seed);
      });
      rows.push(
        ...rowsOf(
          `${name}, ${strategy}, MISMATCH at 0.5`,
          rounds.map(({ mismatch }) => mismatch),
          0.5,
        ),
      );
      BASE_RATES.forEach((baseRate, i) => {
        const told = `${name}, ${strategy}, base rate ${baseRate}`;
        rows.push(
          ...rowsOf(
            told,
            rounds.map(({ now }) => now[i]),
            baseRate,
          ),
        );
        rows.push(
          ...rowsOf(
            `${told}, as before`,
            rounds.map(({ before }) => before[i]),
            baseRate,
          ),
        );
      });
    }
  }
  return rows;
}

async function setsOf(tell: (line: string) => void): Promise<{ name: string; set: PairSet }[]> {
  const sample = { name: 'sample set', set: await encodeSample() };
  const folder = process.env.ALIGNQL_COCO ?? join(ROOT, '../shared/data/coco500-clip-vit-b16');
  const imageEmbeddings = join(folder, 'img_emb/img_emb_0.npy');
  if (!existsSync(imageEmbeddings)) {
    tell(`no ${imageEmbeddings}: the sample set only. ALIGNQL_COCO names a folder of such embeddings`);
    return [sample];
  }
  const textEmbeddings = join(folder, 'text_emb/text_emb_0.npy');
  return [
    { name: 'COCO-500', set: await readNpyPairs({ imageEmbeddings, textEmbeddings, groups: null }) },
    sample,
  ];
}

function oneRound(
  whole: PairSet,
  fit: (pairs: Uint32Array) => UncalibratedModel,
  seed: number,
): { readonly now: Calls[]; readonly before: Calls[]; readonly mismatch: Calls } {
  const [held] = groupedFolds(whole.groups, PARTS, seed);
  const trained = remainingRows(whole.groups.length, held);
  const groups = Int32Array.from(trained, (pair) => whole.groups[pair]);
  const folds = groupedFolds(groups, FOLDS, seed).map((fold) => fold.map((i) => trained[i]));
  const models = folds.map((fold) => {
    const out = new Set(fold);
    return fit(trained.filter((pair) => !out.has(pair)));
  });
  const heldOut = scoreHeldOut(whole, folds, models, seed);
  const most = mismatchesFor(Math.min(...BASE_RATES));
  const mismatches = scoreMismatches(whole, { folds, models }, heldOut, { most, seed });
  const { calibrator } = calibrate({ ...heldOut, mismatches });
  const model = fit(trained);
  const test = scoreHeldOut(whole, [held], [model], seed);
  const matches = test.scores.filter((_, i) => test.labels[i] === 1);
  const others = scoreMismatches(whole, { folds: [held], models: [model] }, test, { most, seed }).scores;
  const callsAt = (
    thresholds: DecisionThresholds,
    baseRate: number,
    called: 'MATCH' | 'MISMATCH' = 'MATCH',
  ): Calls => {
    const share = (scores: Float64Array): number =>
      scores.reduce(
        (sum, score) => sum + Number(decide(thresholds, probability(calibrator, score, baseRate)) === called),
        0,
      ) / scores.length;
    return called === 'MATCH'
      ? { open: thresholds.matchThreshold < 1, right: share(matches), wrong: share(others) }
      : { open: thresholds.mismatchThreshold > 0, right: share(others), wrong: share(matches) };
  };
  return {
    now: BASE_RATES.map((baseRate) => callsAt(thresholdsAt(calibrator, baseRate), baseRate)),
    mismatch: callsAt(calibrator, 0.5, 'MISMATCH'),
    before: BASE_RATES.map((baseRate) =>
      callsAt(
        { matchThreshold: thresholdBefore(calibrator, heldOut, baseRate), mismatchThreshold: 0 },
        baseRate,
      ),
    ),
  };
}

/** The lowest probability of one half or more above which the pairs, weighed to the base rate, happen to be precise enough. */
function thresholdBefore(
  calibrator: Calibrator,
  { scores, labels }: { readonly scores: Float64Array; readonly labels: Uint8Array },
  baseRate: number,
): number {
  const falling = Array.from(scores, (score, i) => ({
    p: probability(calibrator, score, baseRate),
    label: labels[i],
  })).sort((a, b) => b.p - a.p);
  let [right, wrong, best] = [0, 0, 1];
  falling.forEach(({ p, label }, i) => {
    if (label === 1) right += baseRate;
    else wrong += 1 - baseRate;
    const isLast = falling[i + 1]?.p !== p;
    if (p >= 0.5 && isLast && i + 1 >= LEAST_BEFORE && right / (right + wrong) >= PRECISION) best = p;
  });
  return best;
}

function rowsOf(name: string, rounds: readonly Calls[], baseRate: number): BenchRow[] {
  const open = rounds.filter((calls) => calls.open);
  const mean = (of: (calls: Calls) => number): number =>
    open.reduce((sum, calls) => sum + of(calls), 0) / open.length;
  const called = open.length === 0 ? 0 : (mean(({ right }) => right) * open.length) / rounds.length;
  const rows = [
    limitRow(name, 'splits with the side closed', 'share', spreadOf([1 - open.length / rounds.length]), null),
    limitRow(name, 'called so of those that are', 'share', spreadOf([called]), null),
  ];
  if (called === 0) return rows;
  const wrong = (1 - baseRate) * mean((calls) => calls.wrong);
  const errors = wrong / (baseRate * mean((calls) => calls.right) + wrong);
  return [limitRow(name, 'calls that are wrong', 'share', spreadOf([errors]), 1 - PRECISION), ...rows];
}
