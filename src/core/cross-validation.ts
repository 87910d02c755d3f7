import { fitPlatt, sigmoid } from './calibration.ts';
import type { FoldMeasures, HeldOutFold } from './fold-measures.ts';
import { measureFold, prepareHeldOut } from './fold-measures.ts';
import { groupedFolds, remainingRows } from './folds.ts';
import { brier, expectedCalibrationError, jaccard } from './metrics.ts';
import type { MeanAndDeviation } from './paired-difference.ts';
import { summarize } from './paired-difference.ts';
import type { PairSet } from './pair-set.ts';
import type { UncalibratedModel } from './selection-model.ts';
import type { MaskStrategy } from './selection/strategies.ts';
import { scoreFeatures } from './selection/strategies.ts';
import { topK } from './selection/top-k.ts';
import type { Training } from './selection/training.ts';
import { buildModel, prepareTraining } from './selection/training.ts';
import type { VectorEncoding } from './vector-encoding.ts';
import { encodedBytes } from './vector-encoding.ts';

/** One row of a comparison: what is chosen, how it is stored, how it is fused. */
export interface Candidate {
  readonly strategy: MaskStrategy;
  /** Ignored by `full`, which keeps all. */
  readonly k: number;
  readonly encoding: VectorEncoding;
  readonly centred: boolean;
  readonly fusion: 'identity' | 'weighted';
}

export interface RecallFigures {
  readonly '1': MeanAndDeviation;
  readonly '5': MeanAndDeviation;
  readonly '10': MeanAndDeviation;
}

/** A row as `compare` prints it: mean and sample standard deviation over folds. */
export interface ComparisonRow {
  readonly strategy: MaskStrategy;
  readonly k: number;
  readonly encoding: VectorEncoding;
  readonly centred: boolean;
  /** Stored a vector. */
  readonly bytes: number;
  readonly auc: MeanAndDeviation;
  readonly aucHard: MeanAndDeviation;
  readonly recall: { readonly imageToText: RecallFigures; readonly textToImage: RecallFigures };
  readonly ece: MeanAndDeviation;
  readonly brier: MeanAndDeviation;
  /** Jaccard of the kept sets over all pairs of folds; null where the data choose nothing. */
  readonly stability: MeanAndDeviation | null;
}

export interface Evaluation {
  readonly candidate: Candidate;
  readonly row: ComparisonRow;
  /** One a fold, mean of both directions; averaged over seeds for `random`. For `pairedDifference`. */
  readonly recallAt1: readonly number[];
  /** One a fold, each fitted without it; of the first seed for `random`. */
  readonly models: readonly UncalibratedModel[];
}

export interface CrossValidationOptions {
  readonly folds: number;
  readonly seed: number;
  /** Called after each fold. */
  readonly onFold?: (done: number, folds: number) => void;
}

/** `random` is judged by the mean of this many draws. */
const RANDOM_DRAWS = 5;

/**
 * The candidates of a comparison: every strategy at every k, centred; `full` once, uncentred, followed by what int8
 * (uncentred) and sign bits (centred) leave of the full vectors.
 */
export function comparisonCandidates(
  strategies: readonly MaskStrategy[],
  ks: readonly number[],
  dim: number,
): Candidate[] {
  const plain = { encoding: 'float32', centred: true, fusion: 'identity' } as const;
  return strategies.flatMap((strategy): Candidate[] => {
    if (strategy !== 'full') return ks.map((k) => ({ ...plain, strategy, k }));
    const full = { ...plain, strategy, k: dim };
    return [
      { ...full, centred: false },
      { ...full, centred: false, encoding: 'int8' },
      { ...full, encoding: 'sign' },
    ];
  });
}

/**
 * Evaluate candidates over the same folds by group. Per fold everything (means, mask, weights, calibrator) comes from
 * the other folds; the calibrator behind ECE and Brier is fitted on the held-out scores of those.
 * @returns one evaluation a candidate, in order
 * @throws RangeError for fewer groups than twice the folds, or k beyond dim
 */
export function crossValidate(
  set: PairSet,
  candidates: readonly Candidate[],
  { folds, seed, onFold }: CrossValidationOptions,
): Evaluation[] {
  const held = groupedFolds(set.groups, folds, seed);
  const runs = candidates.map((): Run[] => []);
  held.forEach((pairs, fold) => {
    const heldOut = prepareHeldOut(set, pairs, streamSeed(seed, fold, 'held-out'));
    const fit = createFitter(set, remainingRows(set.groups.length, pairs), seed, fold);
    candidates.forEach((candidate, i) => runs[i].push(...runCandidate(candidate, heldOut, fit, seed)));
    onFold?.(fold + 1, folds);
  });
  return candidates.map((candidate, i) => evaluate(candidate, runs[i], folds));
}

