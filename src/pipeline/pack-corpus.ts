import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { defaultRerank } from '../core/search/corpus-plan.ts';
import { type CodingMoments, encodeVectorsInto, fitCoding } from '../core/search/vector-coding.ts';
import { unitProblem } from '../dataset/unit-problem.ts';
import { writeJsonExactly } from '../dataset/parse-json.ts';
import { AppError } from '../errors.ts';
import type { CorpusItem } from '../format/corpus-items.ts';
import {
  type CorpusManifest,
  type CorpusSegment,
  SLOT_BYTES,
  segmentCapacity,
} from '../format/corpus-manifest.ts';
import { codeBitsOf } from '../format/row-forms.ts';
import { type SelectionRecord, decodeSelection, selectionId } from '../format/selection-record.ts';
import { arrangeRows } from '../packing/arrange-rows.ts';
import { chooseCodes, formOf } from '../packing/choose-codes.ts';
import { type CorpusRows, joinRows } from '../packing/corpus-rows.ts';
import { describeCorpus } from '../packing/describe-corpus.ts';
import { isFilterable } from '../packing/field-columns.ts';
import { isolatePlan } from '../packing/isolate-plan.ts';
import { packSegment } from '../packing/pack-segments.ts';
import { writtenCodes, writtenCoding } from '../packing/written-coding.ts';
import { manifestCodes, manifestCoding } from '../search/manifest-coding.ts';
import { readCorpusMemory } from '../search/memory-budget.ts';
import { readManifest } from '../storage/corpus-kv.ts';
import { bytesOfSegment, storeManifest, storeSegment } from '../storage/publish-corpus.ts';
import { requireBytes, requireJson, writeJson } from './bucket.ts';
import { corporaKv } from './corpora-kv.ts';
import { windowParts } from './corpus-windows.ts';
import { SHARDS_A_MERGE, WINDOW_BYTES, windowRows } from './cut.ts';
import { KeySet } from './key-set.ts';
import { dataKeys, runKeys } from './keys.ts';
import type { RunDescription } from './run-description.ts';
import type { PackedCorpus } from './run-status.ts';
import type { DoneShard } from './sample-shards.ts';
import { pictureBlocks } from './shard-rows.ts';

/** More keys of pictures than this are not held at once: they take 32 MiB. */
const MAX_PAIRS = 2 ** 21;
/** Of one item, as `index` has it. A longer caption is left out. */
const MAX_METADATA_LENGTH = 4096;
const CAPTION = 'caption';

type Buckets = Pick<PipelineEnv, 'RUNS' | 'CORPORA'>;

/** What is known of the pictures of the first shards. */
interface FittedPictures {
  readonly count: number;
  readonly sums: readonly number[];
  readonly squares: readonly number[];
  /** Pictures that each of the shards brings. */
  readonly counts: readonly number[];
  /** Whether filters may know all captions so far. */
  readonly isFilterable: boolean;
  readonly hasCaption: boolean;
}

/** A corpus before its segments are. */
interface CorpusOutline {
  readonly description: Omit<CorpusManifest, 'segments' | 'retired' | 'createdAt' | 'updatedAt'>;
  readonly counts: readonly number[];
  readonly rowsASegment: number;
}

/** A segment that is stored, as a step hands it on. */
export interface StoredSegment extends CorpusSegment {
  /** As owners' quotas count them. */
  readonly bytes: number;
}

/** @throws AppError BAD_INPUT when the name is taken: a run makes a corpus, and changes none */
export async function assertNewCorpus(env: Buckets, name: string): Promise<void> {
  if ((await readManifest(corporaKv(env.CORPORA), name)) !== null) throw taken(name);
}

function taken(name: string): AppError {
  return new AppError(
    'BAD_INPUT',
    `corpus: there is a corpus "${name}" already, and a run makes new ones only: give another name, or drop that one first (npm run -s index -- --corpus ${name} --drop)`,
  );
}

/** Before anything is encoded. @throws AppError LIMIT_EXCEEDED when there are more pairs than a corpus is packed of */
export function assertPackable(pairs: number): void {
  if (pairs <= MAX_PAIRS) return;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `corpus: expected at most ${MAX_PAIRS} pairs, which is about what an isolate searches, got ${pairs}: leave the corpus out, or cut the dataset`,
  );
}

/** Keeps which rows of each shard are the first of their picture: the others have its vector once more. @returns how many */
export async function findPictures(
  { RUNS: runs }: Buckets,
  { id }: RunDescription,
  shards: readonly DoneShard[],
): Promise<number> {
  const seen = new KeySet(shards.reduce((sum, { pairs }) => sum + pairs, 0));
  let count = 0;
  for (const { number, hash } of shards) {
    const keys = new Float64Array((await requireBytes(runs, dataKeys.keys(hash))).buffer);
    const rows: number[] = [];
    keys.forEach((key, row) => {
      if (seen.add(key)) rows.push(row);
    });
    count += rows.length;
    await runs.put(runKeys.pictures(id, number), Uint32Array.from(rows));
  }
  return count;
}

