import type { Candidate } from '../../../src/core/evaluation/candidates.ts';
import type { Evaluation } from '../../../src/core/evaluation/cross-validation.ts';
import { summarizeFolds } from '../../../src/core/evaluation/cross-validation.ts';
import type { FoldOptions } from '../../../src/core/evaluation/fold-evaluation.ts';
import { evaluateFold } from '../../../src/core/evaluation/fold-evaluation.ts';
import type { PairSet } from '../../../src/core/pairs/pair-set.ts';

/** All folds one after the other, as `crossValidateFolds` of scripts/ does on threads. */
export function crossValidate(
  set: PairSet,
  candidates: readonly Candidate[],
  options: FoldOptions,
): Evaluation[] {
  const byFold = Array.from({ length: options.folds }, (_, fold) =>
    evaluateFold(set, candidates, options, fold),
  );
  return summarizeFolds(candidates, byFold, set.dim);
}
