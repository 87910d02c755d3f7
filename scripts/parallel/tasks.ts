import type { Candidate } from '../../src/core/evaluation/candidates.ts';
import type { FoldOptions, Run } from '../../src/core/evaluation/fold-evaluation.ts';
import { evaluateFold } from '../../src/core/evaluation/fold-evaluation.ts';
import type { PairSet } from '../../src/core/pairs/pair-set.ts';
import type { MutualInformationOptions } from '../../src/core/selection/information/mutual-information.ts';
import { mutualInformation } from '../../src/core/selection/information/mutual-information.ts';
import type { ForestRange, RandomForestOptions } from '../../src/core/selection/forest/random-forest.ts';
import { treeImportances } from '../../src/core/selection/forest/random-forest.ts';
import type { Floats } from '../../src/core/vector.ts';

/**
 * What threads compute: pure functions of one argument that can be copied between threads. This file is what a thread of
 * the pool loads; each export is a task by its name.
 */

export interface FoldTask {
  readonly set: PairSet;
  readonly candidates: readonly Candidate[];
  readonly options: FoldOptions;
  readonly fold: number;
}

export function fold({ set, candidates, options, fold: number }: FoldTask): Run[][] {
  return evaluateFold(set, candidates, options, number);
}

interface MatrixTask<Options> {
  readonly features: Floats;
  readonly labels: ArrayLike<number>;
  readonly options: Options;
}

export function informationOfColumns({
  features,
  labels,
  options,
}: MatrixTask<MutualInformationOptions>): Float64Array {
  return mutualInformation(features, labels, options);
}

export function trees({
  features,
  labels,
  options,
  range,
}: MatrixTask<RandomForestOptions> & { readonly range: ForestRange }): Float64Array {
  return treeImportances(features, labels, options, range);
}
