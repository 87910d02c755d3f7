import type { FieldColumn } from '../format/corpus-fields.ts';
import { type CorpusItem, ITEMS_PER_PAGE } from '../format/corpus-items.ts';
import { type CorpusManifest, type CorpusSegment, chunkCapacity } from '../format/corpus-manifest.ts';
import type { PackedVectors } from '../format/corpus-vectors.ts';
import { CORPUS_PREFIX, OLD_CORPUS_PREFIX, OWNED_CORPUS_PREFIX, isCorpusName } from '../format/kv-keys.ts';
import { type CorpusKv, readManifest } from './corpus-kv.ts';
import { type Readable, listReadable } from './list-readable.ts';
import { type NameList, createNameList } from './name-list.ts';
import { readFields, readFullChunk, readItemPage, readScannedVectors } from './segment-values.ts';
import type { WaitUntil } from './shared-loads.ts';
import { SizedCache } from './sized-cache.ts';
import { StaleCache } from './stale-cache.ts';

export interface NamedCorpus {
  readonly name: string;
  readonly manifest: CorpusManifest;
}

/** Full vectors of one chunk, and which of the segment's they begin with. */
export interface FullChunk {
  readonly start: number;
  readonly vectors: PackedVectors;
}

export interface CorpusStore extends NameList {
  /**
   * The corpus of the name; null when there is none (also for text that cannot be a name).
   * @throws AppError STORAGE_FAILED when KV fails or holds corrupt bytes, and no earlier manifest is at hand
   */
  read(name: string, waitUntil?: WaitUntil): Promise<NamedCorpus | null>;
  /**
   * The corpora of the names, in their order, as far as they can be read; the others are logged and told, and a name that is gone is
   * in neither list.
   */
  list(names: readonly string[], waitUntil?: WaitUntil): Promise<Readable<NamedCorpus>>;
  /**
   * The scanned vectors of a segment, handed on as they come in; read anew at every call.
   * @throws AppError STORAGE_FAILED; what was handed on is then worth nothing
   */
  vectors(
    manifest: CorpusManifest,
    segment: CorpusSegment,
    onPayload: (part: Uint8Array, offset: number) => void,
  ): Promise<void>;
  /** @throws AppError STORAGE_FAILED */
  fields(segment: CorpusSegment, waitUntil?: WaitUntil): Promise<readonly FieldColumn[]>;
  /** The item of the segment's vector at `index`. @throws AppError STORAGE_FAILED */
  item(segment: CorpusSegment, index: number, waitUntil?: WaitUntil): Promise<CorpusItem>;
  /** The chunk that holds the segment's vector at `index`. @throws AppError STORAGE_FAILED */
  fullChunk(dim: number, segment: CorpusSegment, index: number, waitUntil?: WaitUntil): Promise<FullChunk>;
}

interface Options {
  readonly ttlSeconds?: number;
  /** Milliseconds since 1970, as Date.now. */
  readonly now?: () => number;
}

/**
 * How long an isolate answers from the manifest it has before it asks KV again, first: whoever has just indexed wants to find it, and
 * an hour after a change old segments may be gone. Small enough to read every second; the vectors stay.
 */
const TTL_SECONDS = 1;
const MAX_NAMES = 256;
/** What an isolate keeps of segments besides the scanned vectors, whose budget is the scan memory's. */
const MAX_FIELD_BYTES = 8 * 1024 * 1024;
const MAX_ITEM_BYTES = 4 * 1024 * 1024;
const MAX_FULL_BYTES = 4 * 1024 * 1024;

/** The read side of corpora in docs/kv-layout.md, with the caches of one isolate: build it once at module scope. */
export function createCorpusStore(kv: CorpusKv, options: Options = {}): CorpusStore {
  const { ttlSeconds = TTL_SECONDS, now = Date.now } = options;
  const ttlMs = ttlSeconds * 1000;
  const fresh = { ttlMs, maxStaleMs: ttlMs, now };
  const manifests = new StaleCache<CorpusManifest>({ ...fresh, maxKeys: MAX_NAMES });
  const { names } = createNameList({
    kv,
    shared: [CORPUS_PREFIX, OLD_CORPUS_PREFIX],
    owned: OWNED_CORPUS_PREFIX,
    isName: isCorpusName,
    ...fresh,
  });
  const fields = new SizedCache<readonly FieldColumn[]>({
    maxBytes: MAX_FIELD_BYTES,
    sizeOf: fieldBytes,
    now,
  });
  const pages = new SizedCache<readonly CorpusItem[]>({ maxBytes: MAX_ITEM_BYTES, sizeOf: itemBytes, now });
  const chunks = new SizedCache<PackedVectors>({
    maxBytes: MAX_FULL_BYTES,
    sizeOf: ({ rows }) => rows.length,
    now,
  });

  async function read(name: string, waitUntil?: WaitUntil): Promise<NamedCorpus | null> {
    if (!isCorpusName(name)) return null;
    const manifest = await manifests.get(name, () => readManifest(kv, name), waitUntil);
    return manifest === null ? null : { name, manifest };
  }

  return {
    read,
    names,
    list: (listed, waitUntil) => listReadable('corpus', listed, (name) => read(name, waitUntil)),
    vectors: (manifest, segment, onPayload) => readScannedVectors(kv, manifest, segment, onPayload),
    fields: (segment, waitUntil) => fields.get(segment.id, () => readFields(kv, segment), waitUntil),
    async item(segment, index, waitUntil) {
      const page = Math.floor(index / ITEMS_PER_PAGE);
      const load = (): Promise<CorpusItem[]> => readItemPage(kv, segment, page);
      const items = await pages.get(`${segment.id}:${page}`, load, waitUntil);
      return items[index % ITEMS_PER_PAGE];
    },
    async fullChunk(dim, segment, index, waitUntil) {
      const chunk = Math.floor(index / chunkCapacity(dim));
      const load = (): Promise<PackedVectors> => readFullChunk(kv, dim, segment, chunk);
      const vectors = await chunks.get(`${segment.id}:${chunk}`, load, waitUntil);
      return { start: chunk * chunkCapacity(dim), vectors };
    },
  };
}

/** A character of a string takes at most two bytes. */
const BYTES_PER_CHARACTER = 2;

function fieldBytes(columns: readonly FieldColumn[]): number {
  return columns.reduce(
    (sum, { values, codes }) =>
      sum + codes.byteLength + values.reduce((text, value) => text + BYTES_PER_CHARACTER * value.length, 0),
    0,
  );
}

function itemBytes(items: readonly CorpusItem[]): number {
  return items.reduce(
    (sum, { id, metadata }) => sum + BYTES_PER_CHARACTER * (id.length + (metadata?.length ?? 0)),
    0,
  );
}
