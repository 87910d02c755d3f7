import type { Evaluation } from '../../src/core/evaluation/cross-validation.ts';
import type { JsonObject } from '../../src/format/canonical-json.ts';
import type { PairedEmbeddings } from '../dataset/paired-embeddings.ts';
import type { Choice } from '../evaluation/choose-strategy.ts';

/**
 * The metrics a record carries, in the words of `compare`: the selection's own, and beside them those of every strategy
 * compared at the same k, full vectors and random coordinates among them.
 */
export function selectionMetrics(choice: Choice, pairs: PairedEmbeddings, folds: number): JsonObject {
  const beside = Object.fromEntries(
    choice.atK.map((evaluation) => [evaluation.candidate.strategy, figures(evaluation)]),
  );
  return { ...figures(choice.chosen), pairs: pairs.groups.length, groups: pairs.groupCount, folds, beside };
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