/** Fits the coding to the pictures of the shards from `start` on and those before, a step's worth. @returns how many shards are fitted */
export async function fitPictures(
  { RUNS: runs }: Buckets,
  { id, encoder: { dim } }: RunDescription,
  shards: readonly DoneShard[],
  start: number,
): Promise<number> {
  const before =
    start === 0 ? null : await requireJson<FittedPictures>(runs, runKeys.fittedPictures(id, start));
  const fit = fitCoding(dim, before === null ? undefined : momentsOf(before));
  const counts = [...(before?.counts ?? [])];
  let allFilterable = before?.isFilterable ?? true;
  let hasCaption = before?.hasCaption ?? false;
  const end = Math.min(shards.length, start + SHARDS_A_MERGE);
  for (const shard of shards.slice(start, end)) {
    const sound: number[] = [];
    for await (const { row, vector, caption } of picturesOf(runs, id, shard)) {
      if (unitProblem(vector, 'image') !== null) continue;
      fit.add(vector);
      sound.push(row);
      if (metadataOf(caption) === null) continue;
      hasCaption = true;
      allFilterable &&= isFilterable(caption);
    }
    await runs.put(runKeys.pictures(id, shard.number), Uint32Array.from(sound));
    counts.push(sound.length);
  }
  const { count, sums, squares } = fit.moments();
  const fitted: FittedPictures = {
    count,
    sums: [...sums],
    squares: [...squares],
    counts,
    isFilterable: allFilterable,
    hasCaption,
  };
  await writeJson(runs, runKeys.fittedPictures(id, end), fitted);
  return end;
}

function momentsOf({ count, sums, squares }: FittedPictures): CodingMoments {
  return { count, sums: Float64Array.from(sums), squares: Float64Array.from(squares) };
}

/**
 * Decides how the corpus is stored, as `index` would of the same vectors, and keeps it.
 * @param windowBytes of int8 rows that are put in order together
 * @returns how many segments it will have
 * @throws AppError BAD_INPUT without a picture, LIMIT_EXCEEDED when an isolate cannot keep them
 */
export async function outlineCorpus(
  env: Buckets,
  { id, encoder, request }: RunDescription,
  shards: readonly DoneShard[],
  windowBytes = WINDOW_BYTES,
): Promise<number> {
  const { RUNS: runs } = env;
  const fitted = await requireJson<FittedPictures>(runs, runKeys.fittedPictures(id, shards.length));
  const { count, counts } = fitted;
  if (count === 0) throw new AppError('BAD_INPUT', 'corpus: no picture of the run has a direction');
  const selection = await recordOf(runs, id);
  const { model } = selection.record;
  const form = formOf(null, { selection, modality: 'image' });
  const budgetBytes = readCorpusMemory(env);
  const plan = isolatePlan(count, request.plan ?? 'auto', form, { model, budgetBytes });
  const coding = fitCoding(model.dim, momentsOf(fitted)).finish();
  const codes =
    plan === 'full'
      ? null
      : chooseCodes(form, joinRows(coding, []), null, count, { selection, modality: 'image' });
  const bits = codeBitsOf(form);
  const shape = {
    dim: model.dim,
    k: model.k,
    plan,
    ...(codes === null || bits === null ? {} : { codes: { bits } }),
  };
  const rowsASegment = Math.min(segmentCapacity(shape), windowRows(model.dim, windowBytes));
  const segments = Math.ceil(count / rowsASegment);
  if (segments * SLOT_BYTES > budgetBytes) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `corpus: ${count} pictures take ${segments} segments of ${rowsASegment}, an isolate keeps ${budgetBytes / SLOT_BYTES} (CORPUS_MEMORY_MIB): cut the dataset, or raise the limit`,
    );
  }
  const outline: CorpusOutline = {
    description: {
      selection: selection.id,
      encoder: { id: encoder.id, fingerprint: encoder.fingerprint },
      modality: 'image',
      dim: model.dim,
      k: model.k,
      plan,
      rerank: plan === 'full' ? 0 : defaultRerank(model),
      fields: fitted.hasCaption && fitted.isFilterable ? [CAPTION] : [],
      coding: writtenCoding(coding, count),
      ...(codes === null ? {} : { codes: writtenCodes(codes) }),
    },
    counts,
    rowsASegment,
  };
  await writeJson(runs, runKeys.outline(id), outline);
  return segments;
}

/** Packs a segment and writes its values. Written again, it is the same under the same keys. @param index from 0 */
export async function packOneSegment(
  env: Buckets,
  { id }: RunDescription,
  shards: readonly DoneShard[],
  { index, corpus }: { readonly index: number; readonly corpus: string },
): Promise<StoredSegment> {
  const { RUNS: runs } = env;
  const outline = await requireJson<CorpusOutline>(runs, runKeys.outline(id));
  const { record } = await recordOf(runs, id);
  const { description } = outline;
  const codes = manifestCodes(description);
  const packing = {
    corpus,
    model: record.model,
    modality: 'image',
    plan: description.plan,
    fields: description.fields,
    ...(codes === null ? {} : { codes }),
  } as const;
  const rows = await readWindow(runs, id, shards, outline, index);
  const arranged = description.plan === 'full' ? rows : arrangeRows(rows, 0, record.model, 'image');
  const segment = packSegment(arranged, packing, hexOfParts);
  await storeSegment(corporaKv(env.CORPORA), segment, new Date().toISOString());
  return { id: segment.id, count: segment.count, bytes: bytesOfSegment(segment) };
}

