import { fitPlatt } from '../calibration/platt-scaling.ts';
import { sigmoid } from '../calibration/log-odds.ts';
import type { Candidate } from './candidates.ts';
import { choosesCoordinates } from './candidates.ts';
import type { Run } from './fold-evaluation.ts';
import type { FoldMeasures } from './fold-measures.ts';
import { brier, expectedCalibrationError, jaccard, kuncheva } from './metrics.ts';
import type { MeanAndDeviation } from './paired-difference.ts';
import { summarize } from './paired-difference.ts';
import type { Recall } from '../pairs/recall.ts';
import type { UncalibratedModel } from '../scoring/selection-model.ts';
import type { VectorEncoding } from './vector-encoding.ts';
import { encodedBytes } from './vector-encoding.ts';

export interface RecallFigures {
  readonly '1': MeanAndDeviation;
  readonly '5': MeanAndDeviation;
  readonly '10': MeanAndDeviation;
}

export interface BothWays {
  readonly imageToText: RecallFigures;
  readonly textToImage: RecallFigures;
}

/** A row as `compare` prints it: mean and sample standard deviation over folds. */
export interface ComparisonRow {
  readonly strategy: string;
  readonly k: number;
  readonly encoding: VectorEncoding;
  readonly centred: boolean;
  /** Stored a vector. */
  readonly bytes: number;
  readonly auc: MeanAndDeviation;
  readonly aucHard: MeanAndDeviation;
  readonly recall: BothWays;
  /** Of float32 queries against stored vectors; only where the candidate asked. */
  readonly recallFloatQuery?: BothWays;
  readonly ece: MeanAndDeviation;
  readonly brier: MeanAndDeviation;
  /** Jaccard of the kept sets over all pairs of folds; null where the data choose no set of coordinates. */
  readonly stability: MeanAndDeviation | null;
  /** The same by Kuncheva's index: 0 for chance, 1 for equal sets. */
  readonly kuncheva: MeanAndDeviation | null;
}

export interface Evaluation {
  readonly candidate: Candidate;
  readonly row: ComparisonRow;
  /** One a fold, mean of both directions; averaged over seeds for `random`. For `pairedDifference`. */
  readonly recallAt1: readonly number[];
  /** One a fold, each fitted without it; of the first seed for `random`. */
  readonly models: readonly UncalibratedModel[];
}

/**
 * Rows from what each fold gave. The calibrator behind the ECE and Brier score of a fold is fitted on the held-out scores of
 * the others, which come from models that were trained on this fold among others: it has not seen the fold's scores, but is
 * not kept from its pairs altogether. Nested folds would, at folds² fits.
 * @param byFold what `evaluateFold` gave for each fold, in their order
 * @returns one evaluation a candidate, in order
 */
export function summarizeFolds(
  candidates: readonly Candidate[],
  byFold: readonly (readonly Run[][])[],
  dim: number,
): Evaluation[] {
  return candidates.map((candidate, i) =>
    evaluate(
      candidate,
      byFold.flatMap((runs) => runs[i]),
      byFold.length,
      dim,
    ),
  );
}

function evaluate(candidate: Candidate, runs: readonly Run[], foldCount: number, dim: number): Evaluation {
  const { strategy, encoding, centred } = candidate;
  const draws = Map.groupBy(runs, (run) => run.draw);
  const first = draws.get(0) ?? [];
  const calibrated = [...draws.values()].flatMap((draw) => calibrationErrors(draw));
  const measures = runs.map((run) => run.measures);
  const asymmetric = measures.flatMap((m) => m.recallFloatQuery ?? []);
  const k = first[0].model.k;
  const masks = choosesCoordinates(candidate) ? keptSets(first) : [];
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
      recall: bothWays(measures.map((m) => m.recall)),
      ...(asymmetric.length > 0 ? { recallFloatQuery: bothWays(asymmetric) } : {}),
      ece: summarize(calibrated.map((c) => c.ece)),
      brier: summarize(calibrated.map((c) => c.brier)),
      stability: agreement(masks, jaccard),
      kuncheva: agreement(masks, (a, b) => kuncheva(a, b, dim)),
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

function bothWays(folds: readonly Recall[]): BothWays {
  return {
    imageToText: recallFigures(folds.map((recall) => recall.imageToText)),
    textToImage: recallFigures(folds.map((recall) => recall.textToImage)),
  };
}

function recallFigures(folds: readonly (readonly number[])[]): RecallFigures {
  const at = (i: number) => summarize(folds.map((fold) => fold[i]));
  return { '1': at(0), '5': at(1), '10': at(2) };
}

function meanRecallAt1(measures: readonly FoldMeasures[]): number {
  const both = measures.flatMap(({ recall }) => [recall.imageToText[0], recall.textToImage[0]]);
  return both.reduce((sum, value) => sum + value, 0) / both.length;
}

function keptSets(runs: readonly Run[]): Uint32Array[] {
  return runs.flatMap(({ model: { projection } }) =>
    projection.kind === 'mask' ? [projection.indices] : [],
  );
}

/** A measure over all pairs of sets; null for no pairs, or where it is undefined. */
function agreement(
  sets: readonly Uint32Array[],
  measure: (a: Uint32Array, b: Uint32Array) => number | null,
): MeanAndDeviation | null {
  const values = sets.flatMap((set, i) => sets.slice(i + 1).map((other) => measure(set, other)));
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : summarize(defined);
}
