import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isCaptionFile, jsonColumns, tarPair } from '../../src/dataset/tar-pairs.ts';
import { type TarSample, tarSamples } from '../../src/dataset/tar-samples.ts';
import type { TarMember } from '../../src/dataset/tar-members.ts';
import { readText } from '../files/file-access.ts';
import {
  type DatasetListing,
  type DatasetRow,
  type ImageSource,
  type NamedColumns,
  createListing,
  isSkipped,
} from './pair-source.ts';
import { readParquetRows } from './parquet-rows.ts';
import type { TarBytes } from './tar-bytes.ts';
import { indexTar, readTarMember } from './tar-index.ts';

/** The names of archives that are read; whether one is gzipped shows in its bytes. */
export const TAR_FILE = /\.(tar|tar\.gz|tgz)$/i;

interface Failure {
  readonly where: string;
  readonly reason: string;
  readonly image?: string;
  readonly caption?: string;
}

/**
 * Pairs of tar shards as img2dataset and webdataset write them, by shard name and then in the order of the archive:
 * KEY.jpg (or another picture) with its caption in KEY.txt or under "caption" in KEY.json. A sample that cannot be read
 * whole (a caption that is not UTF-8, a part that is missing) is skipped by its key. What img2dataset could not download
 * comes after its shard, skipped, from the .parquet (or else the _stats.json) beside it.
 * @param columns where a column of kinds is named, pairs carry what their KEY.json says as columns
 * @throws UserError when a tar cannot be read or the table beside it is damaged
 */
export async function readTarShards(
  paths: readonly string[],
  columns: Pick<NamedColumns, 'kind'> = {},
): Promise<DatasetListing> {
  const rows: DatasetRow[] = [];
  for (const path of [...paths].sort()) {
    const { bytes, members } = await indexTar(path, isCaptionFile);
    for (const sample of tarSamples(members)) {
      const pair = tarPair(basename(path), sample);
      if (pair === null) continue;
      const row: DatasetRow =
        'reason' in pair
          ? pair
          : { ...pair, imageName: pair.image.name, image: tarImage(path, bytes, pair.image, sample) };
      rows.push(
        columns.kind === undefined || isSkipped(row) ? row : { ...row, columns: jsonColumns(sample) },
      );
    }
    for (const failure of await readFailures(path)) rows.push(failure);
  }
  return createListing(rows);
}

/** Members of one name are different pictures, so that the sample names the picture. */
function tarImage(path: string, bytes: TarBytes, member: TarMember, { key, label }: TarSample): ImageSource {
  const name = join(path, `${label}${member.name.slice(key.length)}`);
  return { name, read: () => readTarMember(bytes, member) };
}

/** What img2dataset lists as not downloaded or not decodable. */
async function readFailures(tarPath: string): Promise<Failure[]> {
  const stem = basename(tarPath).replace(TAR_FILE, '');
  const table = join(dirname(tarPath), `${stem}.parquet`);
  if (existsSync(table)) {
    const rows = await readParquetRows(table, ['key', 'url', 'caption', 'status', 'error_message']);
    return rows
      .filter(({ cells }) => typeof cells.status === 'string' && cells.status !== 'success')
      .map(({ line, cells }) => ({
        where: `${basename(table)} row ${line}`,
        reason: [cells.status, cells.error_message]
          .filter((part) => part !== null && part !== undefined)
          .join(': '),
        ...(typeof cells.url === 'string' ? { image: cells.url } : {}),
        ...(typeof cells.caption === 'string' ? { caption: cells.caption } : {}),
      }));
  }
  const stats = join(dirname(tarPath), `${stem}_stats.json`);
  return existsSync(stats) ? failuresOfStats(await readText(stats), basename(stats)) : [];
}

/** The counts only: the file names no picture. */
function failuresOfStats(text: string, name: string): Failure[] {
  const counts = /"(failed_to_download|failed_to_resize)"\s*:\s*(\d+)/g;
  return [...text.matchAll(counts)].flatMap(([, reason, count]) =>
    Array.from({ length: Number(count) }, () => ({ where: name, reason })),
  );
}
