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
  options: FoldOptions,
  { pool, startProgress }: { readonly pool: Pool; readonly startProgress: StartProgress },
): Promise<Evaluation[]> {
  const progress = startProgress('folds', options.folds);
  const numbers = pool.threads === 1 ? set : shareSet(set);
  try {
    return await evaluateFolds(() => numbers, candidates, options, { pool, onFold: () => progress.add(1) });
  } catch (cause) {
    const isFiltered = candidates.some(({ strategy }) => parseStrategy(strategy).prefilters.length > 0);
    if (!isFiltered || !(cause instanceof RangeError) || !/leaves/.test(cause.message)) throw cause;
    throw new UserError(`${cause.message}: loosen the prefilter or keep fewer`, { cause });
  } finally {
    progress.stop();
  }
}

/**
 * Candidates over all folds, shared over the threads. Of set and options only what a fold needs goes there: functions, such as those
 * that read a picture, cannot.
 * @param setOf the pairs as a fold sees them
 * @returns one evaluation a candidate, in order
 */
export async function evaluateFolds(
  setOf: (fold: number) => PairSet,
  candidates: readonly Candidate[],
  { folds, seed, mismatches, bootstrap = 0 }: FoldOptions,
  { pool, onFold }: { readonly pool: Pool; readonly onFold: () => void },
): Promise<Evaluation[]> {
  const options = { folds, seed, bootstrap, ...(mismatches === undefined ? {} : { mismatches }) };
  const inputs = Array.from({ length: folds }, (_, fold) => ({
    set: numbersOf(setOf(fold)),
    candidates,
    options,
    fold,
  }));
  const byFold = await pool.runAll('fold', inputs, onFold);
  return summarizeFolds(candidates, byFold, inputs[0].set.dim);
}

function numbersOf({
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
    imageEmbeddings,
    textEmbeddings,
    imageRows,
    textRows,
    groups,
    ...(mismatches === undefined ? {} : { mismatches }),
  };
}

function shareSet(set: PairSet): PairSet {
  const { imageEmbeddings, textEmbeddings, imageRows, textRows, groups } = set;
  return {
    ...set,
    imageEmbeddings: shared(imageEmbeddings),
    textEmbeddings: shared(textEmbeddings),
    imageRows: shared(imageRows),
    textRows: shared(textRows),
    groups: shared(groups),
  };
}
