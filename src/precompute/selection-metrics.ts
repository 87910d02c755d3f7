import type { Evaluation } from '../core/evaluation/cross-validation.ts';
import type { JsonObject } from '../format/canonical-json.ts';
import type { Calibration } from '../core/evaluation/calibrate.ts';
import type { KindReliability } from '../core/evaluation/kind-reliability.ts';
import type { Choice } from '../core/evaluation/choose-strategy.ts';
import type { RecordPairs } from './options.ts';
import { decidedPairs } from '../core/evaluation/decision-counts.ts';

/**
 * The metrics a record carries, in the words of `compare`: the selection's own, and beside them those of every strategy
 * compared at the same k, full vectors and random coordinates among them; what its own calibrator reached, and which
 * fusions were tried; and where the dataset names kinds, how the calibrator does on each. ECE and Brier score of a row are those of Platt scaling, as for every row; those of the calibrator in
 * the record stand under `calibration`.
 */
export function selectionMetrics(
  choice: Choice,
  { calibration, kinds }: { readonly calibration: Calibration; readonly kinds: KindReliability | null },
  pairs: RecordPairs,
  folds: number,
): JsonObject {
  const beside = Object.fromEntries(
    choice.atK.map((evaluation) => [evaluation.candidate.strategy, figures(evaluation)]),
  );
  return {
    ...figures(choice.chosen),
    pairs: pairs.groups.length,
    groups: pairs.groupCount,
    folds,
    beside,
    ...storedMetrics(choice),
    calibration: calibrationMetrics(calibration),
    ...kindMetrics(kinds),
    fusionTrials: choice.fusionTrials.map(({ fusion, recallAt1, taken, reason }) => ({
      fusion,
      recallAt1: recallAt1.mean,
      taken,
      reason,
    })),
  };
}

/** `stored`: what is left of vectors as corpora store them, where that was chosen. */
function storedMetrics({ stored }: Choice): JsonObject {
  return stored === null ? {} : { stored: { encoding: stored.row.encoding, ...figures(stored) } };
}

/** What a calibrator reached on held-out pairs: ECE and Brier score at their own share of matches, the rest at the base rate. */
export function calibrationMetrics({
  calibrator: { kind, baseRate },
  negativeKind,
  tried,
  ece,
  brier,
  decisions,
  hard,
  uncertainShare,
  targetPrecision,
  byBaseRate,
}: Calibration): JsonObject {
  return {
    kind,
    baseRate,
    ...(negativeKind === undefined ? {} : { negativeKind }),
    tried: tried.map((one) => ({ ...one })),
    ece,
    brier,
    matches: decidedPairs(decisions.match),
    mismatches: decidedPairs(decisions.mismatch),
    hard: hard === null ? null : { mismatches: decidedPairs(hard.mismatch), ...toJson(hard) },
    uncertainShare,
    targetPrecision,
    byBaseRate: byBaseRate.map((figures) => toJson(figures)),
  };
}

/** `kinds`, each without its diagram, which report.json has; nothing where the dataset names none. */
export function kindMetrics(reliability: KindReliability | null): JsonObject {
  if (reliability === null) return {};
  const { kinds, together } = reliability;
  return {
    kinds: kinds.map((figures) => toJson({ ...figures, bins: undefined })),
    ...(together === null ? {} : { kindsTogether: toJson(together) }),
  };
}

/** A record of numbers, texts, truth values and records of them, as it stands in a file. */
function toJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

function figures({
  row: { k, bytes, auc, aucHard, recall, ece, brier, stability, kuncheva },
}: Evaluation): JsonObject {
  const { imageToText, textToImage } = recall;
  return {
    k,
    bytes,
    auc: { ...auc },
    aucHard: { ...aucHard },
    recall: { imageToText: plain(imageToText), textToImage: plain(textToImage) },
    ece: { ...ece },
    brier: { ...brier },
    stability: stability === null ? null : { ...stability },
    kuncheva: kuncheva === null ? null : { ...kuncheva },
  };
}

function plain(recall: Evaluation['row']['recall']['imageToText']): JsonObject {
  return { '1': { ...recall['1'] }, '5': { ...recall['5'] }, '10': { ...recall['10'] } };
}
