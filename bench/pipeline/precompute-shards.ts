import type { CommandOutput } from '../../scripts/cli/output.ts';
import { makeSelection } from '../../scripts/precompute/make-selection.ts';
import { type RunRequest, recordOptions } from '../../src/pipeline/run-request.ts';
import type { RunStatus } from '../../src/pipeline/run-status.ts';

/**
 * Has `precompute` make the record of a run on one machine, of the same shards and by the same choices.
 * @param folder as `downloadShards` wrote it
 */
export function precomputeShards(
  folder: string,
  request: RunRequest,
  encoder: Pick<RunStatus['encoder'], 'id' | 'fingerprint'>,
  output: CommandOutput,
): ReturnType<typeof makeSelection> {
  const { id: encoderId, fingerprint: encoderFingerprint } = encoder;
  const source = { kind: 'shards', path: folder, encoderId, encoderFingerprint } as const;
  return makeSelection({ ...recordOptions(request), sample: request.sample, threads: 1, source }, output);
}
