import { parse } from 'csv-parse/browser/esm/sync';
import { type TarMember, tarMembers, utf8 } from '../dataset/tar-members.ts';
import { isCaptionFile, tarPair } from '../dataset/tar-pairs.ts';
import { tarSamples } from '../dataset/tar-samples.ts';
import { dataKeys, runKeys } from './keys.ts';
import { exists, listObjects, openListed, readJson, requireJson, writeJson } from './bucket.ts';
import { hashBytes, hashText } from './hash.ts';
import {
  type IndexedMetadata,
  type IndexedPair,
  type InputIndex,
  MAX_TOLD,
  type RunInput,
  type SkippedPair,
} from './input-index.ts';
import type { RunDescription } from './run-description.ts';

/** A table is read whole: of a line of 100 bytes these are 300,000 pairs. Larger datasets come as tars. */
const MAX_LISTING_BYTES = 32 * 1024 * 1024;
const IMAGE_NAMES = ['image', 'image_path', 'file_name', 'filepath'];
const CAPTION_NAMES = ['caption', 'text', 'title'];
/** On one machine it marks rows as mismatches (docs/datasets.md); a run takes every row for a match. */
const LABEL_NAME = 'label';
const GZIP_MAGIC = [0x1f, 0x8b];

interface Buckets {
  readonly DATASETS: R2Bucket;
  readonly RUNS: R2Bucket;
}

/**
 * Says what an input of a run holds, in pages of one part each. A tar that was indexed before, by any run, is not read again.
 * @throws Error when the input has changed or gone since it was listed, or cannot be read as what it is
 */
export async function indexInput(env: Buckets, run: RunDescription, number: number): Promise<void> {
  const marker = runKeys.indexed(run.id, number);
  if (await exists(env.RUNS, marker)) return;
  const input = await inputOf(env.RUNS, run.id, number);
  const { pairsPerPart } = run.request;
  // 1 took tars that were cut off between members.
  const key = dataKeys.index(await hashText(JSON.stringify(['index 2', pairsPerPart, input])));
  const known = input.kind === 'tar' ? await readJson<InputIndex>(env.RUNS, key) : null;
  const index = known ?? (await writePages(env.RUNS, rowsOf(env.DATASETS, input, run), pairsPerPart));
  if (known === null && input.kind === 'tar') await writeJson(env.RUNS, key, index);
  const metadata: IndexedMetadata = { kind: input.kind, skipped: String(index.skippedCount) };
  await writeJson(env.RUNS, marker, index, { ...metadata });
}

/** Inputs to a page of the run's list. */
export const INPUTS_A_PAGE = 1_000;

async function inputOf(runs: R2Bucket, id: string, number: number): Promise<RunInput> {
  const page = await requireJson<RunInput[]>(runs, runKeys.inputs(id, Math.floor(number / INPUTS_A_PAGE)));
  return page[number % INPUTS_A_PAGE];
}

type IndexedRow = IndexedPair | SkippedPair;

async function writePages(
  runs: R2Bucket,
  rows: AsyncIterable<IndexedRow>,
  pairsPerPart: number,
): Promise<InputIndex> {
  const pages: { hash: string; count: number }[] = [];
  const skipped: SkippedPair[] = [];
  let skippedCount = 0;
  let pairs: IndexedPair[] = [];
  const flush = async (): Promise<void> => {
    const bytes = new TextEncoder().encode(JSON.stringify({ version: 1, pairs }));
    const hash = await hashBytes(bytes);
    await runs.put(dataKeys.page(hash), bytes);
    pages.push({ hash, count: pairs.length });
    pairs = [];
  };
  for await (const row of rows) {
    if ('reason' in row) {
      if (skippedCount++ < MAX_TOLD) skipped.push(row);
      continue;
    }
    pairs.push(row);
    if (pairs.length === pairsPerPart) await flush();
  }
  if (pairs.length > 0) await flush();
  return { version: 1, pages, skipped, skippedCount };
}

function rowsOf(datasets: R2Bucket, input: RunInput, run: RunDescription): AsyncIterable<IndexedRow> {
  return input.kind === 'tar' ? tarRows(datasets, input) : listingRows(datasets, input, run);
}

