import { existsSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { isPicture } from './caption-files.ts';
import { readText } from './file-access.ts';
import { type DatasetListing, type DatasetRow, type ImageSource, createListing } from './pair-source.ts';
import { readParquetRows } from './parquet-rows.ts';
import { type TarMember, indexTar, readTarMember } from './tar-index.ts';

/** The members of one key. */
interface Sample {
  image: TarMember | null;
  text: TarMember | null;
  json: TarMember | null;
}

interface Failure {
  readonly where: string;
  readonly reason: string;
  readonly image?: string;
  readonly caption?: string;
}

/**
 * Pairs of tar shards as img2dataset and webdataset write them, by shard name and then in the order of the archive:
 * KEY.jpg (or another picture) with its caption in KEY.txt or under "caption" in KEY.json. What img2dataset could not
 * download comes after its shard, skipped, from the .parquet (or else the _stats.json) beside it.
 * @throws UserError when a tar cannot be read or the table beside it is damaged
 */
export async function readTarShards(paths: readonly string[]): Promise<DatasetListing> {
  const rows: DatasetRow[] = [];
  for (const path of [...paths].sort()) {
    const members = await indexTar(path, (name) => /\.(txt|json)$/i.test(name));
    for (const [key, sample] of samplesOf(members)) rows.push(rowOf(path, key, sample));
    for (const failure of await readFailures(path)) rows.push(failure);
  }
  return createListing(rows);
}

/** Members by key: the path up to the first dot of the file name, as webdataset reads it. */
function samplesOf(members: readonly TarMember[]): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const member of members) {
    const file = posix.basename(member.name);
    const dot = file.indexOf('.', 1);
    if (dot < 0) continue;
    const key = member.name.slice(0, member.name.length - file.length + dot);
    const sample = samples.get(key) ?? { image: null, text: null, json: null };
    const extension = file.slice(dot).toLowerCase();
    if (extension === '.txt') sample.text = member;
    else if (extension === '.json') sample.json = member;
    else if (isPicture(file)) sample.image ??= member;
    else continue;
    samples.set(key, sample);
  }
  return samples;
}

function rowOf(path: string, key: string, { image, text, json }: Sample): DatasetRow {
  const where = `${basename(path)} ${key}`;
  const caption = captionOf(text, json);
  if (image === null) return { where, reason: 'no picture of this key', caption: caption ?? '' };
  if (caption === null)
    return { where, reason: `no ${key}.txt and no caption in ${key}.json`, image: image.name };
  if (caption === '') return { where, reason: 'the caption is empty', image: image.name };
  return { image: tarImage(path, image), imageName: image.name, caption, where };
}

/** Null when there is none to read. */
function captionOf(text: TarMember | null, json: TarMember | null): string | null {
  const decoder = new TextDecoder();
  if (text?.content) return decoder.decode(text.content).trim();
  if (!json?.content) return null;
  try {
    const value: unknown = JSON.parse(decoder.decode(json.content));
    if (typeof value !== 'object' || value === null || !('caption' in value)) return null;
    return typeof value.caption === 'string' ? value.caption.trim() : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function tarImage(path: string, member: TarMember): ImageSource {
  return { name: join(path, member.name), read: () => readTarMember(path, member) };
}

/** What img2dataset lists as not downloaded or not decodable. */
async function readFailures(tarPath: string): Promise<Failure[]> {
  const stem = basename(tarPath).replace(/\.tar$/i, '');
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
