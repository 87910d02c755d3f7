import { downloadShards } from '../../scripts/pipeline/download-shards.ts';
import type { LocalPipeline } from '../../scripts/pipeline/open-local.ts';
import type { PipelineClient } from '../../scripts/pipeline/pipeline-client.ts';
import type { RunRequest } from '../../src/pipeline/run-request.ts';
import type { RunStatus } from '../../src/pipeline/run-status.ts';
import { readManifest } from '../../src/storage/corpus-kv.ts';
import { ownCpuMs } from '../measure-cpu.ts';
import { hashOfRows, indexShards } from './index-shards.ts';
import { precomputeShards } from './precompute-shards.ts';

type Tell = (line: string) => void;

const quiet = {
  startProgress: () => ({ add: () => undefined, stop: () => undefined }),
  tell: () => undefined,
};

/**
 * Has `precompute` make the record of a run again, of the same shards.
 * @param folder where they are brought to
 * @throws Error when it makes other bytes
 */
export async function holdRecord(
  client: PipelineClient,
  { id, encoder }: RunStatus,
  request: RunRequest,
  folder: string,
  tell: Tell,
): Promise<void> {
  await downloadShards(client, id, folder, quiet.startProgress);
  const before = ownCpuMs();
  const made = await precomputeShards(folder, request, encoder, quiet);
  const cpu = ((ownCpuMs() - before) / 1000).toFixed(0);
  if (!Buffer.from(await client.selection(id)).equals(made.bytes))
    throw new Error(`precompute makes another record of the shards of run ${id}`);
  tell(`precompute makes the same record of the same shards, to the byte, with ${cpu} s of CPU`);
}

/**
 * Has `index` make the corpus of a run again, of the same shards.
 * @param folder where `holdRecord` brought them to
 * @throws Error when it holds other vectors, or lies otherwise although one window took it
 */
export async function holdCorpus(
  { corpora }: LocalPipeline,
  client: PipelineClient,
  { id, result }: RunStatus,
  { plan = 'auto' }: RunRequest,
  folder: string,
  tell: Tell,
): Promise<void> {
  const packed = result?.corpus;
  if (packed === undefined) throw new Error(`run ${id} has packed no corpus`);
  const { corpus } = packed;
  const manifest = await readManifest(corpora, corpus);
  if (manifest === null) throw new Error(`there is no corpus ${corpus}`);
  const rows = await hashOfRows(corpora, manifest);
  const record = await client.selection(id);
  const { before, after, changed } = await indexShards(corpora, folder, record, { corpus, plan }, quiet);
  if ((await hashOfRows(corpora, after)) !== rows)
    throw new Error('index makes a corpus of other vectors, ids or captions');
  const isSame = changed === 0 && JSON.stringify(before.segments) === JSON.stringify(after.segments);
  // Near pictures are put together window by window: of one window as over all.
  if (!isSame && (packed.plan === 'full' || before.segments.length === 1))
    throw new Error(`index makes another corpus: ${changed} of its values are others`);
  tell(
    isSame
      ? 'index makes the same corpus of the same shards, to the byte'
      : `index makes a corpus of the same ids, captions, coding and int8 vectors, in ${after.segments.length} segments, not ${before.segments.length}`,
  );
}