async function* tarRows(datasets: R2Bucket, { key, etag }: RunInput): AsyncGenerator<IndexedRow> {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const object = await openListed(datasets, { key, etag });
  const members: TarMember[] = [];
  try {
    for await (const member of tarMembers(notGzipped(object.body), isCaptionFile)) members.push(member);
  } catch (cause) {
    // The batch that fails has the number of the input only.
    throw new Error(
      `${key} cannot be read as a tar: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
  for (const sample of tarSamples(members)) {
    const pair = tarPair(name, sample);
    if (pair === null) continue;
    if ('reason' in pair) {
      yield { where: pair.where, reason: pair.reason };
      continue;
    }
    const { where, image, caption } = pair;
    const { offset, size } = image;
    yield {
      where,
      image: `${key}/${sample.label}${image.name.slice(sample.key.length)}`,
      caption,
      place: { key, etag, offset, size },
    };
  }
}

/** What is read of the body of an object, whichever library declares it. */
interface ByteStream {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
}

/** @throws Error when the first bytes are gzip's: it has no ranges, by which pictures are read */
async function* notGzipped(stream: ByteStream): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isFirst = true;
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done || chunk === undefined) return;
    if (isFirst && GZIP_MAGIC.every((byte, i) => chunk[i] === byte)) {
      throw new Error('it is gzipped: unpack it to a plain .tar, whose pictures can be read by range');
    }
    isFirst = false;
    yield chunk;
  }
}

async function* listingRows(
  datasets: R2Bucket,
  { key, etag, size }: RunInput,
  run: RunDescription,
): AsyncGenerator<IndexedRow> {
  if (size > MAX_LISTING_BYTES) {
    throw new Error(
      `the listing has ${size} bytes, at most ${MAX_LISTING_BYTES} are read: bring the dataset as tars`,
    );
  }
  const text = utf8(new Uint8Array(await (await openListed(datasets, { key, etag })).arrayBuffer()));
  if (text === null) throw new Error(`${key} is not UTF-8 text: convert it, such as by iconv -t UTF-8`);
  const name = key.slice(key.lastIndexOf('/') + 1);
  const folder = key.slice(0, key.length - name.length);
  const rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true }) as string[][];
  const header = (rows[0] ?? []).map((cell) => cell.trim().toLowerCase());
  const columnOf = (names: readonly string[]): number => {
    const found = names.map((known) => header.indexOf(known)).find((column) => column >= 0);
    if (found !== undefined) return found;
    throw new Error(`expected a column ${names.join(' or ')}, found ${header.join(', ') || 'none'}`);
  };
  const [image, caption] = [columnOf(IMAGE_NAMES), columnOf(CAPTION_NAMES)];
  if (header.includes(LABEL_NAME)) {
    throw new Error(
      `${key} has a column ${LABEL_NAME}, which a run does not read: leave its mismatches out, or rename it where it means something else`,
    );
  }
  const named = new Set(rows.slice(1).map((cells) => folder + (cells[image] ?? '').trim()));
  const places = new Map<string, Pick<R2Object, 'etag' | 'size'>>();
  for await (const object of listObjects(datasets, run.prefix)) {
    // What R2 tells of an object takes half a kilobyte, and there may be more of them than are named.
    if (named.has(object.key)) places.set(object.key, { etag: object.etag, size: object.size });
  }
  for (const [i, cells] of rows.slice(1).entries()) {
    const where = `${name} row ${i + 1}`;
    const picture = (cells[image] ?? '').trim();
    const words = (cells[caption] ?? '').trim();
    const place = places.get(`${folder}${picture}`);
    if (picture === '') yield { where, reason: 'no picture named' };
    else if (words === '') yield { where, reason: `no caption for ${picture}` };
    else if (place === undefined) yield { where, reason: `${picture} is not in the bucket` };
    else {
      const object = `${folder}${picture}`;
      const { etag: of, size: bytes } = place;
      yield {
        where,
        image: object,
        caption: words,
        place: { key: object, etag: of, offset: 0, size: bytes },
      };
    }
  }
}
