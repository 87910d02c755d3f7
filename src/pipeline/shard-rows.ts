import { parquetReadObjects } from 'hyparquet';
import type { ShardRow } from '../dataset/collect-pairs.ts';
import { NPY_HEADER_LIMIT, readNpyLayout } from '../format/npy-header.ts';
import { decodeElements } from '../format/npy.ts';
import { requireBytes } from './bucket.ts';
import { dataKeys } from './keys.ts';

/** As on one machine, where statistics are summed block by block. */
export const ROWS_A_READ = 4096;

/** Rows that lie together in a shard, as it stores them. */
export interface ShardBlock {
  readonly rows: readonly ShardRow[];
  /** Row-major, shape [rows.length, dim]. */
  readonly images: Float32Array;
  readonly texts: Float32Array;
}

/** The pairs of a shard in order, a few thousand at a time: of vectors of 512 numbers 16 MB a block. */
export async function* shardBlocks(runs: R2Bucket, hash: string, number: number): AsyncGenerator<ShardBlock> {
  const rows = await readRows(runs, hash, number);
  const images = await openMatrix(runs, dataKeys.images(hash));
  const texts = await openMatrix(runs, dataKeys.texts(hash));
  for (let start = 0; start < rows.length; start += ROWS_A_READ) {
    const end = Math.min(start + ROWS_A_READ, rows.length);
    yield { rows: rows.slice(start, end), images: await images(start, end), texts: await texts(start, end) };
  }
}

/** The same without the texts' vectors, of rows [start, end). `first`: the number of a block's first row. */
export async function* pictureBlocks(
  runs: R2Bucket,
  hash: string,
  number: number,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Omit<ShardBlock, 'texts'> & { readonly first: number }> {
  const rows = await readRows(runs, hash, number);
  const images = await openMatrix(runs, dataKeys.images(hash));
  for (let first = range.start; first < range.end; first += ROWS_A_READ) {
    const end = Math.min(first + ROWS_A_READ, range.end);
    yield { first, rows: rows.slice(first, end), images: await images(first, end) };
  }
}

async function readRows(runs: R2Bucket, hash: string, number: number): Promise<ShardRow[]> {
  const file = (await requireBytes(runs, dataKeys.metadata(hash))).buffer;
  const table = (await parquetReadObjects({ file })) as { image_path: string; caption: string }[];
  return table.map(({ image_path: image, caption }, i): ShardRow => {
    return { image, caption, label: 1, where: `metadata_${number}.parquet row ${i + 1}` };
  });
}

type ReadRows = (start: number, end: number) => Promise<Float32Array>;

/** Rows of a .npy in the bucket, by ranged reads. */
async function openMatrix(runs: R2Bucket, key: string): Promise<ReadRows> {
  const layout = readNpyLayout(await readRange(runs, key, 0, NPY_HEADER_LIMIT));
  const rowBytes = layout.elementBytes * layout.shape[1];
  return async (start, end) => {
    const bytes = await readRange(runs, key, layout.dataOffset + start * rowBytes, (end - start) * rowBytes);
    const elements = decodeElements(layout, bytes);
    return elements instanceof Float32Array ? elements : Float32Array.from(elements);
  };
}

async function readRange(runs: R2Bucket, key: string, offset: number, length: number): Promise<Uint8Array> {
  const object = await runs.get(key, { range: { offset, length } });
  if (object === null) throw new Error(`${key} is not in the bucket of runs`);
  return new Uint8Array(await object.arrayBuffer());
}
