import { AppError } from '../errors.ts';
import { type EngineSpec, isSameEngine } from '../format/corpus-engine.ts';
import { ITEMS_PER_PAGE } from '../format/corpus-items.ts';
import {
  type CorpusManifest,
  type CorpusSegment,
  chunkCapacity,
  encodeManifest,
} from '../format/corpus-manifest.ts';
import { type SegmentPart, corpusKey, oldCorpusKey, segmentKey, thumbnailKey } from '../format/kv-keys.ts';
import { sealValue } from '../format/stored-value.ts';
import type { KvEntry, WritableCorpusKv } from './corpus-kv.ts';
import { deleteThumbnails, thumbnailsOf } from './corpus-thumbnails.ts';
import { isOutage, storageCall } from './kv-calls.ts';

/** A segment with the values that it is stored as, each before its seal. */
export interface PackedSegment extends CorpusSegment {
  /** Ids of its items' thumbnails. */
  readonly thumbnails: readonly string[];
  readonly values: readonly { readonly part: SegmentPart; readonly bytes: Uint8Array }[];
}

/** A segment that no manifest names stays so long: a reader may hold the older manifest, and KV shows it a while longer. */
const RETIREMENT_MS = 3_600_000;
/** Values that are written in one go. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/** Where rows of a corpus lie besides KV: an engine outside the isolate. */
export interface EngineRows<Segment> {
  /** Writes the rows of a segment, also of one that KV has already: rows that are there stay as they are. */
  store(segment: Segment): Promise<void>;
  /**
   * Waits until a search sees all that was written.
   * @returns the engine as the manifest is to name it; null for the isolate
   */
  settle(): Promise<EngineSpec | null>;
  /** Removes the rows of segments that no reader can be using any more, also from engines of earlier manifests. */
  remove(segments: readonly CorpusSegment[]): Promise<void>;
  /** Removes all rows of an engine that no reader can be using any more; false when that has to be tried again later. */
  drop(engine: EngineSpec): Promise<boolean>;
}

/** Bytes of thumbnails by id: at least of those that the corpus did not have before. */
export type Thumbnails = ReadonlyMap<string, Uint8Array>;

/**
 * Writes the thumbnails and segments that storage does not have yet, then the manifest: a reader sees the corpus as it was or as it is, never
 * part of it. Segments of the previous manifest that are not of this one are deleted by a publish an hour later or more, before it
 * writes its own manifest, with the thumbnails that only they named. Of two publishes at the same moment the later manifest wins.
 * @param previous the manifest in storage; null when the name is new
 * @param segments in order, packed one after the other, so that only one has to be in memory
 * @param thumbnails what their items name
 * @param rewrites writes also what the previous manifest names: some of it may be damaged
 * @param engines has the rows of every segment stored and seen before the manifest names them; those of segments and engines that are
 *   no longer named leave with their segments. Without it rows elsewhere are left alone
 * @param assertRoom told of the bytes of all segments so far, as `bytesOfSegment` counts them, before they are written; may throw
 * @param description the rest of the manifest
 * @param onStored told of the vectors of every segment that is in storage
 * @returns how many values were written
 * @throws AppError STORAGE_FAILED when KV fails: the corpus is then as it was
 */
