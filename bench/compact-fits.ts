import { fitProjections } from '../src/core/evaluation/fold-evaluation.ts';
import type { UncalibratedModel } from '../src/core/scoring/selection-model.ts';
import { buildModel } from '../src/core/fitting/model-builder.ts';
import { parseStrategy } from '../src/core/selection/strategy-names.ts';
import { prepareTraining } from '../src/core/selection/training.ts';
import type { SearchCorpus } from './search-corpus.ts';

const STRATEGIES = ['cross-covariance', 'pca', 'mutual-information', 'random'];

/** A strategy fitted as precompute fits it; the plain fusion, as a published map or mask has it. */
export interface Fit {
  readonly name: string;
  readonly modelOf: (k: number) => UncalibratedModel;
}

/**
 * Every strategy on the fitting half, with the mean of each modality taken out (precompute's default) and left in; random
 * coordinates only as the yardstick of the former.
 */
export function fitAll({ set, fitOn, dim }: SearchCorpus, seed: number): Fit[] {
  return [true, false].flatMap((centred) => {
    const training = prepareTraining(set, fitOn, { centred, seed });
    return STRATEGIES.filter((strategy) => centred || strategy !== 'random').map((strategy) => {
      const { projectTo } = fitProjections(parseStrategy(strategy), training, { seed, k: dim });
      return {
        name: centred ? strategy : `${strategy} uncentred`,
        modelOf: (k) => buildModel(training, projectTo(k), 'identity', seed),
      };
    });
  });
}
