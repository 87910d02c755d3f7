import type { Candidate } from '../../src/core/evaluation/candidates.ts';
import type { Evaluation } from '../../src/core/evaluation/cross-validation.ts';
import { summarizeFolds } from '../../src/core/evaluation/cross-validation.ts';
import type { FoldOptions } from '../../src/core/evaluation/fold-evaluation.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';
import type { StartProgress } from '../dataset/progress.ts';
import type { Pool } from '../parallel/pool.ts';
import { shared } from '../parallel/pool.ts';

/** `crossValidate`, the folds shared over the threads, with progress on the way; the same figures to the bit. */
export async function crossValidateFolds(
  set: PairSet,
  candidates: readonly Candidate[],
  { folds, seed, mismatches }: FoldOptions,
  { pool, startProgress }: { readonly pool: Pool; readonly startProgress: StartProgress },
): Promise<Evaluation[]> {
  const progress = startProgress('folds', folds);
  const options = { folds, seed, ...(mismatches === undefined ? {} : { mismatches }) };
  const sharedSet = pool.threads === 1 ? set : shareSet(set);
  const byFold = await pool.runAll(
    'fold',
    Array.from({ length: folds }, (_, fold) => ({ set: sharedSet, candidates, options, fold })),
    () => {
      progress.add(1);
    },
  );
  progress.stop();
  return summarizeFolds(candidates, byFold, set.dim);
}

function shareSet({
  dim,
  imageEmbeddings,
  textEmbeddings,
  imageRows,
  textRows,
  groups,
  mismatches,
}: PairSet): PairSet {
  return {
    dim,
    imageEmbeddings: shared(imageEmbeddings),
    textEmbeddings: shared(textEmbeddings),
    imageRows: shared(imageRows),
    textRows: shared(textRows),
    groups: shared(groups),
    ...(mismatches === undefined ? {} : { mismatches }),
  };
}
