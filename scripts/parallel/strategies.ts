import type { MutualInformationOptions } from '../../src/core/selection/mutual-information.ts';
import type { RandomForestOptions } from '../../src/core/selection/random-forest.ts';
import { averageTrees } from '../../src/core/selection/random-forest.ts';
import type { Floats } from '../../src/core/vector.ts';
import type { Pool } from './pool.ts';
import { cutRanges, shared } from './pool.ts';

/** `mutualInformation`, the columns shared over the threads; the same numbers to the bit. */
export async function mutualInformationOn(
  pool: Pool,
  features: Floats,
  labels: Int32Array,
  options: MutualInformationOptions,
): Promise<Float64Array> {
  const matrix = { features: shared(features), labels: shared(labels) };
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
  const matrix = { features: shared(features), labels: shared(labels) };
  const parts = await pool.runAll(
    'trees',
    cutRanges(options.trees ?? 100, pool.threads).map((range) => ({ ...matrix, options, range })),
  );
  return averageTrees(joined(parts), options.dim, options.importance ?? 'impurity');
}

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
