import { crossValidateHere } from '../precompute/cross-validate-here.ts';
import type { MadeRecord } from '../precompute/make-record.ts';
import { makeRecordFromShards } from '../precompute/make-record-from-shards.ts';
import { decodeStatistics } from '../format/shard-statistics.ts';
import { requireBytes } from './bucket.ts';
import { runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';
import { recordOptions } from './run-request.ts';
import { type DoneShard, readSample } from './sample-shards.ts';

/** A run's record and how many pairs it was judged on: by the code, and to the bytes, of `precompute` over the same shards. */
export async function makeRunRecord(
  runs: R2Bucket,
  { id, encoder, request }: RunDescription,
  shards: readonly DoneShard[],
  bound: number,
): Promise<{ readonly made: MadeRecord; readonly sampled: number; readonly total: number }> {
  const options = recordOptions(request);
  const sample = await readSample(runs, id, shards, bound, encoder.dim);
  const made = await makeRecordFromShards(
    {
      encoder: { id: encoder.id, fingerprint: encoder.fingerprint },
      sample,
      statistics: async () => decodeStatistics(await requireBytes(runs, runKeys.merged(id, shards.length))),
    },
    options,
    crossValidateHere(options),
  );
  return { made, sampled: sample.pairs.groups.length, total: sample.total };
}