/** A window of pictures as int8 rows of the corpus' coding, in the order of the shards. */
async function readWindow(
  runs: R2Bucket,
  id: string,
  shards: readonly DoneShard[],
  { counts, rowsASegment, description }: CorpusOutline,
  index: number,
): Promise<CorpusRows> {
  const coding = manifestCoding(description);
  const { dim } = description;
  const start = index * rowsASegment;
  const parts = windowParts(counts, start, start + rowsASegment);
  const count = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const rows = new Int8Array(count * dim);
  const scales = new Float32Array(count);
  const items: CorpusItem[] = [];
  for (const { shard, from, to } of parts) {
    for await (const { image, caption, vector } of picturesOf(runs, id, shards[shard], { from, to })) {
      const reason = unitProblem(vector, 'image');
      if (reason !== null) throw new Error(`${image} has changed since its coding was fitted: ${reason}`);
      const at = items.length;
      encodeVectorsInto(coding, vector, rows.subarray(at * dim, (at + 1) * dim), scales.subarray(at, at + 1));
      items.push({ id: image, metadata: metadataOf(caption) });
    }
  }
  if (items.length !== count) throw new Error(`expected ${count} pictures, got ${items.length}`);
  return { coding, items, scales, rows };
}

interface Picture {
  /** Of its shard. */
  readonly row: number;
  readonly image: string;
  /** Of its first pair. */
  readonly caption: string;
  /** As the encoder gave it; the caller's own. */
  readonly vector: Float32Array;
}

/** The pictures that a shard brings, or some of them: [from, to). */
async function* picturesOf(
  runs: R2Bucket,
  id: string,
  { number, hash }: DoneShard,
  { from, to }: { readonly from: number; readonly to: number } = { from: 0, to: Infinity },
): AsyncGenerator<Picture> {
  const all = new Uint32Array((await requireBytes(runs, runKeys.pictures(id, number))).buffer);
  const wanted = all.subarray(from, Math.min(to, all.length));
  if (wanted.length === 0) return;
  const range = { start: wanted[0], end: wanted[wanted.length - 1] + 1 };
  let next = 0;
  for await (const { first, rows, images } of pictureBlocks(runs, hash, number, range)) {
    const dim = images.length / rows.length;
    for (; next < wanted.length && wanted[next] < first + rows.length; next++) {
      const at = wanted[next] - first;
      const { image, caption, where } = rows[at];
      if (image === null || caption === null) throw new Error(`expected a picture and a caption at ${where}`);
      yield { row: wanted[next], image, caption, vector: images.slice(at * dim, (at + 1) * dim) };
    }
  }
}

/** Null for a caption that is longer than metadata may be. */
function metadataOf(caption: string): string | null {
  const text = writeJsonExactly({ [CAPTION]: caption });
  return text.length <= MAX_METADATA_LENGTH ? text : null;
}

/**
 * Points the name at the segments, all of which are stored by now.
 * @param segments in order
 * @throws AppError BAD_INPUT when the name was taken meanwhile
 */
export async function nameCorpus(
  env: Buckets,
  { id }: RunDescription,
  segments: readonly StoredSegment[],
  corpus: string,
): Promise<PackedCorpus> {
  const kv = corporaKv(env.CORPORA);
  const { description } = await requireJson<CorpusOutline>(env.RUNS, runKeys.outline(id));
  const now = new Date().toISOString();
  const manifest: CorpusManifest = {
    ...description,
    segments: segments.map(({ id: hash, count }) => ({ id: hash, count })),
    retired: [],
    createdAt: now,
    updatedAt: now,
  };
  const there = await readManifest(kv, corpus);
  if (there === null) {
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    await storeManifest(kv, corpus, manifest, bytes);
  } else if (!isSame(there, manifest)) throw taken(corpus);
  return { corpus, ...describeCorpus(manifest) };
}

/** Of an earlier try of the step. */
function isSame(a: CorpusManifest, b: CorpusManifest): boolean {
  const ids = ({ segments }: CorpusManifest): string => segments.map(({ id }) => id).join();
  return a.selection === b.selection && ids(a) === ids(b);
}

async function recordOf(
  runs: R2Bucket,
  id: string,
): Promise<{ readonly id: string; readonly record: SelectionRecord }> {
  const bytes = await requireBytes(runs, runKeys.record(id));
  return { id: await selectionId(bytes), record: decodeSelection(bytes) };
}

function hexOfParts(parts: Iterable<Uint8Array>): string {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return bytesToHex(hash.digest());
}
