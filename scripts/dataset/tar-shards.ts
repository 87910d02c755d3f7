import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { shorten } from '../../src/errors.ts';
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
import { parseJson } from './parse-json.ts';
import { isPicture } from './picture-names.ts';
import type { TarBytes } from './tar-bytes.ts';
import { type TarMember, indexTar, readTarMember } from './tar-index.ts';
import { type TarSample, tarSamples } from './tar-samples.ts';

/** The names of archives that are read; whether one is gzipped shows in its bytes. */
export const TAR_FILE = /\.(tar|tar\.gz|tgz)$/i;

const captionSchema = v.object({ caption: v.string() });

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
    const { bytes, members } = await indexTar(path, (name) => /\.(txt|json)$/i.test(name));
    for (const sample of tarSamples(members)) {
      const row = rowOf(path, bytes, sample);
      if (row === null) continue;
      rows.push(
        columns.kind === undefined || isSkipped(row) ? row : { ...row, columns: jsonColumns(sample) },
      );
    }
    for (const failure of await readFailures(path)) rows.push(failure);
  }
  return createListing(rows);
}

/** Null for what is neither picture nor caption: an archive may hold other files. */
function rowOf(path: string, bytes: TarBytes, sample: TarSample): DatasetRow | null {
  const { members, label, repeatedSuffix } = sample;
  const endings = [...members.keys()];
  if (!endings.some((suffix) => isCaption(suffix) || isPicture(`${sample.key}.${suffix}`))) return null;
  const where = `${basename(path)} ${label}`;
  if (repeatedSuffix !== null) {
    return { where, reason: `two neighbours have the name ${shorten(`${sample.key}.${repeatedSuffix}`)}` };
  }
  if ([...members.values()].some(({ isNameText }) => !isNameText)) {
    return { where, reason: 'the key is not UTF-8 text' };
  }
  const caption = captionOf(sample);
  // "a.seg.png" is a mask beside the picture "a.jpg".
  const found = endings.find((suffix) => !suffix.includes('.') && isPicture(`${sample.key}.${suffix}`));
  const image = found === undefined ? undefined : members.get(found);
  const parts = {
    where,
    ...(image === undefined ? {} : { image: image.name }),
    ...('caption' in caption ? caption : {}),
  };
  if (image === undefined) return { ...parts, reason: `no picture of this key${scattered(sample)}` };
  if ('problem' in caption) return { ...parts, reason: caption.problem };
  if (caption.caption === '') return { ...parts, reason: 'the caption is empty' };
  return {
    image: tarImage(path, bytes, image, sample),
    imageName: image.name,
    caption: caption.caption,
    where,
  };
}

/** What KEY.json says besides the caption; nothing where there is none that can be read. */
function jsonColumns({ members }: TarSample): Readonly<Record<string, unknown>> {
  const content = members.get('json')?.content ?? null;
  const value = content !== null && isUtf8(content) ? jsonOf(new TextDecoder().decode(content)) : null;
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), value);
  return parsed.success ? parsed.output : {};
}

/** Why a sample may lack a part: its members are elsewhere, or have a second dot in their names. */
function scattered({ key, ofThisKey, members }: TarSample): string {
  if (ofThisKey > 1) {
    return ` beside it; the archive has ${key} ${ofThisKey} times, with other keys between: sort it by name`;
  }
  const dotted = [...members.keys()].filter((suffix) => suffix.includes('.'));
  return dotted.length === 0 ? '' : `, which ends at the first dot: ${key}.${dotted[0]}`;
}

function isCaption(suffix: string): boolean {
  return suffix === 'txt' || suffix === 'json';
}

function captionOf(sample: TarSample): { readonly caption: string } | { readonly problem: string } {
  const { key, members } = sample;
  const text = members.get('txt');
  const json = members.get('json');
  const read = text ?? json;
  if (read === undefined) {
    return { problem: `no ${key}.txt and no caption in ${key}.json${scattered(sample)}` };
  }
  if (read.content === null) return { problem: `${read.name} is too long for a caption: ${read.size} bytes` };
  if (!isUtf8(read.content)) return { problem: `${read.name} is not UTF-8 text` };
  const content = new TextDecoder().decode(read.content);
  if (read === text) return { caption: content.trim() };
  const value = jsonOf(content);
  if (value === undefined) return { problem: `${read.name} is not JSON` };
  const parsed = v.safeParse(captionSchema, value);
  if (parsed.success) return { caption: parsed.output.caption.trim() };
  return { problem: `no ${key}.txt and no caption in ${key}.json` };
}

/** Python's NaN included; undefined when it is none. */
function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
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
