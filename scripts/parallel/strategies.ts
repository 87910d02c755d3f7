import type { MutualInformationOptions } from '../../src/core/selection/information/mutual-information.ts';
import type { RandomForestOptions } from '../../src/core/selection/forest/random-forest.ts';
import { averageTrees } from '../../src/core/selection/forest/random-forest.ts';
import type { ScoringParams, StrategyScores } from '../../src/core/selection/strategies.ts';
import { forestParams, informationParams, scoreFeatures } from '../../src/core/selection/strategies.ts';
import type { StrategySpec } from '../../src/core/selection/strategy-names.ts';
import type { Floats } from '../../src/core/vector.ts';
import type { LabelledMatrix } from '../selection/labelled-matrix.ts';
import type { Pool } from './pool.ts';
import { cutRanges, shared } from './pool.ts';

/**
 * `scoreFeatures`, with mutual information's columns and the forest's trees shared over the threads; everything else
 * runs in this one. The same scores to the bit.
 * @throws RangeError as `scoreFeatures`
 */
export async function scoreFeaturesOn(
  pool: Pool,
  spec: StrategySpec,
  input: LabelledMatrix,
  params: ScoringParams,
): Promise<StrategyScores> {
  const { features, labels, count, dim } = input;
  const isPlain = spec.prefilters.length === 0 && (params.bootstrap ?? 0) === 0;
  if (isPlain && spec.strategy === 'mutual-information') {
    const used = informationParams(params);
    return {
      scores: await mutualInformationOn(pool, features, labels, { count, dim, ...used }),
      params: used,
    };
  }
  if (isPlain && spec.strategy === 'random-forest') {
    const used = forestParams(params);
    return { scores: await randomForestOn(pool, features, labels, { count, dim, ...used }), params: used };
  }
  return scoreFeatures(spec, input, params);
}

/** `mutualInformation`, the columns shared over the threads; the same numbers to the bit. */
export async function mutualInformationOn(
  pool: Pool,
  features: Floats,
  labels: Int32Array,
  options: MutualInformationOptions,
): Promise<Float64Array> {
  const matrix = onThreads(pool, features, labels);
  const parts = await pool.runAll(
    'informationOfColumns',
    cutRanges(options.dim, pool.threads).map((columns) => ({ ...matrix, options: { ...options, columns } })),
  );
  return joined(parts);
}

/** `randomForest`, the trees shared over the threads; the same forest to the bit. */
export async function randomForestOn(
  pool: Pool,
  features: Floats,
  labels: Int32Array,
  options: RandomForestOptions,
): Promise<Float64Array> {
  const matrix = onThreads(pool, features, labels);
  const parts = await pool.runAll(
    'trees',
    cutRanges(options.trees ?? 100, pool.threads).map((range) => ({ ...matrix, options, range })),
  );
  return averageTrees(joined(parts), options.dim, options.importance ?? 'impurity');
}

/** Where the threads read it; this one alone reads it where it is. */
function onThreads(
  { threads }: Pool,
  features: Floats,
  labels: Int32Array,
): { readonly features: Floats; readonly labels: Int32Array } {
  return threads === 1 ? { features, labels } : { features: shared(features), labels: shared(labels) };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