export async function publishCorpus<Segment extends PackedSegment>(
  kv: WritableCorpusKv,
  name: string,
  previous: CorpusManifest | null,
  {
    segments,
    thumbnails,
    engines,
    assertRoom,
    rewrites = false,
  }: {
    readonly segments: Iterable<Segment>;
    readonly thumbnails: Thumbnails;
    readonly engines?: EngineRows<Segment>;
    readonly assertRoom?: (bytes: number) => void;
    readonly rewrites?: boolean;
  },
  description: Omit<CorpusManifest, 'segments' | 'retired' | 'thumbnails' | 'engine' | 'retiredEngines'>,
  onStored: (vectorCount: number) => void,
): Promise<{ readonly manifest: CorpusManifest; readonly written: number }> {
  const { kept, expired } = retire(previous, description.updatedAt);
  // Not the expired: a publish that failed may have deleted them.
  const known = new Set(rewrites ? [] : [...(previous?.segments ?? []), ...kept].map(({ id }) => id));
  const stored =
    previous?.thumbnails === undefined || rewrites
      ? new Set<string>()
      : await thumbnailsOf(kv, previous.segments);
  const named: CorpusSegment[] = [];
  const shown = new Set<string>();
  let written = 0;
  let thumbnailCount = 0;
  let bytes = 0;
  for (const segment of segments) {
    const { values, id, count, thumbnails: ids } = segment;
    bytes += bytesOfSegment(segment);
    assertRoom?.(bytes);
    named.push({ id, count });
    thumbnailCount += ids.length;
    for (const thumbnail of ids) shown.add(thumbnail);
    if (!known.has(id)) {
      known.add(id);
      const fresh = [...new Set(ids)].filter((thumbnail) => !stored.has(thumbnail));
      for (const thumbnail of fresh) stored.add(thumbnail);
      const writtenAt = description.updatedAt;
      const entries = [
        ...fresh.map((thumbnail) =>
          sealed(thumbnailKey(name, thumbnail), bytesOf(thumbnails, thumbnail), writtenAt),
        ),
        ...segmentEntries({ id, values }, writtenAt),
      ];
      await writeEntries(kv, entries);
      written += entries.length;
    }
    await engines?.store(segment);
    onStored(count);
  }
  const settled = (await engines?.settle()) ?? undefined;
  const isNamed = new Set(named.map(({ id }) => id));
  const isLeft = ({ id }: CorpusSegment): boolean => !isNamed.has(id);
  const retired = kept.filter(isLeft);
  const leaving = expired.filter(isLeft);
  const expiring = await unlessDamaged(() => thumbnailsOf(kv, leaving.filter(namesThumbnails)));
  if (expiring !== null && expiring.size > 0) {
    const showing = await unlessDamaged(() => thumbnailsOf(kv, kept.filter(namesThumbnails)));
    if (showing !== null) await deleteThumbnails(kv, name, expiring.difference(shown.union(showing)));
  }
  await deleteSegments(kv, leaving);
  if (leaving.length > 0) await engines?.remove(leaving);
  const now = description.updatedAt;
  const retiredEngines = await retireEngines(previous, settled, now, engines);
  const counted = thumbnailCount === 0 ? {} : { thumbnails: thumbnailCount };
  const engine = settled === undefined ? {} : { engine: settled };
  const manifest = { ...description, ...engine, ...counted, ...retiredEngines, segments: named, retired };
  await storeManifest(kv, name, manifest, bytes);
  return { manifest, written };
}

/**
 * Writes a segment by itself, for whoever packs a corpus in steps: before the manifest names it nobody reads it, and writing it twice leaves
 * what writing it once leaves.
 * @throws AppError STORAGE_FAILED when KV fails
 */
export async function storeSegment(
  kv: WritableCorpusKv,
  segment: Pick<PackedSegment, 'id' | 'values'>,
  writtenAt: string,
): Promise<void> {
  await writeEntries(kv, segmentEntries(segment, writtenAt));
}

/**
 * Points the name at segments that are all stored.
 * @param bytes of all segments, as `bytesOfSegment` counts them
 * @throws AppError STORAGE_FAILED when KV fails
 */
export async function storeManifest(
  kv: WritableCorpusKv,
  name: string,
  manifest: CorpusManifest,
  bytes: number,
): Promise<void> {
  const options = { metadata: { bytes } };
  await storageCall('write', () => kv.put(corpusKey(name), encodeManifest(manifest, name), options));
}

function segmentEntries({ id, values }: Pick<PackedSegment, 'id' | 'values'>, writtenAt: string): KvEntry[] {
  return values.map(({ part, bytes }) => sealed(segmentKey(id, part), bytes, writtenAt));
}

/** A thumbnail at most, which is what one counts for whoever counts bytes. */
export const MAX_THUMBNAIL_BYTES = 6 * 1024;

/** What a segment takes of storage, thumbnails at their most. */
export function bytesOfSegment({ values, thumbnails }: PackedSegment): number {
  return values.reduce((sum, { bytes }) => sum + bytes.length, MAX_THUMBNAIL_BYTES * thumbnails.length);
}

function sealed(key: string, bytes: Uint8Array, writtenAt: string): KvEntry {
  return { key, value: sealValue(key, bytes), metadata: { writtenAt } };
}

function bytesOf(thumbnails: Thumbnails, id: string): Uint8Array {
  const bytes = thumbnails.get(id);
  if (bytes === undefined) throw new Error(`no bytes of thumbnail ${id}, which an item names`);
  return bytes;
}

/**
 * Removes a corpus: its name first, then all its values.
 * @throws AppError STORAGE_FAILED when KV fails
 */
