import type { CrossValidate } from '../core/evaluation/choose-strategy.ts';
import { type ShardPlan, type Wants, planShards } from '../core/selection/shard-plan.ts';
import type { ShardStatistics } from '../core/selection/shard-statistics.ts';
import { prepareTraining } from '../core/selection/training.ts';
import { fitStatistics, wantsOf } from './fit-statistics.ts';
import { type MadeRecord, type RecordEncoder, finishRecord, judgePairs, makeRecord } from './make-record.ts';
import type { RecordOptions, RecordPairs } from './options.ts';

/** A grouped sample of the pairs of some shards. */
export interface SampledPairs {
  readonly pairs: RecordPairs;
  /** `sampleKey` of each. */
  readonly keys: Float64Array;
  /** Matches of all shards, sampled or not. */
  readonly total: number;
  /** Whether the sample is all there is. */
  readonly isWhole: boolean;
}

/** The pairs a sample takes unless told otherwise: at 512 coordinates 41 MB of embeddings, which leaves an isolate of 128 MB room to work. */
export const DEFAULT_SAMPLE_PAIRS = 10_000;

/**
 * `makeRecord` from shards that nobody holds at once: strategy, fusion, calibration, domain and the answer whether anything matches come from a
 * grouped sample; the strategy, if it adds up over shards, is then fitted on the statistics of all of them. The same bytes for the same sample
 * and statistics, on one machine and on the platform. Of a sample that is all there is, what `makeRecord` gives.
 * @param source.statistics asked for once at most, after the choice: the statistics of all shards under the plan, merged in their order. They may
 *   hold more than the plan wants, as those of `planSample` with wants of both do
 * @throws RangeError as `makeRecord`, and for statistics of another plan
 */
export async function makeRecordFromShards(
  source: {
    readonly encoder: RecordEncoder;
    readonly sample: SampledPairs;
    readonly statistics: (plan: ShardPlan) => Promise<ShardStatistics>;
  },
  options: RecordOptions,
  crossValidate: CrossValidate,
): Promise<MadeRecord> {
  const { encoder, sample } = source;
  const { pairs } = sample;
  if (sample.isWhole) return makeRecord({ encoder, pairs }, options, crossValidate);
  const judged = await judgePairs(pairs, options, crossValidate);
  const { candidate, row } = judged.choice.chosen;
  const wants = options.bootstrap > 0 ? null : wantsOf(candidate.strategy);
  if (wants === null) {
    return finishRecord({ encoder, pairs }, judged, options, { pairs: sample.total, fit: null });
  }
  const plan = planSample(sample, options, wants);
  const statistics = await source.statistics(plan);
  if (statistics.planId !== plan.id) {
    throw new RangeError(`expected statistics of plan ${plan.id}, got ones of plan ${statistics.planId}`);
  }
  const training = prepareTraining(pairs, Uint32Array.from(pairs.groups.keys()), {
    centred: candidate.centred,
    seed: options.seed,
    mismatches: options.mismatches,
  });
  const fit = fitStatistics(candidate.strategy, statistics, training, row.k);
  return finishRecord({ encoder, pairs }, judged, options, { pairs: sample.total, fit });
}

/**
 * What shards are to be summed under, known once the sample is. @param wants both where statistics come before the choice
 * @throws RangeError for a share of hard mismatches where features are wanted: those need all captions at once
 */
export function planSample(
  { pairs, keys }: SampledPairs,
  { centred, seed, mismatches }: Pick<RecordOptions, 'centred' | 'seed' | 'mismatches'>,
  wants: Wants,
): ShardPlan {
  return planShards(pairs, keys, { centred, seed, mismatches, wants });
}
