import type { SignalTest } from '../../src/core/evaluation/signal-test.ts';
import type { CoordinateMeanings } from '../../src/format/coordinate-meanings.ts';
import { type MadeRecord } from '../../src/precompute/make-record.ts';
import { makeRecordFromShards } from '../../src/precompute/make-record-from-shards.ts';
import { UserError } from '../cli/user-error.ts';
import type { CommandOutput } from '../cli/output.ts';
import { crossValidateFolds } from '../parallel/cross-validate-folds.ts';
import { withPool } from '../parallel/pool.ts';
import { ENOUGH_GROUPS } from '../report/verdict-rules.ts';
import { checkPrefilters, readStrategy } from '../selection/strategy-names.ts';
import type { DataCheck } from '../report/data-warnings.ts';
import type { RegionsReport } from '../report/report-data.ts';
import { checkData } from './check-data.ts';
import { checkK, checkStorage, checkedFolds, checkedFusions } from './check-request.ts';
import { findMeanings } from './find-meanings.ts';
import { type LoadedPairs, loadPairs } from './load-pairs.ts';
import { checkRegions, judgeRegions, patchesOf } from './judge-regions.ts';
import type { PrecomputeOptions } from './options.ts';
import { readVocabulary } from './read-vocabulary.ts';

/** A selection as it was made, with everything that its report tells. */
export interface MadeSelection extends MadeRecord {
  /** What its coordinates stand for; null where the dataset has no captions. */
  readonly meanings: CoordinateMeanings | null;
  readonly loaded: LoadedPairs;
  /** What picture vectors of regions would give; null where that was not asked. */
  readonly regions: RegionsReport | null;
  /** Whether texts belong to their images beyond chance; null where there are too few groups to tell. */
  readonly signal: SignalTest | null;
  readonly nearDuplicates: Required<DataCheck>['nearDuplicates'];
}

/**
 * Make a selection from image-caption pairs; nothing is written but embeddings to the cache. With `fusion: 'identity'`, a few
 * hundred pairs take about a second once their embeddings are in the cache.
 * @throws UserError for whatever the caller can put right: files, k, folds, an unknown strategy
 */
export async function makeSelection(
  options: Omit<PrecomputeOptions, 'out'>,
  output: CommandOutput,
): Promise<MadeSelection> {
  const { seed, storage } = options;
  // Under `storage` as many coordinates are kept as there is room for.
  const k = storage === undefined ? options.k : 1;
  const strategy = options.strategy === 'auto' ? 'auto' : readStrategyAt(k, options.strategy);
  const strategies = options.strategies.map((name) => readStrategyAt(k, name));
  if (options.regions === true) checkRegions(options.source);
  const chosenWords =
    options.vocabulary === undefined ? null : await readVocabulary(options.vocabulary, options.source);
  const check = (_: unknown, dim: number): void => {
    checkK(k, strategy, dim);
    checkStorage(storage, dim);
  };
  const loaded = await loadPairs(options.source, output, check, { sample: options.sample });
  const { pairs, sampled } = loaded;
  if (sampled !== null && options.mismatches.hardShare > 0) {
    throw new UserError(
      `--hard-negatives needs all captions at once, and of ${sampled.total} pairs ${pairs.groups.length} are sampled: leave it out, or give --sample ${sampled.total}`,
    );
  }
  // Before the long work: what was asked for may be impossible.
  checkedFolds(pairs, options);
  checkedFusions(pairs, options);
  if (pairs.groupCount < ENOUGH_GROUPS) {
    output.tell(
      `note: ${pairs.groups.length} pairs in ${pairs.groupCount} groups are few; the figures below vary by several hundredths. A few hundred pairs tell more.`,
    );
  }
  const { signal, nearDuplicates } = checkData(pairs, seed, output.tell);
  const vocabulary = chosenWords && (await chosenWords.encode(output.startProgress, output.tell));
  const patches =
    options.regions === true ? await patchesOf(pairs, options.source, output.startProgress) : null;
  const outliers = await loaded.loadOutliers?.();
  const { made, regions } = await withPool(options.threads, async (pool) => {
    const work = { pool, startProgress: output.startProgress };
    const record = await makeRecordFromShards(
      {
        encoder: loaded.encoder,
        sample: {
          pairs: { ...pairs, ...(outliers && { outliers }) },
          keys: pairs.sampleKeys,
          total: sampled?.total ?? pairs.groups.length,
          isWhole: sampled === null,
        },
        statistics: (plan) => {
          if (sampled === null) throw new Error('all pairs are here');
          return sampled.statistics(plan);
        },
      },
      { ...options, strategy, strategies },
      (set, candidates) => crossValidateFolds(set, candidates, options, work),
    );
    return {
      made: record,
      regions: patches && (await judgeRegions(pairs, patches, record.choice, options, work)),
    };
  });
  const meanings = findMeanings(made.record.model, pairs, vocabulary);
  return { ...made, meanings, loaded, regions, signal, nearDuplicates };
}

/** @throws UserError for a name that is not a strategy, or whose prefilters leave fewer than k */
function readStrategyAt(k: number, name: string): string {
  const spec = readStrategy(name, 'comparison');
  checkPrefilters(spec, k);
  return spec.name;
}