export async function dropCorpus(
  kv: WritableCorpusKv,
  name: string,
  manifest: CorpusManifest,
): Promise<void> {
  const { segments, retired, dim, thumbnails } = manifest;
  const showing = [...(thumbnails === undefined ? [] : segments), ...retired.filter(namesThumbnails)];
  const ids = await unlessDamaged(() => thumbnailsOf(kv, showing));
  await storageCall('delete', () => kv.deleteMany([corpusKey(name), oldCorpusKey(name)]));
  if (ids !== null) await deleteThumbnails(kv, name, ids);
  await deleteSegments(kv, [...segments.map((segment) => ({ ...segment, dim })), ...retired]);
}

/**
 * What reading the items of segments gives; null where some are damaged: which thumbnails they name is then not known, and those are left to
 * `doctor -- --storage --sweep`.
 * @throws AppError STORAGE_FAILED when KV fails
 */
async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && !isOutage(error)) return null;
    throw error;
  }
}

async function writeEntries(kv: WritableCorpusKv, entries: readonly KvEntry[]): Promise<void> {
  let batch: KvEntry[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    await storageCall('write', () => kv.putMany(batch));
    batch = [];
    bytes = 0;
  };
  for (const entry of entries) {
    if (batch.length > 0 && bytes + entry.value.length > MAX_BATCH_BYTES) await flush();
    batch.push(entry);
    bytes += entry.value.length;
  }
  await flush();
}

type Retired = CorpusManifest['retired'][number];

/** Whether no reader can be using it any more. @param now ISO 8601, as `retiredAt` */
export function hasExpired({ retiredAt }: { readonly retiredAt: string }, now: string): boolean {
  return Date.parse(now) - Date.parse(retiredAt) >= RETIREMENT_MS;
}

/** Segments that are to be kept for readers of an older manifest, should the next one not name them, and those that are not. */
function retire(
  previous: CorpusManifest | null,
  now: string,
): { readonly kept: Retired[]; readonly expired: Retired[] } {
  if (previous === null) return { kept: [], expired: [] };
  const { segments, retired, dim, thumbnails } = previous;
  const shows = thumbnails === undefined ? {} : { hasThumbnails: true as const };
  const isExpired = (segment: Retired): boolean => hasExpired(segment, now);
  const leaving = segments.map(({ id, count }) => ({ id, count, dim, retiredAt: now, ...shows }));
  return {
    kept: [...retired.filter((segment) => !isExpired(segment)), ...leaving],
    expired: retired.filter(isExpired),
  };
}

/** Engines that readers of an older manifest may still ask, after those that none asks any more are dropped. */
async function retireEngines(
  previous: CorpusManifest | null,
  current: EngineSpec | undefined,
  now: string,
  engines: Pick<EngineRows<never>, 'drop'> | undefined,
): Promise<Pick<CorpusManifest, 'retiredEngines'>> {
  const { engine, retiredEngines = [] } = previous ?? {};
  const leaving = engine === undefined ? [] : [{ engine, retiredAt: now }];
  const kept: RetiredEngine[] = [];
  for (const retired of [...retiredEngines, ...leaving]) {
    if (isSameEngine(retired.engine, current)) continue;
    if (hasExpired(retired, now) && (await engines?.drop(retired.engine)) === true) continue;
    kept.push(retired);
  }
  return kept.length === 0 ? {} : { retiredEngines: kept };
}

type RetiredEngine = NonNullable<CorpusManifest['retiredEngines']>[number];

function namesThumbnails({ hasThumbnails }: Retired): boolean {
  return hasThumbnails === true;
}

async function deleteSegments(
  kv: WritableCorpusKv,
  segments: readonly Pick<Retired, 'id' | 'count' | 'dim'>[],
): Promise<void> {
  for (const { id, count, dim } of segments) {
    const keys = segmentParts(count, dim).map((part) => segmentKey(id, part));
    await storageCall('delete', () => kv.deleteMany(keys));
  }
}

/** Every part that a segment may have; deleting one that it has not does no harm. */
function segmentParts(count: number, dim: number): SegmentPart[] {
  const pages = Array.from(
    { length: Math.ceil(count / ITEMS_PER_PAGE) },
    (_, i): SegmentPart => `items:${i}`,
  );
  const chunks = Array.from(
    { length: Math.ceil(count / chunkCapacity(dim)) },
    (_, i): SegmentPart => `full:${i}`,
  );
  return ['vectors', 'fields', ...pages, ...chunks];
}
