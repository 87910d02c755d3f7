import { parquetWriteBuffer } from 'hyparquet-writer';
import { sampleKey } from '../core/pairs/grouped-sample.ts';
import { encodeNpy } from '../format/npy.ts';
import { deleteObjects, exists, readJson, requireBytes, writeJson } from './bucket.ts';
import { decodePart } from './embedding-part.ts';
import { MAX_TOLD, type SkippedPair } from './input-index.ts';
import { dataKeys, runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';
import type { Task } from './tasks.ts';

/** What a shard holds, as shard.json and the run's marker say. */
export interface ShardSummary {
  readonly version: 1;
  readonly hash: string;
  readonly pairs: number;
  readonly skipped: readonly SkippedPair[];
  readonly skippedCount: number;
}

/**
 * Joins the parts of a shard to two matrices and a table, laid out as clip-retrieval has them, and marks it as done for the run. The
 * parts go once the shard is whole.
 * @throws Error when a part is missing
 */
export async function assembleShard(
  runs: R2Bucket,
  { encoder: { dim } }: Pick<RunDescription, 'encoder'>,
  task: Extract<Task, { kind: 'assemble' }>,
): Promise<void> {
  const { hash, parts } = task;
  if (!(await exists(runs, dataKeys.shard(hash)))) {
    await writeJson(runs, dataKeys.shard(hash), await writeShard(runs, hash, parts, dim));
  }
  await markShard(runs, task);
}

/**
 * Marks a shard that is whole as done for the run: by an earlier delivery, or by another run over the same data. Nothing is asked for
 * again, however often its messages come.
 * @returns false when it is not whole
 */
export async function markShard(
  runs: R2Bucket,
  { run, shard, hash, parts }: Pick<Extract<Task, { kind: 'assemble' }>, 'run' | 'shard' | 'hash' | 'parts'>,
): Promise<boolean> {
  const summary = await readJson<ShardSummary>(runs, dataKeys.shard(hash));
  if (summary === null) return false;
  const marker = runKeys.shard(run, shard);
  if (!(await exists(runs, marker))) {
    const { pairs, skippedCount } = summary;
    await writeJson(runs, marker, summary, { hash, pairs: String(pairs), skipped: String(skippedCount) });
  }
  await deleteObjects(
    runs,
    Array.from({ length: parts }, (_, part) => dataKeys.part(hash, part)),
  );
  return true;
}

async function writeShard(runs: R2Bucket, hash: string, parts: number, dim: number): Promise<ShardSummary> {
  const read = [];
  for (let part = 0; part < parts; part++) {
    read.push(decodePart(await requireBytes(runs, dataKeys.part(hash, part)), dim));
  }
  const rows = read.flatMap((part) => part.rows);
  const skipped = read.flatMap((part) => part.skipped);
  const keys = Float64Array.from(rows, ({ image: name }) =>
    sampleKey(new Float32Array(), { group: null, name }),
  );
  const matrix = (matrices: readonly Float32Array[]): Uint8Array =>
    encodeNpy(joined(matrices, rows.length * dim), [rows.length, dim]);
  if (rows.length > 0) {
    await runs.put(dataKeys.images(hash), matrix(read.map(({ images }) => images)));
    await runs.put(dataKeys.texts(hash), matrix(read.map(({ texts }) => texts)));
    await runs.put(dataKeys.keys(hash), keys);
    await runs.put(
      dataKeys.metadata(hash),
      parquetWriteBuffer({
        columnData: [
          { name: 'image_path', data: rows.map(({ image }) => image), type: 'STRING' },
          { name: 'caption', data: rows.map(({ caption }) => caption), type: 'STRING' },
        ],
      }),
    );
  }
  return {
    version: 1,
    hash,
    pairs: rows.length,
    skipped: skipped.slice(0, MAX_TOLD),
    skippedCount: skipped.length,
  };
}

function joined(matrices: readonly Float32Array[], length: number): Float32Array {
  const all = new Float32Array(length);
  let filled = 0;
  for (const matrix of matrices) {
    all.set(matrix, filled);
    filled += matrix.length;
  }
  return all;
}