/** One candidate in one fold under one draw. */
interface Run {
  readonly draw: number;
  readonly model: UncalibratedModel;
  readonly measures: FoldMeasures;
}

type Fitter = (candidate: Candidate, seed: number) => UncalibratedModel;

function runCandidate(candidate: Candidate, heldOut: HeldOutFold, fit: Fitter, seed: number): Run[] {
  const draws = candidate.strategy === 'random' ? RANDOM_DRAWS : 1;
  return Array.from({ length: draws }, (_, draw) => {
    const model = fit(candidate, seed + draw);
    return { draw, model, measures: measureFold(heldOut, model, candidate.encoding) };
  });
}

/** Fits candidates on one fold's training pairs; scores of one strategy serve every k. */
function createFitter(set: PairSet, rows: Uint32Array, seed: number, fold: number): Fitter {
  const trainings = new Map<boolean, Training>();
  const known = new Map<string, Float64Array>();
  return ({ strategy, k, centred, fusion }, strategySeed) => {
    const training =
      trainings.get(centred) ??
      prepareTraining(set, rows, { centred, seed: streamSeed(seed, fold, 'training') });
    trainings.set(centred, training);
    if (strategy === 'full') return buildModel(training, null, fusion, seed);
    const name = `${strategy} ${centred} ${strategySeed}`;
    const scores = known.get(name) ?? scoreFeatures(strategy, training, { seed: strategySeed }).scores;
    known.set(name, scores);
    return buildModel(training, topK(scores, k), fusion, seed);
  };
}

function evaluate(candidate: Candidate, runs: readonly Run[], foldCount: number): Evaluation {
  const { strategy, encoding, centred } = candidate;
  const draws = Map.groupBy(runs, (run) => run.draw);
  const first = draws.get(0) ?? [];
  const calibrated = [...draws.values()].flatMap((draw) => calibrationErrors(draw));
  const measures = runs.map((run) => run.measures);
  const k = first[0].model.k;
  return {
    candidate,
    row: {
      strategy,
      k,
      encoding,
      centred,
      bytes: encodedBytes(encoding, k),
      auc: summarize(measures.map((m) => m.auc)),
      aucHard: summarize(measures.map((m) => m.aucHard)),
      recall: {
        imageToText: recallFigures(measures.map((m) => m.recall.imageToText)),
        textToImage: recallFigures(measures.map((m) => m.recall.textToImage)),
      },
      ece: summarize(calibrated.map((c) => c.ece)),
      brier: summarize(calibrated.map((c) => c.brier)),
      stability: stabilityOf(candidate, first),
    },
    recallAt1: Array.from({ length: foldCount }, (_, fold) =>
      meanRecallAt1([...draws.values()].map((draw) => draw[fold].measures)),
    ),
    models: first.map((run) => run.model),
  };
}

function calibrationErrors(runs: readonly Run[]): { ece: number; brier: number }[] {
  return runs.map(({ measures }, fold) => {
    const others = runs.filter((_, other) => other !== fold);
    const scores = Float64Array.from(others.flatMap((run) => [...run.measures.scores]));
    const labels = Uint8Array.from(others.flatMap((run) => [...run.measures.labels]));
    const { slope, intercept } = fitPlatt(scores, labels);
    const probabilities = measures.scores.map((score) => sigmoid(slope * score + intercept));
    return {
      ece: expectedCalibrationError(probabilities, measures.labels),
      brier: brier(probabilities, measures.labels),
    };
  });
}

function recallFigures(folds: readonly (readonly number[])[]): RecallFigures {
  const at = (i: number) => summarize(folds.map((fold) => fold[i]));
  return { '1': at(0), '5': at(1), '10': at(2) };
}

function meanRecallAt1(measures: readonly FoldMeasures[]): number {
  const both = measures.flatMap(({ recall }) => [recall.imageToText[0], recall.textToImage[0]]);
  return both.reduce((sum, value) => sum + value, 0) / both.length;
}

function stabilityOf({ strategy }: Candidate, runs: readonly Run[]): MeanAndDeviation | null {
  if (strategy === 'full' || strategy === 'random') return null;
  const masks = runs.flatMap(({ model }) =>
    model.projection.kind === 'mask' ? [model.projection.indices] : [],
  );
  const overlaps = masks.flatMap((mask, i) => masks.slice(i + 1).map((other) => jaccard(mask, other)));
  return summarize(overlaps);
}

/** Streams that never meet: one for each fold and purpose of a seed. */
function streamSeed(seed: number, fold: number, purpose: 'training' | 'held-out'): number {
  return seed * 2048 + fold * 2 + (purpose === 'training' ? 0 : 1);
}
