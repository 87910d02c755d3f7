import type { Candidate } from '../../src/core/candidates.ts';
import type { Evaluation } from '../../src/core/cross-validation.ts';
import { summarizeFolds } from '../../src/core/cross-validation.ts';
import type { FoldOptions } from '../../src/core/fold-evaluation.ts';
import { evaluateFold } from '../../src/core/fold-evaluation.ts';
import type { PairSet } from '../../src/core/pair-set.ts';
import type { StartProgress } from '../dataset/progress.ts';

/** `crossValidate` with progress on the way. */
export async function crossValidateFolds(
  set: PairSet,
  candidates: readonly Candidate[],
  options: FoldOptions,
  startProgress: StartProgress,
): Promise<Evaluation[]> {
  const progress = startProgress('folds', options.folds);
  const byFold = Array.from({ length: options.folds }, (_, fold) => {
    const runs = evaluateFold(set, candidates, options, fold);
    progress.add(1);
    return runs;
  });
  progress.stop();
  return summarizeFolds(candidates, byFold, set.dim);
}
