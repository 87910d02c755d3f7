import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StartProgress } from '../cli/progress.ts';
import { makeWritableFolder } from '../kv/writable-folder.ts';
import { type PipelineClient, SHARD_FILES } from './pipeline-client.ts';

const PLACES = {
  'image.npy': (number: string) => `img_emb/img_emb_${number}.npy`,
  'text.npy': (number: string) => `text_emb/text_emb_${number}.npy`,
  'metadata.parquet': (number: string) => `metadata/metadata_${number}.parquet`,
} as const;

/** The shards of a run as a folder that `precompute` reads. Those without a pair are left out. @returns how many, and of how many pairs */
export async function downloadShards(
  client: PipelineClient,
  run: string,
  out: string,
  startProgress: StartProgress,
): Promise<{ readonly shards: number; readonly pairs: number }> {
  const shards = (await client.shards(run)).filter(({ pairs }) => pairs > 0);
  for (const folder of ['img_emb', 'text_emb', 'metadata'])
    await makeWritableFolder(join(out, folder), 'the folder', 'Choose another by --out.');
  const progress = startProgress('shards', shards.length);
  try {
    for (const { number } of shards) {
      for (const file of SHARD_FILES) {
        const bytes = await client.shardFile(run, number, file);
        await writeFile(join(out, PLACES[file](String(number).padStart(6, '0'))), bytes);
      }
      progress.add(1);
    }
  } finally {
    progress.stop();
  }
  return { shards: shards.length, pairs: shards.reduce((sum, { pairs }) => sum + pairs, 0) };
}
