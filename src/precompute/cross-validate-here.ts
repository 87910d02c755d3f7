import type { CrossValidate } from '../core/evaluation/choose-strategy.ts';
import { summarizeFolds } from '../core/evaluation/cross-validation.ts';
import { type FoldOptions, evaluateFold } from '../core/evaluation/fold-evaluation.ts';

/** Cross-validation in this thread, one fold after the other: the same figures to the bit as on many. */
export function crossValidateHere(options: FoldOptions): CrossValidate {
  return async (set, candidates) => {
    const byFold = Array.from({ length: options.folds }, (_, fold) =>
      evaluateFold(set, candidates, options, fold),
    );
    return summarizeFolds(candidates, byFold, set.dim);
  };
}
