import type { Candidate } from '../../src/core/evaluation/candidates.ts';
import type { Evaluation } from '../../src/core/evaluation/cross-validation.ts';
import { summarizeFolds } from '../../src/core/evaluation/cross-validation.ts';
import type { FoldOptions } from '../../src/core/evaluation/fold-evaluation.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';
import { parseStrategy } from '../../src/core/selection/strategy-names.ts';
import { UserError } from '../cli/user-error.ts';
import type { StartProgress } from '../cli/progress.ts';
import type { Pool } from './pool.ts';
import { shared } from './pool.ts';

/**
 * Evaluate candidates over the same folds by group, the folds shared over the threads, with progress on the way. Per fold
 * everything (means, mask or map, weights) comes from the other folds; the same figures to the bit on any number of threads.
 * @returns one evaluation a candidate, in order
 * @throws UserError where a prefilter leaves too few coordinates; RangeError as `evaluateFold`
 */
export async function crossValidateFolds(
  set: PairSet,
  candidates: readonly Candidate[],
  { folds, seed, mismatches, bootstrap = 0 }: FoldOptions,
  { pool, startProgress }: { readonly pool: Pool; readonly startProgress: StartProgress },
): Promise<Evaluation[]> {
  const progress = startProgress('folds', folds);
  const options = { folds, seed, bootstrap, ...(mismatches === undefined ? {} : { mismatches }) };
  const sharedSet = pool.threads === 1 ? set : shareSet(set);
  const inputs = Array.from({ length: folds }, (_, fold) => ({ set: sharedSet, candidates, options, fold }));
  try {
    const byFold = await pool.runAll('fold', inputs, () => {
      progress.add(1);
    });
    return summarizeFolds(candidates, byFold, set.dim);
  } catch (cause) {
    const isFiltered = candidates.some(({ strategy }) => parseStrategy(strategy).prefilters.length > 0);
    if (!isFiltered || !(cause instanceof RangeError) || !/leaves/.test(cause.message)) throw cause;
    throw new UserError(`${cause.message}: loosen the prefilter or keep fewer`, { cause });
  } finally {
    progress.stop();
  }
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
